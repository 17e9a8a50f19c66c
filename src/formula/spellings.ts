/**
 * What functions of R's formulas are here.
 *
 * @module
 */

const SMOOTH = "There are no smooths: write poly(x, 3), or compute a basis as columns.";

/** What to write in place of a function of R. */
export const spellings: ReadonlyMap<string, string> = new Map([
  ["relevel", 'The first level is the reference: lmm(…, { levels: { f: ["b", "a"] } }).'],
  ["ordered", 'Write factor(x), and lmm(…, { contrasts: { x: "poly" } }).'],
  ["C", 'Write lmm(…, { contrasts: { f: "sum" } }).'],
  ["as.factor", "Write factor(x)."],
  ["s", SMOOTH],
  ["ns", SMOOTH],
  ["bs", SMOOTH],
]);
