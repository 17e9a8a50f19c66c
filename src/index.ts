/**
 * blmm: Bayesian linear mixed models. One formula, one model object, two estimators that can be held against
 * each other. This file re-exports the public surface and nothing else.
 *
 * @module
 */

// Model
export type { FixedDesign } from "./model/design.ts";
export { LinearMixedModel, type NamedMatrix } from "./model/linearMixedModel.ts";
export { type LmmOptions, lmm } from "./model/lmm.ts";
export type { RandomTerm } from "./model/randomTerms.ts";
export type { NewDesign } from "./model/recipe.ts";
export { type Student, student } from "./model/student.ts";
export { lmmFromSums, type Sums, type SumsOptions, sums, sumsFromJson } from "./model/takeSums.ts";
export type { SumsJson } from "./model/sumsJson.ts";

// REML and ML
export { type FitOptions, ml, reml } from "./reml/fit.ts";
export type { CoefTableRow, ConfintOptions, ConfintRow, LmmFit } from "./reml/lmmFit.ts";
export type { Noted } from "./reml/notes.ts";
export type { Convergence } from "./reml/optimum.ts";
export type { ParameterEstimate } from "./reml/wald.ts";
export type { CoefRow, RanefRow, VarCorrRow } from "./reml/estimates.ts";
export { type Bootstrap, type BootstrapOptions, bootstrap, bootstrapSync } from "./reml/bootstrap.ts";
export { criterionAt } from "./reml/criterion.ts";

// Tests, means and contrasts
export { anova, type LikelihoodRatioRow } from "./reml/anova.ts";
export type { AnovaRow, AnovaTable } from "./reml/anovaTable.ts";
export type { AnovaOptions } from "./reml/tests.ts";
export type { AnovaType } from "./reml/hypotheses.ts";
export type { DfMethod } from "./reml/inference.ts";
export type { RanovaRow } from "./reml/ranova.ts";
export { emmeans } from "./reml/emmeans.ts";
export type { ContrastOptions, EmmeansOptions, EmmeansRow, MarginalMeans } from "./reml/marginalMeans.ts";
export type { CoefficientWeights, ContrastRow, ContrastTable } from "./reml/contrasts.ts";
export type { Adjustment } from "./reml/adjust.ts";

// Prediction, simulation, influence
export type { PredictionRow, Predictions, PredictOptions } from "./reml/predict.ts";
export type { SimulateOptions, Simulations } from "./reml/simulate.ts";
export type { ResidualOptions } from "./reml/residuals.ts";
export type { GroupInfluenceRow } from "./reml/deletion.ts";
export type { Icc, R2, ShrinkageRow } from "./reml/shares.ts";

// Linear models without random effects, pooling, and the model in matrices
export { type LmOptions, lm } from "./reml/lm.ts";
export type { LmFit } from "./reml/lmFit.ts";
export { lmList } from "./reml/lmList.ts";
export { comparePooling, type PoolingRow, type PoolingTable } from "./reml/pooling.ts";
export { type HendersonEquations, henderson, type MixedMatrices } from "./reml/henderson.ts";
export { gls, marginalCovariance, type Variances } from "./reml/marginal.ts";

// Gibbs sampling
export { type GibbsStreamOptions, gibbs, gibbsStream, gibbsSync, resume } from "./gibbs/gibbs.ts";
export type { GibbsOptions, RunOptions } from "./gibbs/session.ts";
export type { Crew, Progress, Runner, Status } from "./gibbs/run.ts";
export type { Until } from "./gibbs/until.ts";
export type { Checkpoint } from "./gibbs/checkpoint.ts";
export type { EffectsSelection, Posterior } from "./gibbs/posterior.ts";
export type { EffectRow, PosteriorVarCorrRow } from "./gibbs/posteriorTables.ts";
export type { EpredOptions } from "./gibbs/drawsOfRows.ts";
export type {
  PosteriorPredictionRow,
  PosteriorPredictions,
  PosteriorPredictOptions,
} from "./gibbs/predict.ts";
export type { BayesR2, PosteriorIcc, Share } from "./gibbs/shares.ts";
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
export type {
  BetaPrior,
  Exponential,
  Fixed,
  Flat,
  HalfNormal,
  HalfT,
  HuangWand,
  InverseGamma,
  InverseWishart,
  Lkj,
  Normal,
  SdPrior,
  TermPrior,
  UniformSd,
} from "./gibbs/priors.ts";
export type { ResolvedPriors } from "./gibbs/resolvePriors.ts";

export {
  type PriorPredictive,
  type PriorPredictiveOptions,
  priorPredictive,
} from "./gibbs/priorPredictive.ts";

export {
  type BayesFactor,
  type BayesFactorOptions,
  bayesFactor,
  type EvidenceOptions,
  type MarginalLikelihood,
  marginalLikelihood,
} from "./gibbs/bayesFactor.ts";

// Criticism
export { type PpCheckOptions, ppCheck, type Statistic } from "./gibbs/ppCheck.ts";
export type {
  PpCoverage,
  PpDensity,
  PpDensityRow,
  PpIntervalRow,
  PpIntervals,
  PpStat,
  PpStatRow,
} from "./gibbs/ppCheckResult.ts";
export type { FitQqOptions } from "./reml/qq.ts";
export type { Qq, QqOptions, QqRow } from "./model/qq.ts";

// The model in words, and for other programs
export { type ExplainOptions, type Explanation, explain, type NotationName } from "./teaching/explain.ts";
export { type ExportOptions, type ExportTarget, exportCode } from "./teaching/code/exportCode.ts";

// Bayesian against REML, and posteriors against each other
export { type Comparison, type ComparisonRow, compare } from "./compare.ts";
export type {
  ComparedPosterior,
  PosteriorComparison,
  PosteriorComparisonRow,
} from "./compare/posteriors.ts";

// Fits and posteriors as bytes
export { load, save } from "./save.ts";

// Draws, summaries, diagnostics
export { type DrawRow, Draws, type DrawsSelection, type VariableInfo } from "./posterior/draws.ts";
export { drawsFrom } from "./posterior/drawsFrom.ts";
export { type SummaryRow, summarize } from "./posterior/summarize.ts";
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

// Leave-one-out, hypotheses
export { type Hypothesis, type HypothesisOptions, hypothesis } from "./posterior/hypothesis.ts";
export {
  type LogLikelihood,
  type Loo,
  type LooOptions,
  type LooRow,
  loo,
  type Waic,
  waic,
} from "./posterior/loo.ts";
export { type LooDifference, looCompare } from "./posterior/looCompare.ts";

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
