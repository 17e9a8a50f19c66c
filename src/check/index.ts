/**
 * blmm/check: whether a model, its sampler, its priors and its design can be trusted, by simulation.
 *
 * @module
 */

export type { EstimatorOptions } from "./estimator.ts";
// The sampler
export { type JointTest, type JointTestOptions, type JointTestRow, jointTest } from "./jointTest.ts";
// The design
export { type Power, type PowerOptions, type PowerRow, power } from "./power.ts";
// The priors
export { type PriorPull, type PriorPullRow, priorPull } from "./priorPull.ts";
export {
  type PriorSensitivity,
  type PriorSensitivityOptions,
  type PriorSensitivityRow,
  priorSensitivity,
} from "./priorSensitivity.ts";
export { type RecoverOptions, type RecoverRow, type Recovery, recover } from "./recover.ts";
export type { ReplicationOptions } from "./replicate.ts";
export { type Sbc, type SbcOptions, type SbcRow, sbc } from "./sbc.ts";
// The library on this machine
export { type Comparison, type SelfTest, selfTest } from "./selfTest.ts";
export type { Truth } from "./truth.ts";
