/**
 * What the compiler must accept and refuse, of this checkout and of the packed package. Nothing here is run.
 *
 * @module
 */

import {
  BlmmError,
  type Comparison,
  compare,
  type Draws,
  drawsFrom,
  gibbs,
  gibbsSync,
  halfNormal,
  type LinearMixedModel,
  type LmmFit,
  lkj,
  lmm,
  normal,
  type Posterior,
  parseCsv,
  reml,
  rhat,
  type SummaryRow,
  type VarCorrRow,
} from "blmm";
import { recover } from "blmm/check";
import { sleepstudy } from "blmm/datasets";
import { type InferenceData, toInferenceData } from "blmm/formats";
import { toMatrix } from "blmm/matrix";
import { readTable, toSVG } from "blmm/node";
import { trace } from "blmm/plot";
import { duckdb, lmmFromSql } from "blmm/sql";
import { workers } from "blmm/workers";

/** True where two types are the same, each assignable to the other in every position. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Takes a type that must be `true`. */
const holds = <_ extends true>(): void => {};

export async function accepted(): Promise<void> {
  const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy, { missing: "error" });
  holds<Same<typeof model, LinearMixedModel>>();
  const fit = reml(model);
  holds<Same<typeof fit, LmmFit>>();
  holds<Same<ReturnType<LmmFit["fixef"]>, Record<string, number>>>();
  const sds: readonly VarCorrRow[] = fit.varCorr();
  const posterior = await gibbs(model, {
    seed: 1,
    draws: "auto",
    runner: workers({ size: 2 }),
    priors: { beta: { Days: normal(10, 5) }, terms: { Subject: lkj(2, halfNormal(30)) } },
  });
  holds<Same<typeof posterior, Posterior>>();
  holds<Same<ReturnType<typeof gibbsSync>, Posterior>>();
  const rows: readonly SummaryRow[] = posterior.summary();
  const gap: Comparison = compare(posterior, fit);
  const one: number = rhat([new Float64Array(4), [1, 2, 3, 4]]);
  const svg: string = toSVG(trace(posterior));
  const content: InferenceData = toInferenceData(posterior);
  const level: string | number = sleepstudy[0].Subject;
  // Tables of every kind: rows, columns, typed arrays, CSV.
  lmm("y ~ 1 + (1 | g)", [{ y: 1, g: "a" }]);
  lmm("y ~ 1 + (1 | g)", { y: new Float64Array(2), g: ["a", "b"] });
  lmm("y ~ 1 + (1 | g)", parseCsv("y,g\n1,a"));
  lmm("y ~ 1 + (1 | g)", await readTable("data.csv"));
  const draws = drawsFrom({ mu: [[1, 2, 3]] });
  holds<Same<typeof draws, Draws>>();
  try {
    toMatrix(model.X());
  } catch (error) {
    if (error instanceof BlmmError) holds<Same<typeof error.code, string>>();
  }
  void [sds, rows, gap, one, svg, content, level, recover, duckdb, lmmFromSql];
}

export function refused(model: LinearMixedModel, fit: LmmFit, posterior: Posterior): void {
  // @ts-expect-error an option that does not exist
  reml(model, { metod: "REML" });
  // @ts-expect-error a seed is a number
  gibbsSync(model, { seed: "1" });
  // @ts-expect-error a scheme that does not exist
  gibbsSync(model, { scheme: "nuts" });
  // @ts-expect-error the formula is missing
  lmm(sleepstudy);
  // @ts-expect-error df by a rule that does not exist
  fit.coefTable({ df: "kenward" });
  // @ts-expect-error a posterior has no REML criterion
  posterior.criterion;
  // @ts-expect-error a prior is made by its constructor
  gibbsSync(model, { priors: { sigma: "half-t" } });
  // @ts-expect-error results are read-only
  fit.sigma = 1;
}
