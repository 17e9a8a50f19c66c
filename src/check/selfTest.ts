/**
 * The library's own test on the machine at hand: figures whose right values are known.
 *
 * @module
 */

import { showAs, significant, textTable, wordColumn } from "../data/format.ts";
import { compareBalanced } from "./selfTest/balanced.ts";
import { type Comparison, comparisons } from "./selfTest/comparison.ts";
import { compareDiagnostics } from "./selfTest/diagnostics.ts";
import { compareDraws } from "./selfTest/draws.ts";
import { compareFunctions } from "./selfTest/functions.ts";
import { compareKernels } from "./selfTest/kernels.ts";
import { compareEquations, compareLikelihoods } from "./selfTest/likelihoods.ts";
import { comparePosteriors } from "./selfTest/posteriors.ts";
import { compareText } from "./selfTest/text.ts";

export type { Comparison };

/** What {@link selfTest} returns. */
export interface SelfTest {
  readonly comparisons: readonly Comparison[];
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

const PARTS = {
  "functions and random numbers": compareFunctions,
  "formulas, contrasts and CSV": compareText,
  WebAssembly: compareKernels,
  "balanced designs": compareBalanced,
  "likelihoods and estimates": compareLikelihoods,
  "mixed model equations": compareEquations,
  diagnostics: compareDiagnostics,
  posteriors: comparePosteriors,
  "draws of this version": compareDraws,
} as const;

/**
 * Holds some six hundred figures of the library against what they must be, on the machine it is called on, in a few
 * seconds at most, without data from outside: closed forms of balanced designs, the marginal density with V written out for designs
 * of every kind, Henderson's equations, distribution functions and elementary functions against constants, random words
 * against their published ones, posteriors known in closed form and by quadrature, R-hat, ESS and leave-one-out against
 * numbers of R, draws of this version bit by bit. Every tolerance stands in the source with its reason.
 *
 * A part that throws counts as one failed comparison, with the error as its value.
 *
 * @example
 * const { failed, comparisons } = selfTest();
 * if (failed > 0) throw new Error(comparisons.filter(({ ok }) => !ok).map(({ what }) => what).join(", "));
 */
export function selfTest(): SelfTest {
  const start = performance.now();
  const { list, compare } = comparisons();
  for (const [name, part] of Object.entries(PARTS)) {
    try {
      part(compare);
    } catch (error) {
      compare(name, String(error), "no error");
    }
  }
  const passed = list.filter(({ ok }) => ok).length;
  const seconds = (performance.now() - start) / 1000;
  const result: SelfTest = { comparisons: list, passed, failed: list.length - passed, seconds };
  return showAs(result, () => print(result));
}

function print({ comparisons: list, failed, seconds }: SelfTest): string {
  const verdict = failed === 0 ? "all as they must be" : `${failed} not as they must be`;
  const head = `Self-test: ${list.length} comparisons in ${seconds.toFixed(1)} s, ${verdict}`;
  if (failed === 0) return head;
  const wrong = list.filter(({ ok }) => !ok);
  const shown = wrong.slice(0, MOST_SHOWN);
  const text = (value: number | string): string =>
    typeof value === "number" ? significant(value, 12) : value;
  const table = textTable([
    wordColumn(
      "",
      shown.map(({ what }) => what),
    ),
    { header: "value", cells: shown.map(({ value }) => text(value)) },
    { header: "expected", cells: shown.map(({ expected }) => text(expected)) },
    { header: "tolerance", cells: shown.map(({ tolerance }) => significant(tolerance, 2)) },
  ]);
  return wrong.length > shown.length
    ? `${head}\n${table}\nand ${wrong.length - shown.length} more`
    : `${head}\n${table}`;
}

const MOST_SHOWN = 20;
