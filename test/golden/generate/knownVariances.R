# Numbers for models whose residual variances are known (meta-analysis): Rscript knownVariances.R > ../knownVariances.json
#
# bcg: log relative risks of tuberculosis in 13 trials of the BCG vaccine (Colditz et al. 1994), REML and ML of τ² from
# the likelihood written out below; limits of τ by its profile likelihood.
# schools: Rubin (1981), by JAGS; mcse_* are those of the package posterior.
suppressMessages({ library(rjags); library(posterior) })
tpos <- c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27)
tneg <- c(119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886)
cpos <- c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29)
cneg <- c(128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825)
latitude <- c(44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33)
y <- log((tpos / (tpos + tneg)) / (cpos / (cpos + cneg)))
v <- 1 / tpos - 1 / (tpos + tneg) + 1 / cpos - 1 / (cpos + cneg)

# -2 log-likelihood of y ~ N(X beta, tau2 + v), beta profiled out, restricted or not.
deviance <- function(tau2, X, restricted) {
  w <- 1 / (tau2 + v)
  A <- crossprod(X, w * X)
  beta <- solve(A, crossprod(X, w * y))
  r <- y - X %*% beta
  d <- sum(log(tau2 + v)) + sum(w * r^2)
  if (restricted) d + log(det(A)) + (length(y) - ncol(X)) * log(2 * pi) else d + length(y) * log(2 * pi)
}
fit <- function(X, restricted) {
  at <- function(logTau2) deviance(exp(logTau2), X, restricted)
  # Twice: the second search is about the first optimum, where the curve is a parabola to more digits.
  o <- optimize(at, c(-12, 5), tol = 1e-12)
  slope <- function(x) (at(x + 1e-4) - at(x - 1e-4)) / 2e-4
  x <- uniroot(slope, o$minimum + c(-0.1, 0.1), tol = 1e-12)$root
  tau2 <- exp(x)
  V <- solve(crossprod(X, X / (tau2 + v)))
  beta <- V %*% crossprod(X, y / (tau2 + v))
  ml <- function(tau) deviance(tau^2, X, FALSE)
  best <- optimize(ml, c(0, 5), tol = 1e-12)
  bound <- function(range) uniroot(function(t) ml(t) - best$objective - qchisq(0.95, 1), range, tol = 1e-12)$root
  edge <- ml(0) - best$objective < qchisq(0.95, 1)
  list(tau2 = tau2, criterion = at(x), beta = as.vector(beta), se = sqrt(diag(V)),
    interval = c(if (edge) 0 else bound(c(0, best$minimum)), bound(c(best$minimum, 5))))
}
one <- cbind(rep(1, 13))
two <- cbind(1, latitude)

model <- "model {
  for (j in 1:8) { y[j] ~ dnorm(theta[j], 1 / se[j]^2); theta[j] <- mu + tau * eta[j]; eta[j] ~ dnorm(0, 1) }
  mu ~ dnorm(0, 1 / 25)
  tau ~ dt(0, 1 / 25, 1) T(0,)
}"
effect <- c(28, 8, -3, 7, -1, 1, 18, 12)
se <- c(15, 10, 16, 11, 9, 11, 10, 18)
inits <- lapply(1:4, function(c) list(.RNG.name = "base::Mersenne-Twister", .RNG.seed = c))
jags <- jags.model(textConnection(model), list(y = effect, se = se), inits, n.chains = 4, quiet = TRUE)
update(jags, 5000, progress.bar = "none")
draws <- as_draws_array(coda.samples(jags, c("mu", "tau", "theta"), 500000, thin = 10, progress.bar = "none"))
summary <- summarise_draws(draws, mean, ~quantile2(.x, c(0.05, 0.95)), mcse_mean,
  ~mcse_quantile(.x, c(0.05, 0.95)), rhat, ess_bulk)

number <- function(x) if (length(x) == 1) sprintf("%.12g", x) else sprintf("[%s]", paste(sprintf("%.12g", x), collapse = ", "))
entry <- function(l) sprintf("{ %s }", paste(sprintf("\"%s\": %s", names(l), sapply(l, number)), collapse = ", "))
cat("{\n")
cat(sprintf("  \"program\": \"%s, JAGS %s, 4 chains of 50000 draws kept (every 10th)\",\n", R.version.string, jags.version()))
cat(sprintf("  \"bcg\": {\n    \"y\": %s,\n    \"v\": %s,\n    \"latitude\": %s,\n", sprintf("[%s]", paste(sprintf("%.17g", y), collapse = ", ")), sprintf("[%s]", paste(sprintf("%.17g", v), collapse = ", ")), number(latitude)))
cat(sprintf("    \"reml\": %s,\n    \"ml\": %s,\n    \"remlLatitude\": %s,\n    \"mlLatitude\": %s\n  },\n",
  entry(fit(one, TRUE)), entry(fit(one, FALSE)), entry(fit(two, TRUE)), entry(fit(two, FALSE))))
cat("  \"schools\": {\n")
rows <- sapply(seq_len(nrow(summary)), function(i) {
  x <- sapply(summary[-1], function(column) as.numeric(column[i]))
  sprintf("    \"%s\": { \"mean\": %.7g, \"q5\": %.7g, \"q95\": %.7g, \"mcseMean\": %.3g, \"mcseQ5\": %.3g, \"mcseQ95\": %.3g }",
    summary$variable[i], x[1], x[2], x[3], x[4], x[5], x[6])
})
cat(paste(rows, collapse = ",\n"), "\n  }\n}\n", sep = "")
message("R-hat at most ", max(as.numeric(summary$rhat)), ", bulk ESS at least ", min(as.numeric(summary$ess_bulk)))
