/** Calls with options and arguments that nobody means. */

import fc from "fast-check";
import { sleepstudy } from "../../src/datasets/index.ts";
import * as blmm from "../../src/index.ts";
import { hostileNames, oddity } from "./hostile.ts";
import { outcome, type Trial, trial } from "./trial.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is passed is wrong on purpose.
type Any = any;

const FORMULA = "Reaction ~ Days + (Days | Subject)";
const model = blmm.lmm(FORMULA, sleepstudy);
const fit = blmm.reml(model);
const posterior = blmm.gibbsSync(model, { seed: 1, chains: 2, draws: 20, warmup: 20 });
const draws = [posterior.draws.chain("sigma", 0), posterior.draws.chain("sigma", 1)];
const { loo } = blmm;

/** Calls, each with the names of its options. Those that ask for work by the count have their own counts. */
const CALLS: Readonly<Record<string, readonly [(options: Any) => unknown, ...names: string[]]>> = {
  lmm: [
    (o) => blmm.lmm(FORMULA, sleepstudy, o),
    ...["weights", "sigmaBy", "residuals", "effects", "contrasts", "levels", "missing", "collinear"],
  ],
  sums: [(o) => blmm.sums(FORMULA, sleepstudy, o), "weights", "levels", "contrasts", "missing"],
  reml: [(o) => blmm.reml(model, o), "start", "theta", "sigma", "priors"],
  ml: [(o) => blmm.ml(model, o), "start", "sigma"],
  lm: [(o) => blmm.lm("Reaction ~ Days", sleepstudy, o), "weights", "contrasts", "levels", "missing"],
  gibbs: [
    (o) => blmm.gibbsSync(model, { draws: 5, warmup: 5, chains: 1, ...o }),
    ...[
      "until",
      "seed",
      "priors",
      "scheme",
      "keep",
      "maxMemory",
      "maxTime",
      "onProgress",
      "signal",
      "runner",
    ],
  ],
  explain: [(o) => String(blmm.explain(model, o)), "notation", "format", "priors"],
  exportCode: [(o) => String(blmm.exportCode(model, o)), "target", "priors", "df", "seed"],
  confint: [(o) => fit.confint({ method: "wald", ...o }), "level", "parm", "variables"],
  coefTable: [(o) => fit.coefTable(o), "df"],
  anova: [(o) => fit.anova(o), "type", "df"],
  predict: [(o) => fit.predict(undefined, o), "groups", "interval", "level", "df"],
  "predict new rows": [(o) => fit.predict(o)],
  residuals: [(o) => fit.residuals(o), "type"],
  simulate: [(o) => fit.simulate({ n: 1, ...o }), "seed", "groups"],
  refit: [(o) => fit.refit(o)],
  update: [(o) => fit.update(o)],
  bootstrap: [(o) => blmm.bootstrapSync(fit, { n: 2, ...o }), "seed", "statistic", "type"],
  emmeans: [(o) => fit.emmeans(o), "level"],
  "posterior predict": [
    (o) => posterior.predict(undefined, o),
    "groups",
    "interval",
    "level",
    "seed",
    "probs",
  ],
  epred: [(o) => posterior.epred([{ Days: 1, Subject: "308" }], o), "groups"],
  effects: [(o) => posterior.effects(o), "group", "level", "iterations"],
  hypothesis: [(o) => blmm.hypothesis(posterior, "b_Days > 0", o), "level", "priors"],
  "a hypothesis": [(o) => blmm.hypothesis(posterior, o)],
  ppCheck: [(o) => blmm.ppCheck(posterior, o), "type", "statistic", "seed"],
  loo: [(o) => loo(posterior.logLik(), o), "chains"],
  "loo of": [(o) => loo(o)],
  compare: [(o) => blmm.compare(posterior, o)],
  drawsFrom: [(o) => blmm.drawsFrom(o)],
  "draws get": [(o) => posterior.draws.get(o)],
  summarize: [(o) => blmm.summarize(o)],
  rhat: [(o) => blmm.rhat(o)],
  essTail: [(o) => blmm.essTail(o)],
  essQuantile: [(o) => blmm.essQuantile(draws, o)],
  mcseQuantile: [(o) => blmm.mcseQuantile(draws, o)],
  autocorrelation: [(o) => blmm.autocorrelation(o)],
  geweke: [(o) => blmm.geweke(o)],
  hdi: [(o) => blmm.hdi(draws, o)],
  factor: [(o) => blmm.factor(["a", "b"], o), "levels", "ordered"],
  "factor of": [(o) => blmm.factor(o)],
  student: [(o) => blmm.student(o), "df", "nu"],
  criterionAt: [(o) => blmm.criterionAt(model, o)],
  henderson: [(o) => blmm.henderson(o)],
  marginalCovariance: [(o) => blmm.marginalCovariance(model, o), "theta", "sigma"],
  load: [(o) => blmm.load(o)],
  save: [(o) => blmm.save(o)],
  sumsFromJson: [(o) => blmm.sumsFromJson(o)],
};

const value = fc.oneof(
  oddity,
  fc.constantFrom<unknown>({}, [], "auto", "drop", "sum", "wald", 0.95, 0, [1, 2], { Subject: 1 }),
);
const cases = fc.constantFrom(...Object.keys(CALLS)).chain((title) => {
  const [, ...names] = CALLS[title];
  const options = fc.dictionary(fc.constantFrom(...names, ...hostileNames.slice(0, 4)), value, {
    maxKeys: 2,
  });
  return fc.tuple(
    fc.constant(title),
    fc.oneof({ weight: names.length === 0 ? 1 : 6, arbitrary: options }, value),
  );
});

export const optionTrials: readonly Trial[] = [
  trial("calls with any options", [1500, 60_000], cases, ([title, options]) => {
    outcome(() => CALLS[title][0](options));
  }),
];
