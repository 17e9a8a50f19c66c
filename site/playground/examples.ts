/**
 * The data sets that the playground offers, with a formula to begin with.
 *
 * @module
 */

/** Data sets that need nothing but a formula. */
export const EXAMPLES = {
  sleepstudy: "Reaction ~ Days + (Days | Subject)",
  Dyestuff: "Yield ~ 1 + (1 | Batch)",
  Dyestuff2: "Yield ~ 1 + (1 | Batch)",
  Penicillin: "diameter ~ 1 + (1 | plate) + (1 | sample)",
  Pastes: "strength ~ 1 + (1 | batch / cask)",
  cake: "angle ~ recipe * temperature + (1 | recipe:replicate)",
  oats: "yield ~ variety + nitrogen + (1 | block / variety)",
  clusters: "y ~ x + (1 | clus)",
  tablets: "y ~ method + (1 | tablet)",
} as const;

/** Name of one of them, as `blmm/datasets` exports it. */
export type DatasetName = keyof typeof EXAMPLES;
