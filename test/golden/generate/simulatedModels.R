# lme4's REML criterion for the models that simulatedModels.ts wrote: the lowest that its own criterion takes after lmer
# with its default optimiser, and from there and from three other starts by BOBYQA and Nelder-Mead with tight tolerances.
suppressMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
models <- read.delim(file.path(arguments[1], "models.tsv"), header = FALSE, col.names = c("seed", "formula"))
control <- lmerControl(
  calc.derivs = FALSE, check.nobs.vs.nlev = "ignore", check.nobs.vs.nRE = "ignore",
  check.nobs.vs.rankZ = "ignore", check.rankX = "ignore", check.scaleX = "ignore", check.conv.singular = "ignore"
)
tight <- list(maxeval = 20000, xtol_abs = 1e-10, xtol_rel = 0, ftol_abs = 1e-12, ftol_rel = 0)
search <- function(start, f, lower, algorithm) {
  nloptr::nloptr(start, f, lb = lower, opts = c(list(algorithm = algorithm), tight))
}
answer <- function(seed, formula) {
  data <- read.csv(file.path(arguments[1], paste0(seed, ".csv")), stringsAsFactors = TRUE)
  fit <- suppressMessages(suppressWarnings(lmer(as.formula(formula), data, control = control)))
  f <- suppressWarnings(lmer(as.formula(formula), data, control = control, devFunOnly = TRUE))
  lower <- getME(fit, "lower")
  diagonal <- ifelse(lower == 0, 1, 0)
  best <- REMLcrit(fit)
  for (start in list(getME(fit, "theta"), diagonal, 0.3 * diagonal, 3 * diagonal)) {
    for (algorithm in c("NLOPT_LN_BOBYQA", "NLOPT_LN_NELDERMEAD", "NLOPT_LN_BOBYQA")) {
      found <- tryCatch(search(start, f, lower, algorithm), error = function(e) NULL)
      if (is.null(found)) next
      start <- found$solution
      best <- min(best, found$objective)
    }
  }
  sprintf(
    '    { "seed": %d, "rows": %d, "checksum": %.17g, "lmer": %.17g, "criterion": %.17g }',
    seed, nrow(data), sum(data$y), REMLcrit(fit), best
  )
}
rows <- mapply(answer, models$seed, models$formula)
writeLines(c(
  "{",
  sprintf(
    '  "source": "lme4 %s, R %s, %s: test/golden/generate/simulatedModels.R",',
    packageVersion("lme4"), getRversion(), Sys.Date()
  ),
  '  "fits": [', paste(rows, collapse = ",\n"), "  ]", "}"
), arguments[2])
