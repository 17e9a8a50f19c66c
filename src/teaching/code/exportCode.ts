/**
 * A model as a script for other programs.
 *
 * @module
 */

import { knownOptions, ModelError, oneOf } from "../../errors.ts";
import type { Priors } from "../../gibbs/priors.ts";
import { type ResolvedPriors, resolvePriors } from "../../gibbs/resolvePriors.ts";
import { checkModel, type LinearMixedModel } from "../../model/linearMixedModel.ts";
import { requireNormal } from "../../model/student.ts";
import { brmsCode } from "./brms.ts";
import { lme4Code, type Method, nlmeCode } from "./estimators.ts";
import { mcmcglmmCode } from "./mcmcglmm.ts";
import { mixedModelsCode } from "./mixedModels.ts";
import { statsmodelsCode } from "./statsmodels.ts";

type Estimator = "lme4" | "nlme" | "statsmodels" | "MixedModels.jl";
type Sampler = "brms" | "MCMCglmm";
/** Programs that {@link exportCode} writes for. */
export type ExportTarget = Estimator | Sampler;

const estimators: Readonly<Record<Estimator, (model: LinearMixedModel, method: Method) => string[]>> = {
  lme4: lme4Code,
  nlme: nlmeCode,
  statsmodels: statsmodelsCode,
  "MixedModels.jl": mixedModelsCode,
};
const samplers: Readonly<Record<Sampler, (model: LinearMixedModel, priors: ResolvedPriors) => string[]>> = {
  brms: brmsCode,
  MCMCglmm: mcmcglmmCode,
};
const isSampler = (target: ExportTarget): target is Sampler => Object.hasOwn(samplers, target);

/** Options of {@link exportCode}. */
export interface ExportOptions {
  /** For lme4, nlme, statsmodels and MixedModels.jl; defaults to `"REML"`. */
  readonly method?: Method;
  /** For brms and MCMCglmm, as `gibbs` takes them; defaults to `default@1`. */
  readonly priors?: Priors;
}

/**
 * The same model as a script for R, Python or Julia that reads `data.csv`: a line of column names, then a line for each
 * row of the data, blank cells missing, `TRUE` and `FALSE` for booleans, dates as `2024-05-01`.
 *
 * The script makes factors with the model's levels and contrasts, leaves out the rows that the model leaves out, and
 * stops if their number differs. Priors that a program cannot express are named in comments of the script. Names and
 * labels stand in string literals or back-quotes, escaped; columns whose names a language cannot write get others.
 *
 * @param target - `"lme4"`, `"nlme"`, `"brms"`, `"MCMCglmm"` (R), `"statsmodels"` (Python) or `"MixedModels.jl"` (Julia)
 * @throws {ModelError} `cannot-export` when the program cannot take the model; the remedy names those that can;
 * `needs-normal` for Student-t parts, which are exported for none
 * @throws {DataError} `unsafe-name` for names with control characters
 * @throws {PriorError} as `gibbs`; {ArgumentError} `unknown-option`, `invalid-argument`
 *
 * @example
 * console.log(exportCode(model, "lme4"));
 * exportCode(model, "brms", { priors: { sigma: exponential(0.02) } });
 */
export function exportCode(
  model: LinearMixedModel,
  target: ExportTarget,
  options: ExportOptions = {},
): string {
  checkModel("exportCode()", model);
  requireNormal("exportCode()", model, "Make the model without student().");
  const targets = [...Object.keys(estimators), ...Object.keys(samplers)] as ExportTarget[];
  oneOf("target", target, targets);
  knownOptions(`exportCode() for ${target}`, options, [isSampler(target) ? "priors" : "method"]);
  const method = oneOf("method", options.method ?? "REML", ["REML", "ML"]);
  const write = (to: ExportTarget): string[] =>
    isSampler(to)
      ? samplers[to](model, resolvePriors(model, options.priors ?? {}))
      : estimators[to](model, method);
  try {
    return `${write(target).join("\n")}\n`;
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== "cannot-export") throw error;
    const others = targets.filter((other) => other !== target && takes(() => write(other)));
    const remedy =
      others.length === 0 ? "None of the other programs can either." : `These can: ${others.join(", ")}.`;
    throw new ModelError(error.code, error.reason, remedy, { ...error.details, others });
  }
}

function takes(write: () => unknown): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof ModelError && error.code === "cannot-export") return false;
    throw error;
  }
}
