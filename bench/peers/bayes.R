# Bayesian peers for bench/gibbs.ts and bench/large.ts: `Rscript bayes.R <jags|jags-glm|rstanarm> <sleepstudy|InstEval>`
# prints one row of a table: peer and task, CPU seconds of sampling with warm-up, draws, smallest bulk ESS (posterior) of
# β, SDs, correlations and σ, and that per second.
#
# JAGS as rjags loads it, or with its glm module, which draws β and b together; half-t SDs of scale sd(y):
# dscaled.wishart (of the glm module) around centred b on sleepstudy, half-Cauchy SDs on InstEval. rstanarm at its
# defaults. Not the priors of blmm: what is compared is the work, not the posterior.
words <- commandArgs(trailingOnly = TRUE)
peer <- words[1]
task <- words[2]
data(list = task, package = "lme4")
frame <- get(task)

cpu <- function(expr) {
  gc(verbose = FALSE)
  before <- proc.time()
  force(expr)
  spent <- proc.time() - before
  sum(spent[c("user.self", "sys.self", "user.child", "sys.child")])
}

report <- function(seconds, chains) {
  smallest <- min(posterior::summarise_draws(posterior::as_draws(chains), posterior::ess_bulk)[[2]])
  draws <- coda::niter(chains) * coda::nchain(chains)
  cat(sprintf("| %s, %s | %.3g | %d | %.0f | %.3g |\n", peer, task, seconds, draws, smallest, smallest / seconds))
}

if (peer != "rstanarm") {
  suppressMessages(library(rjags))
  if (peer == "jags-glm") load.module("glm", quiet = TRUE)
  if (task == "sleepstudy") {
    text <- "model {
      for (i in 1:n) { y[i] ~ dnorm(b[g[i], 1] + b[g[i], 2] * x[i], t) }
      for (j in 1:G) { b[j, 1:2] ~ dmnorm(beta, P) }
      for (c in 1:2) { beta[c] ~ dnorm(0, 1.0E-8) }
      P ~ dscaled.wishart(A, 2)
      V <- inverse(P)
      s[1] <- sqrt(V[1, 1]); s[2] <- sqrt(V[2, 2]); r <- V[1, 2] / (s[1] * s[2])
      sigma ~ dt(0, 1 / (S * S), 3) T(0, )
      t <- 1 / (sigma * sigma)
    }"
    S <- sd(frame$Reaction)
    given <- list(
      y = frame$Reaction, x = frame$Days, g = as.integer(frame$Subject), n = nrow(frame),
      G = nlevels(frame$Subject), A = c(S, S), S = S
    )
    wanted <- c("beta", "s", "r", "sigma")
    lengths <- c(chains = 4, adapt = 1000, burn = 1000, draws = 1000)
  } else {
    text <- "model {
      for (i in 1:n) { y[i] ~ dnorm(beta[1] + beta[2] * x[i] + bs[s[i]] + bd[d[i]] + be[e[i]], t) }
      for (j in 1:Gs) { bs[j] ~ dnorm(0, 1 / (sd[1] * sd[1])) }
      for (j in 1:Gd) { bd[j] ~ dnorm(0, 1 / (sd[2] * sd[2])) }
      for (j in 1:Ge) { be[j] ~ dnorm(0, 1 / (sd[3] * sd[3])) }
      for (c in 1:2) { beta[c] ~ dnorm(0, 1.0E-6) }
      for (c in 1:3) { sd[c] ~ dt(0, 1 / (S * S), 1) T(0, ) }
      sigma ~ dt(0, 1 / (S * S), 3) T(0, )
      t <- 1 / (sigma * sigma)
    }"
    given <- list(
      y = frame$y, x = as.integer(frame$service) - 1, s = as.integer(frame$s), d = as.integer(frame$d),
      e = as.integer(frame$dept), n = nrow(frame), Gs = nlevels(frame$s), Gd = nlevels(frame$d),
      Ge = nlevels(frame$dept), S = sd(frame$y)
    )
    wanted <- c("beta", "sd", "sigma")
    lengths <- c(chains = 1, adapt = 50, burn = 50, draws = 1000)
  }
  seconds <- cpu({
    model <- jags.model(
      textConnection(text), given, n.chains = lengths[["chains"]], n.adapt = lengths[["adapt"]], quiet = TRUE
    )
    update(model, lengths[["burn"]], progress.bar = "none")
    chains <- coda.samples(model, wanted, lengths[["draws"]], progress.bar = "none")
  })
  report(seconds, chains)
} else {
  suppressMessages(library(rstanarm))
  seconds <- cpu(fit <- stan_lmer(Reaction ~ Days + (Days | Subject), frame, cores = 1, refresh = 0, seed = 1))
  draws <- as.array(fit)
  kept <- grep("^b\\[", dimnames(draws)[[3]], invert = TRUE)
  report(seconds, coda::mcmc.list(lapply(1:4, function(c) coda::mcmc(draws[, c, kept]))))
}
