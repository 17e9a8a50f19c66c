# Numbers of src/check/selfTest/diagnostics.ts: R-hat, ESS and MCSE by posterior, leave-one-out by loo, of sequences that
# any program can make: a congruential generator modulo 2^32, whose products are exact in doubles.
# Rscript test/golden/generate/selfTest.R
suppressMessages({library(posterior); library(loo)})

generator <- function(seed) {
  state <- seed
  function() {
    state <<- (1664525 * state + 1013904223) %% 2^32
    state / 2^32
  }
}
autoregressive <- function(seed, n, share) {
  u <- generator(seed)
  x <- numeric(n)
  before <- 0
  for (i in seq_len(n)) x[i] <- before <- share * before + u() - 0.5
  x
}
write <- function(name, values) cat(name, sprintf("%.17g", values), sep = "\n  ")

for (share in c(0, 0.5, -0.5)) {
  x <- sapply(1:4, function(seed) autoregressive(seed, 250, share))
  cat("autoregressive", share, "\n")
  for (f in c("rhat", "rhat_basic", "ess_bulk", "ess_tail", "ess_mean", "ess_sd", "mcse_mean", "mcse_sd"))
    write(f, get(f)(x))
  write("ess_quantile 0.1", ess_quantile(x, 0.1))
  write("mcse_quantile 0.1", mcse_quantile(x, 0.1))
}

# 4 chains of 100 draws, 6 observations.
u <- generator(99)
logLik <- matrix(0, 400, 6)
for (s in 1:400) for (i in 1:6) logLik[s, i] <- -1 - i * u() * u()
fit <- suppressWarnings(loo(logLik, r_eff = relative_eff(exp(logLik), chain_id = rep(1:4, each = 100))))
write("elpd", fit$pointwise[, "elpd_loo"])
write("k", fit$diagnostics$pareto_k)
write("total", c(fit$estimates["elpd_loo", ], fit$estimates["p_loo", ]))
cat(sprintf("%s, posterior %s, loo %s\n", R.version.string, packageVersion("posterior"), packageVersion("loo")))
