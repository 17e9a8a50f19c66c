# Tests of unbalanced designs by lmerTest and pbkrtest: test/golden/unbalanced.json.
# Run from the folder that holds data/ (the reference folder): Rscript …/unbalanced.R > unbalanced.json
suppressMessages({ library(lmerTest); library(emmeans) })
ctl <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), calc.derivs = FALSE,
                   check.conv.singular = "ignore")
num <- function(x) ifelse(is.na(x), "null", sprintf("%.15g", x))
json <- function(x) if (is.list(x)) paste0("{", paste0('"', names(x), '": ', vapply(x, json, ""), collapse = ", "), "}") else
  if (is.character(x)) paste0("[", paste0('"', x, '"', collapse = ", "), "]") else paste0("[", paste(num(x), collapse = ", "), "]")
tab <- function(m, type, ddf) { a <- suppressMessages(anova(m, type = type, ddf = ddf))
  list(term = rownames(a), sumSq = a[["Sum Sq"]], numDf = as.numeric(a[["NumDF"]]), denDf = a[["DenDF"]], f = a[["F value"]], p = a[["Pr(>F)"]]) }
all <- function(m) c(lapply(c(I = "I", II = "II", III = "III"), function(t) tab(m, t, "Satterthwaite")), list(kr = tab(m, "III", "Kenward-Roger")))
oats <- read.csv("data/oats.csv", stringsAsFactors = TRUE); cake <- read.csv("data/cake.csv"); cake$recipe <- factor(cake$recipe); cake$replicate <- factor(cake$replicate)
i <- seq_len(nrow(oats)) - 1
some <- oats[i %% 7 != 0 & i %% 11 != 3, ]
hole <- oats[!(oats$variety == "Victory" & oats$nitrogen == "0.6cwt") & i %% 7 != 0, ]
j <- seq_len(nrow(cake)) - 1
part <- cake[j %% 5 != 2 & j %% 7 != 0, ]
means <- function(m, f) { e <- as.data.frame(emmeans(m, f, lmer.df = "satterthwaite")); list(level = as.character(e[[f]]), mean = e$emmean, se = e$SE, df = e$df) }
out <- list(
  some = all(lmer(yield ~ variety * nitrogen + (1 | block), some, control = ctl)),
  someSum = all(lmer(yield ~ variety * nitrogen + (1 | block), some, control = ctl, contrasts = list(variety = "contr.sum", nitrogen = "contr.helmert"))),
  hole = all(suppressMessages(lmer(yield ~ variety * nitrogen + (1 | block), hole, control = ctl))),
  holeMeans = suppressMessages(means(lmer(yield ~ variety * nitrogen + (1 | block), hole, control = ctl), "nitrogen")),
  part = all(lmer(angle ~ recipe * temp + (1 | recipe:replicate), part, control = ctl)),
  partMeans = suppressMessages(means(lmer(angle ~ recipe * temp + (1 | recipe:replicate), part, control = ctl), "recipe")))
cat(json(out), "\n")
