# The main numbers of test/golden/models/*.json afresh, for `npm run proof -- --fresh`: Rscript models.R <folder>, where
# the folder holds models.tsv (id, formula, and the factors as "name=level|level;…", ordered ones "name<level|level") and
# <id>.csv; JSON on standard output. lmer's criterion is flat to its own tolerance, so the search goes on by nlminb from its answer.
suppressMessages(library(lme4))
folder <- commandArgs(trailingOnly = TRUE)[1]
models <- read.delim(file.path(folder, "models.tsv"), header = FALSE, quote = "",
                     col.names = c("id", "formula", "factors"), colClasses = "character")
split <- function(text, by) strsplit(text, by, fixed = TRUE)[[1]]
control <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE, check.conv.singular = "ignore",
                       optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
numbers <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")

one <- function(formula, data, reml) {
  fit <- lmer(formula, data, REML = reml, control = control)
  deviance_at <- update(fit, devFunOnly = TRUE)
  lower <- getME(fit, "lower")
  best <- nlminb(getME(fit, "theta"), deviance_at, lower = lower,
                 control = list(rel.tol = 1e-15, x.tol = 1e-12, eval.max = 2000, iter.max = 2000))
  theta <- if (best$objective < deviance_at(getME(fit, "theta"))) best$par else getME(fit, "theta")
  fit <- lmer(formula, data, REML = reml, start = theta,
              control = lmerControl(optimizer = NULL, calc.derivs = FALSE, check.conv.singular = "ignore"))
  fields <- c(criterion = numbers(if (reml) REMLcrit(fit) else deviance(fit)), theta = numbers(theta),
              beta = numbers(fixef(fit)), se = numbers(sqrt(diag(as.matrix(vcov(fit))))), sigma = numbers(sigma(fit)))
  paste0("{", paste0('"', names(fields), '": ', fields, collapse = ", "), "}")
}

out <- apply(models, 1, function(model) {
  data <- read.csv(file.path(folder, paste0(model[["id"]], ".csv")), na.strings = "")
  for (coding in split(model[["factors"]], ";")) {
    ordered <- grepl("<", coding, fixed = TRUE)
    parts <- split(coding, if (ordered) "<" else "=")
    data[[parts[1]]] <- factor(data[[parts[1]]], levels = split(parts[2], "|"), ordered = ordered)
  }
  f <- as.formula(model[["formula"]])
  sprintf('  "%s": {"REML": %s, "ML": %s}', model[["id"]], one(f, data, TRUE), one(f, data, FALSE))
})
cat("{\n", paste(out, collapse = ",\n"), "\n}\n", sep = "")
