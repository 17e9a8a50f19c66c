/**
 * `blmm/plot`: plots of posteriors as options for Observable Plot. Each plot has a `…Data` twin with its tidy rows.
 *
 * @module
 */

export * from "./autocorrelation.ts";
export * from "./caterpillar.ts";
export { CHAIN_COLORS, type DrawsLike, type PanelOptions } from "./common.ts";
export * from "./compareIntervals.ts";
export * from "./densityOverlay.ts";
export * from "./histogram.ts";
export * from "./intervals.ts";
export * from "./pairs.ts";
export * from "./rankOverlay.ts";
export type { RowOptions } from "./rows.ts";
export * from "./trace.ts";
