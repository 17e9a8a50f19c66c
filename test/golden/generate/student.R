# Posteriors with Student-t residuals and effects by JAGS: Rscript student.R > ../student.json
#
# Reaction times of lme4's sleepstudy with 150 ms added to rows 8, 61 and 134 (from 1). mcse_* are those of posterior.
suppressMessages({ library(lme4); library(rjags); library(posterior); load.module("glm", quiet = TRUE) })
y <- sleepstudy$Reaction
y[c(8, 61, 134)] <- y[c(8, 61, 134)] + 150
days <- sleepstudy$Days
subject <- as.integer(sleepstudy$Subject)

residuals <- function(nu) sprintf("model {
  for (i in 1:180) { y[i] ~ dt(b[1] + b[2] * days[i] + r[subject[i]], 1 / sigma^2, nu) }
  for (j in 1:18) { r[j] ~ dnorm(0, 1 / tau^2) }
  for (c in 1:2) { b[c] ~ dnorm(0, 1.0E-6) }
  tau ~ dt(0, 1 / 50^2, 3) T(0,)
  sigma ~ dt(0, 1 / 50^2, 3) T(0,)
  nu %s
}", nu)
effects <- "model {
  for (i in 1:180) { y[i] ~ dnorm(b[1] + b[2] * days[i] + r[subject[i]], 1 / sigma^2) }
  for (j in 1:18) { r[j] ~ dt(0, 1 / tau^2, nu) }
  for (c in 1:2) { b[c] ~ dnorm(0, 1.0E-6) }
  tau ~ dt(0, 1 / 50^2, 3) T(0,)
  sigma ~ dt(0, 1 / 50^2, 3) T(0,)
  nu ~ dgamma(2, 0.1) T(1,)
}"
# Slopes: a bivariate t with 4 degrees of freedom for each subject, Sigma ~ IW(4, S).
slopes <- "model {
  for (i in 1:180) { y[i] ~ dnorm(b[1] + b[2] * days[i] + r[subject[i], 1] + r[subject[i], 2] * days[i], 1 / sigma^2) }
  for (j in 1:18) {
    z[j, 1:2] ~ dmnorm(zero, Omega)
    lambda[j] ~ dgamma(2, 2)
    for (c in 1:2) { r[j, c] <- z[j, c] / sqrt(lambda[j]) }
  }
  for (c in 1:2) { b[c] ~ dnorm(0, 1.0E-6) }
  Omega ~ dwish(S, 4)
  Sigma <- inverse(Omega)
  tau[1] <- sqrt(Sigma[1, 1])
  tau[2] <- sqrt(Sigma[2, 2])
  rho <- Sigma[1, 2] / (tau[1] * tau[2])
  sigma ~ dt(0, 1 / 50^2, 3) T(0,)
}"
run <- function(model, watched, more = list(), n = 40000, thin = 2) {
  inits <- lapply(1:4, function(c) list(.RNG.name = "base::Mersenne-Twister", .RNG.seed = c))
  jags <- jags.model(textConnection(model), c(list(y = y, days = days, subject = subject), more), inits,
    n.chains = 4, quiet = TRUE)
  update(jags, 3000, progress.bar = "none")
  draws <- as_draws_array(coda.samples(jags, watched, n, thin = thin, progress.bar = "none"))
  draws <- subset_draws(draws, setdiff(variables(draws), c(sprintf("r[%d]", 2:18), sprintf("r[%d,1]", 2:18), sprintf("r[%d,2]", 1:18))))
  s <- summarise_draws(draws, mean, ~quantile2(.x, c(0.05, 0.95)), mcse_mean, ~mcse_quantile(.x, c(0.05, 0.95)), rhat, ess_bulk)
  message("R-hat at most ", max(as.numeric(s$rhat), na.rm = TRUE), ", bulk ESS at least ", min(as.numeric(s$ess_bulk), na.rm = TRUE))
  rows <- sapply(seq_len(nrow(s)), function(i) {
    x <- sapply(s[-1], function(column) as.numeric(column[i]))
    sprintf("    \"%s\": { \"mean\": %.7g, \"q5\": %.7g, \"q95\": %.7g, \"mcseMean\": %.3g, \"mcseQ5\": %.3g, \"mcseQ95\": %.3g }",
      s$variable[i], x[1], x[2], x[3], x[4], x[5], x[6])
  })
  paste(rows, collapse = ",\n")
}
own <- c("b", "tau", "sigma", "r")
S <- diag(c(2500, 100))
cat("{\n")
cat(sprintf("  \"program\": \"%s, JAGS %s, 4 chains of 20000 draws kept (every 2nd)\",\n", R.version.string, jags.version()))
cat(sprintf("  \"residuals4\": {\n%s\n  },\n", run(residuals("<- 4"), own)))
cat(sprintf("  \"residuals\": {\n%s\n  },\n", run(residuals("~ dgamma(2, 0.1) T(1,)"), c(own, "nu"))))
cat(sprintf("  \"effects\": {\n%s\n  },\n", run(effects, c(own, "nu"))))
cat(sprintf("  \"slopes4\": {\n%s\n  }\n}\n", run(slopes, c(own, "rho"), list(S = S, zero = c(0, 0)))))
