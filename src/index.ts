/**
 * blmm: Bayesian linear mixed models. One formula, one model object, two estimators that can be held against
 * each other. This file re-exports the public surface and nothing else.
 *
 * @module
 */

// Bayesian against REML
export { type Comparison, type ComparisonRow, compare } from "./compare.ts";
// Data
export { parseCsv } from "./data/csv.ts";
export { type FactorColumn, factor } from "./data/factor.ts";
export { type Table, type TableLike, toTable } from "./data/table.ts";
// Errors and warnings
export {
  ArgumentError,
  BlmmError,
  DataError,
  FormulaError,
  ModelError,
  NumericalError,
  PriorError,
  type Warning,
} from "./errors.ts";

// Gibbs sampling
export { type GibbsOptions, gibbs, gibbsSync } from "./gibbs/gibbs.ts";
export type { EffectRow, Posterior, PosteriorVarCorrRow } from "./gibbs/posterior.ts";
export {
  exponential,
  fixed,
  flat,
  halfCauchy,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  uniformSd,
} from "./gibbs/priors.ts";
// Model
export { LinearMixedModel, type LmmOptions, lmm } from "./model/linearMixedModel.ts";
export {
  autocorrelation,
  essBulk,
  essMean,
  essQuantile,
  essSd,
  essTail,
  geweke,
  hdi,
  mcseMean,
  mcseQuantile,
  mcseSd,
  rhat,
  rhatBasic,
} from "./posterior/diagnostics.ts";
// Draws, summaries, diagnostics
export { type DrawRow, Draws, type VariableInfo } from "./posterior/draws.ts";
export { drawsFrom } from "./posterior/drawsFrom.ts";
export { type SummaryRow, summarize } from "./posterior/summarize.ts";
// REML and ML
export { criterionAt } from "./reml/criterion.ts";
export type { CoefRow, RanefRow, VarCorrRow } from "./reml/estimates.ts";
export { type FitOptions, ml, reml } from "./reml/fit.ts";
export type { CoefTableRow, ConfintRow, LmmFit } from "./reml/lmmFit.ts";
