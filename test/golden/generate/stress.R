# lme4 on the one-way designs of test/reml/stress.test.ts, its estimates at the default tolerances and at tight ones.
# Rscript test/golden/generate/stress.R test/golden/stress.json
suppressMessages(library(lme4))
centres <- c(4, 3, 5, 2, 6, 1, 7, 0, 8)
control <- function(...) lmerControl(calc.derivs = FALSE, check.conv.singular = "ignore", optCtrl = list(...))
variances <- function(data, ...) {
  fit <- tryCatch(
    suppressMessages(suppressWarnings(lmer(y ~ 1 + (1 | g), data, control = control(...)))),
    error = function(e) NULL
  )
  if (is.null(fit)) return("null")
  sprintf("[%.17g, %.17g]", sigma(fit)^2, VarCorr(fit)$g[1])
}
rows <- c()
for (replicates in c(21, 201)) for (power in c(3, 6, 9, 11, 12, 13)) {
  g <- rep(0:8, each = replicates)
  j <- rep(seq_len(replicates) - 1, 9)
  # The first of each group in the middle, the others a tenth below and above in turn.
  within <- ifelse(j == 0, 0, ifelse(j %% 2 == 1, -1, 1))
  data <- data.frame(y = 10^power + (centres[g + 1] + within) / 10, g = factor(g))
  rows <- c(rows, sprintf(
    '    { "replicates": %d, "power": %d, "sum": %.17g, "default": %s, "tight": %s }',
    replicates, power, Reduce(`+`, data$y), variances(data),
    variances(data, xtol_abs = 1e-12, ftol_abs = 1e-14, xtol_rel = 0, ftol_rel = 0, maxeval = 10000)
  ))
}
writeLines(c(
  "{",
  sprintf('  "source": "lme4 %s, R %s: test/golden/generate/stress.R",', packageVersion("lme4"), getRversion()),
  '  "fits": [', paste(rows, collapse = ",\n"), "  ]", "}"
), commandArgs(trailingOnly = TRUE)[1])
