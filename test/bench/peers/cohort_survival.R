# Kaplan-Meier, log-rank and Cox by R's survival package on columns of doubles, with the CPU time of each call.
#
#   Rscript cohort_survival.R FILE ROWS COVARIATES HORIZON
#
# FILE has start, stop, event, group, stratum and the covariates one after another. Prints one `name value ...` per line; kinds are
# `plain` (from 0 on), `late` (from start on) and `strata` (from start on, by stratum).
suppressMessages(library(survival))
options(digits = 17)
given <- commandArgs(TRUE)
rows <- as.integer(given[2]); width <- as.integer(given[3]); horizon <- as.numeric(given[4])
all <- matrix(readBin(given[1], "double", rows * (5 + width)), nrow = rows)
data <- as.data.frame(all[, 5 + seq_len(width), drop = FALSE])
names(data) <- paste0("x", seq_len(width))
data$start <- all[, 1]; data$stop <- all[, 2]; data$event <- all[, 3]; data$group <- all[, 4]; data$stratum <- all[, 5]
rm(all)
say <- function(name, values) cat(name, format(as.numeric(values), digits = 17), "\n")
timed <- function(name, call) {
  gc(FALSE)
  spent <- system.time(value <- call())
  say(paste0("cpu.", name), spent[["user.self"]] + spent[["sys.self"]])
  value
}
covariates <- paste(paste0("x", seq_len(width)), collapse = " + ")
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15)
for (kind in c("plain", "late", "strata")) {
  left <- if (kind == "plain") "Surv(stop, event)" else "Surv(start, stop, event)"
  f <- timed(paste0("kaplan-meier.", kind), function() survfit(as.formula(paste(left, "~ 1")), data, conf.type = "log-log"))
  at <- summary(f, times = horizon)
  say(paste0("survival.", kind), c(at$surv, at$std.err, at$lower, at$upper))
  say(paste0("median.", kind), quantile(f, 0.5)$quantile)
  if (kind == "plain") {
    d <- timed("log-rank.plain", function() survdiff(Surv(stop, event) ~ group, data))
    say("log-rank.plain", d$chisq)
    d <- survdiff(Surv(stop, event) ~ group + strata(stratum), data)
    say("log-rank.strata", d$chisq)
  }
  formula <- as.formula(paste(left, "~", covariates, if (kind == "strata") "+ strata(stratum)" else ""))
  m <- timed(paste0("cox.", kind), function() coxph(formula, data, ties = "efron", control = control))
  say(paste0("coefficients.", kind), coef(m))
  say(paste0("errors.", kind), sqrt(diag(vcov(m))))
  say(paste0("log-likelihood.", kind), m$loglik)
  say(paste0("concordance.", kind), m$concordance[["concordance"]])
  if (kind == "plain" && rows <= 20000) say("proportional.plain", cox.zph(m, "km")$table[, "chisq"])
  if (kind == "plain") {
    middle <- as.data.frame(as.list(colMeans(data[paste0("x", seq_len(width))])))
    b <- survfit(m, newdata = middle, se.fit = FALSE)
    say("baseline.plain", b$cumhaz[findInterval(horizon, b$time)])
  }
}
