# Writes test/golden/design/*.json: what R's terms(), model.matrix() and lme4's lFormula() make of formulas.
# Run from the repository root: LC_ALL=C Rscript test/golden/generate/design.R
suppressPackageStartupMessages({ library(lme4); library(jsonlite) })
set.seed(20)
n <- 24
d <- data.frame(
  a = rep(c("p", "q", "r"), 8), b = rep(rep(c("u", "v"), each = 3), 4), f = rep(c("lo", "mid", "hi", "top"), each = 6),
  o = rep(c("1st", "2nd", "3rd", "4th", "5th", "6th"), times = 4),
  x = round(rnorm(n, 10, 3), 3), z = round(runif(n, 1, 5), 2), w = round(rexp(n) + 0.1, 3), l = rep(c(TRUE, FALSE, FALSE), 8),
  k = rep(1:4, 6), g = rep(c("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"), each = 3), h = rep(rep(c("t1", "t2"), each = 12), 1),
  stringsAsFactors = FALSE)
d[["my col"]] <- round(rnorm(n), 2)
d$y <- round(rnorm(n, 100, 10), 2)
# Missing cells: the rows are dropped, scale() and center() have already seen the rest of their column.
d$y[3] <- NA; d$x[7] <- NA; d$a[11] <- NA
raw <- d
d$f <- factor(d$f, levels = c("lo", "mid", "hi", "top")); d$o <- factor(d$o, ordered = TRUE)
d$a <- factor(d$a); d$b <- factor(d$b)
center <- function(x) scale(x, scale = FALSE)

fixed <- list(
  "x", "1", "0 + x", "x - 1", "a", "0 + a", "a - 1", "a + b", "a * b", "a:b", "0 + a:b", "a + a:b", "b + a:b", "b %in% a",
  "a + b %in% a", "a/b", "a/x", "a/(b + x)", "(a + b)/f", "(a + b + x)^2", "(a + b + f)^3", "a * b * f - a:b:f", "a * b - a",
  "a * b - b", "a * x", "a:x", "0 + a:x", "x:a", "x + x:a", "0 + x + a", "a + x + a:x - 1", "b:a + a", "f", "o", "0 + o",
  "o * b", "o:b", "0 + b:o", "l", "l * x", "0 + l", "l:a", "I(x^2)", "x + I(x^2)", "log(x)", "log(x + 1) + sqrt(z)", "exp(z/10)",
  "log(z, 2)", "log(z, base = 10)", "I(x * z - 1)", "poly(z, 2)", "poly(z, 3) * b", "poly(z, degree = 2, raw = TRUE)", "scale(x)",
  "scale(x, scale = FALSE)", "center(x)", "scale(z):a", "factor(k)", "factor(k) * x", "0 + factor(k) + factor(k):z", "`my col`",
  "`my col` * a", "x + offset(z)", "offset(log(w)) + a", "a + b + a:b:f", "x + z + x:z + x:z:a", "(a + b):x", "1 + x + 0",
  "0 + x + 1", "-1 + b + a", "I(-x)", "x:z", "I(x/1000) + I(x * 100000) + I(x * 123456) + I(x * 0.0001)")
fixed <- unlist(fixed)
contrast_cases <- list(
  list("a * b", list(a = "sum")), list("a", list(a = "helmert")), list("f", list(f = "poly")), list("o", list(o = "treatment")),
  list("a * f", list(a = "helmert", f = "sum")), list("0 + a + f", list(a = "sum", f = "helmert")), list("factor(k)", list(`factor(k)` = "sum")))
num <- function(m) { m <- unclass(m); attributes(m) <- list(dim = dim(m)); m }
one <- function(rhs, contrasts = NULL) {
  form <- as.formula(paste("y ~", rhs)); tt <- terms(form)
  mf <- model.frame(form, d, na.action = na.omit, drop.unused.levels = TRUE)
  # poly() refuses missing values; z has none.
  ca <- if (is.null(contrasts)) NULL else lapply(contrasts, function(x) paste0("contr.", x))
  X <- model.matrix(form, mf, contrasts.arg = ca)
  off <- model.offset(mf)
  list(formula = paste("y ~", rhs), contrasts = contrasts, term_labels = I(attr(tt, "term.labels")), intercept = attr(tt, "intercept"),
       names = I(colnames(X)), assign = I(attr(X, "assign")), values = num(X), rows = I(as.integer(rownames(mf)) - 1L), offset = if (is.null(off)) NULL else I(off))
}
cases <- c(lapply(fixed, one), lapply(contrast_cases, function(x) one(x[[1]], x[[2]])))

random <- c("(1 | g)", "(x | g)", "(0 + x | g)", "(x || g)", "(1 | h/b)", "(1 | b/a)", "(x | b/a)", "(1 | a:b)", "(1 | b:a)", "(z * x | b)",
  "(a | b)", "(0 + a | b)", "(a * z | b)", "(poly(z, 2) | a)", "(1 | a) + (1 | g)", "(1 | a/h/b)", "(0 + z | g) + (1 | g) + (x | a)", "(log(z) | `g`)",
  "(1 | g) + (0 + x | g) + (1 | f)", "(scale(x) - 1 | f)", "(o | h)")
ctl <- lmerControl(check.nobs.vs.nRE = "ignore", check.nobs.vs.nlev = "ignore", check.nlev.gtr.1 = "ignore", check.rankX = "ignore", check.scaleX = "ignore")
rcases <- lapply(random, function(r) {
  l <- lFormula(as.formula(paste("y ~ 1 +", r)), d, control = ctl)
  re <- l$reTrms
  list(formula = paste("y ~ 1 +", r), groups = I(names(re$cnms)), cnms = lapply(unname(re$cnms), I),
       flist = lapply(re$flist, function(x) list(levels = I(levels(x)), codes = I(as.integer(x) - 1L))), assign = I(attr(re$flist, "assign") - 1L),
       Zt = lapply(unname(re$Ztlist), function(m) num(as.matrix(m))), rows = I(as.integer(rownames(l$fr)) - 1L))
})
# The same terms on rows the fit has not seen: transformations and codings must be those learnt from d.
new <- data.frame(x = c(4, 20.5, 9), z = c(0.5, 7, 3), a = c("r", "p", "q"), k = c(4L, 1L, 2L), o = c("6th", "2nd", "1st"), stringsAsFactors = FALSE)
predicted <- lapply(c("poly(z, 3)", "poly(z, 2) * a", "scale(x) + a", "scale(z):a", "factor(k) * x", "o + log(z)", "scale(x, scale = FALSE) + I(z^2)"), function(rhs) {
  mf <- model.frame(as.formula(paste("y ~", rhs)), d, na.action = na.omit, drop.unused.levels = TRUE)
  tt <- delete.response(attr(mf, "terms"))
  X <- model.matrix(tt, model.frame(tt, new, xlev = .getXlevels(attr(mf, "terms"), mf)), contrasts.arg = attr(model.matrix(attr(mf, "terms"), mf), "contrasts"))
  list(formula = paste("y ~", rhs), names = I(colnames(X)), values = num(X))
})
out <- list(script = "test/golden/generate/design.R", R = R.version.string, lme4 = as.character(packageVersion("lme4")), date = format(Sys.Date()),
  data = raw, ordered = I("o"), levels = list(f = levels(d$f)), fixed = cases, random = rcases, new = new, predicted = predicted)
write(toJSON(out, digits = 17, na = "null", null = "null", auto_unbox = TRUE, dataframe = "columns"), "test/golden/design/design.json")
