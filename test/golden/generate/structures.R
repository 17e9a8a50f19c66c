# Numbers of test/golden/structures.json: nlme's fits with compound-symmetric random effects (pdCompSymm) and with
# residual variances by stratum (varIdent). Run from this folder: Rscript structures.R
# nlme stops early by default, so its tolerances are tightened and each fit is started once more from its own answer.
suppressMessages({library(nlme); library(lme4); library(jsonlite)})

data(sleepstudy, package = "lme4"); data(cake, package = "lme4")
oats <- as.data.frame(nlme::Oats)
names(oats) <- c("block", "variety", "nitro", "yield")
oats$variety <- factor(sub(" R", ".r", as.character(oats$variety)), levels = c("Golden.rain", "Marvellous", "Victory"))
oats$block <- factor(as.character(oats$block))
oats$n <- factor(oats$nitro)
sleepstudy <- as.data.frame(sleepstudy)
sleepstudy$half <- factor(ifelse(sleepstudy$Days < 5, "early", "late"))
cake <- as.data.frame(cake)
cake$recipe <- factor(as.character(cake$recipe))
cake$replicate <- factor(as.character(cake$replicate))
cake$warm <- factor(ifelse(cake$temp < 200, "below", "above"), levels = c("below", "above"))

control <- lmeControl(opt = "optim", optimMethod = "BFGS", maxIter = 500, msMaxIter = 5000, niterEM = 100,
                      tolerance = 1e-12, msTol = 1e-14, reltol = 1e-14, returnObject = TRUE)
twice <- function(make) {
  first <- make(NULL); make(first)
}
out <- list()
add <- function(name, fit, method, k, sym, strata) {
  vc <- NULL
  sigma <- fit$sigma
  ratios <- if (strata) coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE) else NULL
  G <- lapply(rev(as.matrix(fit$modelStruct$reStruct)), function(S) S * sigma^2)
  out[[length(out) + 1]] <<- list(name = name, method = method,
    criterion = -2 * as.numeric(logLik(fit)), fixef = as.list(fixef(fit)),
    se = as.list(sqrt(diag(vcov(fit)))),
    G = lapply(G, function(S) unname(S)), sigma = sigma,
    sigmas = if (strata) as.list(sigma * ratios) else NULL)
}
for (method in c("REML", "ML")) {
  # One block of oats has three varieties: their effects share one SD and one correlation.
  f <- lme(yield ~ variety + nitro, oats, random = list(block = pdCompSymm(~ variety - 1)), method = method, control = control)
  add("oats-cs", f, method, 3, TRUE, FALSE)
  f <- lme(angle ~ recipe + temp, cake, random = list(replicate = pdCompSymm(~ recipe - 1)), method = method, control = control)
  add("cake-cs", f, method, 3, TRUE, FALSE)
  f <- lme(Reaction ~ Days, sleepstudy, random = list(Subject = pdCompSymm(~ half - 1)), method = method, control = control)
  add("sleepstudy-cs", f, method, 2, TRUE, FALSE)
  f <- lme(yield ~ variety + nitro, oats, random = ~ 1 | block, weights = varIdent(form = ~ 1 | variety), method = method, control = control)
  add("oats-strata", f, method, 1, FALSE, TRUE)
  f <- lme(angle ~ recipe + temp, cake, random = ~ 1 | replicate, weights = varIdent(form = ~ 1 | warm), method = method, control = control)
  add("cake-strata", f, method, 1, FALSE, TRUE)
  f <- lme(Reaction ~ Days, sleepstudy, random = ~ Days | Subject, weights = varIdent(form = ~ 1 | half), method = method, control = control)
  add("sleepstudy-strata", f, method, 2, FALSE, TRUE)
  f <- lme(yield ~ variety + nitro, oats, random = list(block = pdCompSymm(~ variety - 1)), weights = varIdent(form = ~ 1 | variety), method = method, control = control)
  add("oats-both", f, method, 3, TRUE, TRUE)
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "../structures.json")
