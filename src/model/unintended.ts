/**
 * Warnings of formulas that the data can answer, but that were probably not meant.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import { isPlainNumber } from "../data/table.ts";
import { show, type Warning, warning } from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import { deparse } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import type { ModelFrame } from "./modelFrame.ts";

/** A random slope has mean zero; without a fixed effect of its predictor the mean is forced to be zero. */
export function warnAroundZero(
  frame: Pick<ModelFrame, "variables">,
  { fixed, random }: Formula,
  warnings: Warning[],
): void {
  const used = new Set([...fixed.variables, ...fixed.offsets].flatMap(columnsUsed));
  for (const { part, groups } of random) {
    for (const { label, variables } of part.terms) {
      const nodes = variables.map((index) => part.variables[index]);
      const isNumber = nodes.every((node) => frame.variables.get(deparse(node))?.kind === "numeric");
      if (!isNumber || nodes.flatMap(columnsUsed).some((name) => used.has(name))) continue;
      const group = groups.map((one) => one.label).join(" and ");
      warnings.push(
        warning(
          "slope-around-zero",
          `${label} varies by ${group} around zero, because the fixed part does not have it. If its mean is not known to be zero, add ${label}.`,
          { term: label, group },
          `model.update(${show(`. ~ . + ${label}`)})`,
        ),
      );
    }
  }
}

/** A grouping factor made of one column. */
interface GroupLabels {
  readonly label: string;
  readonly column: FactorColumn;
}

/** How many rows the rarest pair of labels has. */
export function rarestPair({ column: a }: GroupLabels, { column: b }: GroupLabels): number {
  const rows = new Int32Array(a.levels.length * b.levels.length);
  a.codes.forEach((code, i) => {
    rows[code * b.levels.length + b.codes[i]]++;
  });
  return rows.reduce((least, count) => Math.min(least, count), a.codes.length);
}

/** Measurements are sometimes taken for labels. */
export function warnContinuous(
  frame: Pick<ModelFrame, "groups">,
  formula: Formula,
  n: number,
  warnings: Warning[],
): void {
  for (const { factors } of formula.random.flatMap(({ groups }) => groups)) {
    if (factors.length !== 1) continue;
    const [[label, column]] = [...frame.groups].filter(([key]) => key === deparse(factors[0]));
    const fractions = column.levels.some((level) => isPlainNumber(level) && !Number.isInteger(Number(level)));
    if (!fractions || column.levels.length * 2 <= n) continue;
    const text = `${label} has ${column.levels.length} different values in ${n} rows; is it a label?`;
    warnings.push(warning("continuous-group", text, { column: label, groups: column.levels.length, n }));
  }
}

/**
 * `(1 | batch) + (1 | cask)` where every batch has casks a, b and c, several rows each: cask a of one batch is
 * probably not cask a of another.
 *
 * @param rarest - how many rows the rarest pair of their labels has
 */
export function warnReusedLabels(
  frame: Pick<ModelFrame, "groups">,
  formula: Formula,
  rarest: (outer: GroupLabels, inner: GroupLabels) => number,
  warnings: Warning[],
): void {
  const all = formula.random.flatMap(({ groups }) => groups);
  const single = [
    ...new Map(all.filter(({ factors }) => factors.length === 1).map((g) => [g.key, g])).values(),
  ];
  const fixed = new Set(formula.fixed.labels);
  for (const outer of single) {
    for (const inner of single) {
      const pairIsModelled = all.some(
        ({ factors, key }) => factors.length > 1 && key === [outer.key, inner.key].sort().join(":"),
      );
      if (outer === inner || pairIsModelled || fixed.has(outer.key) || fixed.has(inner.key)) continue;
      const a = frame.groups.get(outer.key) as FactorColumn;
      const b = frame.groups.get(inner.key) as FactorColumn;
      if (b.levels.length >= a.levels.length) continue;
      if (rarest({ label: outer.label, column: a }, { label: inner.label, column: b }) < 2) continue;
      const own = `(1 | ${inner.label})`;
      const change = `. ~ . - ${own} + (1 | ${outer.label}:${inner.label})`;
      warnings.push(
        warning(
          "reused-nested-labels",
          `${inner.label} has ${b.levels.length} labels, each seen with all ${a.levels.length} values of ${outer.label}, several rows each. ` +
            `If ${inner.label} ${b.levels[0]} of ${outer.label} ${a.levels[0]} is not ${inner.label} ${b.levels[0]} of ` +
            `${outer.label} ${a.levels[1]}, write (1 | ${outer.label}/${inner.label}).`,
          { outer: outer.label, inner: inner.label },
          formula.random.some(({ text }) => text === own) ? `model.update(${show(change)})` : undefined,
        ),
      );
    }
  }
}
