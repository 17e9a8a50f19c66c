# lme4's side of bench/reml.ts: reads one command a line from standard input, answers with one line of JSON.
#
#   versions                     R, lme4 and the BLAS in use
#   export <task> <file>         writes lme4's own data of a task as CSV
#   load <task> <file> <fs>      reads the data of a task; <fs>: comma-separated columns to make factors
#   fit <task> <times>           fits that many times; CPU seconds per fit, and the last fit
#   at <task> <theta …>          lme4's REML criterion at a given theta
suppressMessages(library(lme4))

formulas <- list(
  sleepstudy = Reaction ~ Days + (Days | Subject),
  slopes = y ~ x + (x | g),
  InstEval = y ~ service + (1 | s) + (1 | d) + (1 | dept)
)
data_of <- list()

answer <- function(...) {
  fields <- list(...)
  values <- vapply(fields, function(v) {
    if (is.character(v)) paste0('"', v, '"') else paste0("[", paste(format(v, digits = 17), collapse = ","), "]")
  }, "")
  cat("{", paste0('"', names(fields), '":', values, collapse = ","), "}\n", sep = "")
  flush(stdout())
}

cpu <- function(expr) {
  gc(verbose = FALSE)
  before <- proc.time()
  force(expr)
  spent <- proc.time() - before
  spent[["user.self"]] + spent[["sys.self"]]
}

input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  words <- strsplit(line, " ", fixed = TRUE)[[1]]
  task <- words[2]
  if (words[1] == "versions") {
    answer(
      R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
      blas = basename(dirname(normalizePath(extSoftVersion()[["BLAS"]])))
    )
  } else if (words[1] == "export") {
    write.csv(get(task, envir = asNamespace("lme4")), words[3], row.names = FALSE, quote = FALSE)
    answer(done = task)
  } else if (words[1] == "load") {
    frame <- read.csv(words[3])
    for (name in strsplit(words[4], ",", fixed = TRUE)[[1]]) frame[[name]] <- factor(frame[[name]])
    data_of[[task]] <- frame
    answer(rows = nrow(frame))
  } else if (words[1] == "fit") {
    times <- as.integer(words[3])
    f <- formulas[[task]]
    frame <- data_of[[task]]
    fit <- NULL
    spent <- cpu(for (i in seq_len(times)) fit <- lmer(f, frame))
    answer(
      cpu = spent / times, criterion = REMLcrit(fit), theta = getME(fit, "theta"),
      evaluations = fit@optinfo$feval
    )
  } else if (words[1] == "at") {
    deviance_at <- lmer(formulas[[task]], data_of[[task]], devFunOnly = TRUE)
    answer(criterion = deviance_at(as.numeric(words[-(1:2)])))
  }
}
