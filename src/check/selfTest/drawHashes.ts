/**
 * Hashes of the draws of this version; `UPDATE_HASHES=1 npx vitest run test/check/selfTest.test.ts` writes this file.
 *
 * @module
 */

/** By the name of the run. */
export const DRAW_HASHES: Readonly<Record<string, string>> = {
  "slopes, collapsed": "297ad7c4143299ed",
  "nested, collapsed": "b3cf548dd5c5d8a6",
  "crossed, crossed": "b63eb4ad2f223b79",
  "strata, blocked": "30224260061dd4c0",
  "compound symmetry, blocked": "7364d6c7fbb3ab36",
  "slopes, full-conditionals": "4000fdc9a8eae4de",
  "slopes, blocked, other priors": "3a6cd3b6920505df",
};
