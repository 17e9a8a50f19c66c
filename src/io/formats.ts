/**
 * `blmm/formats`: draws as text, JSON and bytes that other programs read, and back. Needs no file system.
 *
 * @module
 */

export { drawsFromArrow, drawsToArrow } from "./arrow.ts";
export { drawsFromCsv, drawsToCsv } from "./drawsCsv.ts";
export type { DrawsRun, DrawsSource } from "./drawsFile.ts";
export {
  fromInferenceData,
  type InferenceData,
  type InferenceDataOptions,
  type Nested,
  toInferenceData,
} from "./inferenceData.ts";
export { drawsFromStanCsv, drawsToStanCsv } from "./stanCsv.ts";
