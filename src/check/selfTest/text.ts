/**
 * Formulas, contrasts and CSV: what is written down comes out as it must.
 *
 * @module
 */

import { contrastCoding } from "../../data/contrasts.ts";
import { parseCsv } from "../../data/csv.ts";
import { parseFormula } from "../../formula/terms.ts";
import type { Compare } from "./comparison.ts";
import { generator } from "./dense.ts";

/** A right side, and its terms and groups as R's `terms()` and lme4 have them. */
const EXPANSIONS: readonly (readonly [right: string, terms: string, groups: string])[] = [
  ["a * b", "a, b, a:b", ""],
  ["(a + b + c)^2", "a, b, c, a:b, a:c, b:c", ""],
  ["a / b", "a, a:b", ""],
  ["a * b * c - a:b:c", "a, b, c, a:b, a:c, b:c", ""],
  ["a:b + a + I(x^2)", "a, I(x^2), a:b", ""],
  ["x + (x | g)", "x", "g"],
  ["(1 | a / b)", "", "b:a, a"],
  ["(1 | a / b / c)", "", "c:(b:a), b:a, a"],
  ["x + (1 | g) + (0 + x | g)", "x", "g, g"],
];

const LEVELS = ["a", "b", "c", "d", "e"];

/** Terms, codings, and numbers through text. */
export function compareText(compare: Compare): void {
  for (const [right, terms, groups] of EXPANSIONS) {
    const { fixed, random } = parseFormula(`y ~ ${right}`);
    compare(`terms of ${right}`, fixed.terms.map(({ label }) => label).join(", "), terms);
    const found = random.flatMap((spec) => spec.groups.map(({ label }) => label));
    compare(`groups of ${right}`, found.join(", "), groups);
  }
  compareCodings(compare);
  compareCsv(compare);
}

/** Columns of sum, Helmert and polynomial contrasts add up to 0; the last two are orthogonal, polynomials of length 1. */
function compareCodings(compare: Compare): void {
  const k = LEVELS.length;
  for (const name of ["sum", "helmert", "poly"] as const) {
    const { values } = contrastCoding(name, LEVELS);
    const column = (j: number): Float64Array => values.subarray(j * k, (j + 1) * k);
    const inner = (i: number, j: number): number =>
      column(i).reduce((sum, value, level) => sum + value * column(j)[level], 0);
    for (let j = 0; j < k - 1; j++) {
      const sum = column(j).reduce((total, value) => total + value, 0);
      // Orthonormal polynomials carry a few roundings of numbers below 1.
      compare(`sum of column ${j} of ${name} contrasts`, sum, 0, 1e-15);
      if (name === "poly") compare(`length of column ${j} of poly contrasts`, inner(j, j), 1, 1e-14);
      if (name === "sum") continue;
      for (let i = 0; i < j; i++)
        compare(`columns ${i} and ${j} of ${name} contrasts`, inner(i, j), 0, 1e-14);
    }
  }
}

/** Numbers from 10⁻²⁵ to 10⁴, and text with commas, quotes and line breaks, as a file would have them. */
function compareCsv(compare: Compare): void {
  const next = generator(7);
  const numbers = Array.from({ length: 200 }, () => (next() - 0.5) * 10 ** Math.floor(30 * next() - 25));
  const labels = ["plain", "with, comma", 'with "quotes"', "with\nline break"];
  const lines = numbers.map((value, i) => `${value},"${labels[i % 4].replaceAll('"', '""')}"`);
  const { columns, rowCount } = parseCsv(`x,label\n${lines.join("\n")}\n`);
  compare("rows of a CSV text", rowCount, 200);
  const x = columns.get("x");
  const label = columns.get("label");
  const read = x?.kind === "number" ? numbers.filter((value, i) => Object.is(x.values[i], value)).length : 0;
  compare("numbers that a CSV text brings back", read, 200);
  labels.forEach((text, i) => {
    const back = label?.kind === "text" ? String(label.values[i]) : undefined;
    compare(`label ${i} of a CSV text`, back, text);
  });
}
