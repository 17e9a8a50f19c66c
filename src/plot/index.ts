/**
 * `blmm/plot`: plots of posteriors and fits as options for Observable Plot. Each plot has a `…Data` twin with its tidy
 * rows.
 *
 * @module
 */

export * from "./areas.ts";
export * from "./autocorrelation.ts";
export type { PredictedRow, Predicting, RowChoice } from "./byRow.ts";
export * from "./caterpillar.ts";
export { CHAIN_COLORS, type DrawsLike, type PanelOptions } from "./common.ts";
export * from "./compareIntervals.ts";
export * from "./densityOverlay.ts";
export * from "./diagnosticDots.ts";
export * from "./facets.ts";
export { type HistogramOptions, type HistogramRow, histogram, histogramData } from "./histogram.ts";
export * from "./interactionPlot.ts";
export * from "./intervals.ts";
export * from "./pairs.ts";
export type { CheckPanelOptions } from "./ppc.ts";
export * from "./ppcDensityOverlay.ts";
export * from "./ppcIntervals.ts";
export * from "./ppcStat.ts";
export * from "./priorPosterior.ts";
export * from "./qq.ts";
export * from "./rankOverlay.ts";
export * from "./residualFitted.ts";
export * from "./ridges.ts";
export type { RowOptions } from "./rows.ts";
export * from "./shrinkage.ts";
export * from "./spaghetti.ts";
export * from "./trace.ts";
