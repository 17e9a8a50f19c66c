/**
 * blmm/check: whether a model and its sampler can be trusted, by simulation.
 *
 * @module
 */

export { type Sbc, type SbcOptions, type SbcRow, sbc } from "./sbc.ts";
