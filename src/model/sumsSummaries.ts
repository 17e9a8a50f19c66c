/**
 * Means, counts and warnings of several sources added up.
 *
 * @module
 */

import { listOf, type Warning, warning } from "../errors.ts";
import { sandwich } from "./sumBlocks.ts";
import type { ModelSums, SummedProducts, SummedTerm, SummedVariable, Tallies } from "./sums.ts";
import type { Part } from "./sumsProducts.ts";
import type { SumsTarget } from "./sumsTarget.ts";
import { cellPlaces } from "./unite.ts";
import { named } from "./uniteLabels.ts";

/** The sums of all parts, their cross-products given. */
export function sumsWith(target: SumsTarget, parts: readonly Part[], products: SummedProducts): ModelSums {
  const total = (of: (source: ModelSums) => number): number =>
    parts.reduce((sum, { sign, source }) => sum + sign * of(source), 0);
  const n = total((source) => source.n);
  const meanOf = (of: (source: ModelSums) => number): number =>
    total((source) => (source.n / n) * of(source));
  const mean = meanOf(({ response }) => response.mean);
  // Around the common mean.
  const squares = total(
    ({ n: own, response }) => (own - 1) * response.sd ** 2 + own * (response.mean - mean) ** 2,
  );
  const { layout } = target;
  const tallies = talliesIn(target, parts);
  return {
    ...layout,
    inputRows: total((source) => source.inputRows),
    n,
    warnings: warningsIn(parts),
    variables: layout.variables.map((own) => (own.kind === "factor" ? own : numberIn(own, parts, meanOf))),
    terms: termsIn(target, products, tallies, n),
    response: { mean, sd: n > 1 ? Math.sqrt(Math.max(0, squares) / (n - 1)) : 0 },
    offsetMean: meanOf((source) => source.offsetMean),
    tallies,
    products,
  };
}

type Numeric = SummedVariable & { readonly kind: "numeric" };

/** Mean and range of a variable; after something was taken away the range is that of the whole. */
function numberIn(
  own: Numeric,
  parts: readonly Part[],
  meanOf: (of: (source: ModelSums) => number) => number,
): SummedVariable {
  const of = ({ variables }: ModelSums): Numeric => named(variables, own.label) as Numeric;
  const all = parts.filter(({ sign }) => sign > 0).map(({ source }) => of(source).range);
  const ranges = all.filter((range) => range !== null);
  return {
    ...own,
    mean: own.mean === null ? null : meanOf((source) => of(source).mean ?? 0),
    range:
      ranges.length < all.length
        ? null
        : {
            low: Math.min(...ranges.map(({ low }) => low)),
            high: Math.max(...ranges.map(({ high }) => high)),
          },
  };
}

function talliesIn({ layout, groups, k }: SumsTarget, parts: readonly Part[]): Tallies | null {
  const known = parts.flatMap((part) =>
    part.source.tallies === null ? [] : [{ ...part, tallies: part.source.tallies }],
  );
  if (known.length < parts.length) return null;
  const cells = new Float64Array(Math.max(1, layout.cells.codes[0]?.length ?? 0));
  for (const { sign, source, tallies } of known) {
    const places = layout.cells.labels.length === 0 ? [0] : cellPlaces(source, layout);
    places.forEach((place, cell) => {
      if (place >= 0) cells[place] += sign * tallies.cells[cell];
    });
  }
  const counts = groups.map(({ codes }) => new Float64Array(codes[0].length));
  const constants = groups.map(({ codes }, f) => new Float64Array(codes[0].length * k[f]));
  const squares = k.map((columns) => new Float64Array(columns * columns));
  groups.forEach((_, f) => {
    for (const { sign, source, factors, tallies } of known) {
      const { from, C, places } = factors[f];
      const size = source.products.factors[from].k;
      const product = sandwich(tallies.squares[from], 0, size, C, k[f], size, C, k[f]);
      for (let e = 0; e < product.length; e++) squares[f][e] += sign * product[e];
      places.forEach((level, own) => {
        if (level < 0) return;
        const first = counts[f][level] === 0;
        counts[f][level] += sign * tallies.groups[from][own];
        if (sign < 0) return;
        for (let c = 0; c < k[f]; c++) {
          let value = 0;
          for (let i = 0; i < size; i++) {
            const share = C[i + c * size];
            if (share !== 0) value += share * tallies.constants[from][own * size + i];
          }
          const at = level * k[f] + c;
          if (first) constants[f][at] = value;
          else if (constants[f][at] !== value) constants[f][at] = Number.NaN;
        }
      });
    }
  });
  return { groups: counts, cells, constants, squares };
}

function termsIn(
  { outline, k }: SumsTarget,
  { factors, zScale }: SummedProducts,
  tallies: Tallies | null,
  n: number,
): SummedTerm[] {
  return outline.places.map(({ factor, offset, k: columns }) => {
    const own = Array.from({ length: columns }, (_, c) => offset + c);
    const size = k[factor];
    const { levels, ztz } = factors[factor];
    // Without counts by weighted rows, which the prior's scale hardly notices.
    const squareOf = (c: number): number => {
      if (tallies !== null) return tallies.squares[factor][c * (size + 1)];
      let sum = 0;
      for (let level = 0; level < levels; level++) sum += ztz[level * size * size + c * (size + 1)];
      return sum * zScale[factor][c] ** 2;
    };
    const seen = (level: number, c: number): boolean =>
      tallies === null
        ? ztz[level * size * size + c * (size + 1)] > 0
        : tallies.constants[factor][level * size + c] !== 0;
    return {
      rms: own.map((c) => Math.sqrt(Math.max(0, squareOf(c)) / n)),
      levelsSeen: own.map((c) => {
        let count = 0;
        for (let level = 0; level < levels; level++) if (seen(level, c)) count++;
        return count;
      }),
    };
  });
}

/** Rows left out, counted; what else was said of a source need not hold of all. */
function warningsIn(parts: readonly Part[]): Warning[] {
  const inputRows = parts.reduce((sum, { sign, source }) => sum + sign * source.inputRows, 0);
  const missing = leftOut(parts, "missing-rows");
  const weightless = leftOut(parts, "zero-weight");
  const text = ({ count }: LeftOut): string => `${count} of ${inputRows} rows left out because`;
  return [
    ...parts[0].source.warnings.filter(({ code }) => code === "collinear-columns"),
    ...(missing.count <= 0
      ? []
      : [
          warning(
            "missing-rows",
            `${text(missing)} of missing values in ${listOf(missing.columns, 12)}.`,
            missing,
          ),
        ]),
    ...(weightless.count <= 0
      ? []
      : [warning("zero-weight", `${text(weightless)} ${weightless.columns[0]} is 0.`, weightless)]),
  ];
}

type LeftOut = { readonly count: number; readonly columns: readonly string[] };

/** Rows that warnings with a code count or list, and the columns they name. */
function leftOut(parts: readonly Part[], code: string): LeftOut {
  let count = 0;
  const columns = new Set<string>();
  for (const { sign, source } of parts) {
    for (const { details } of source.warnings.filter((own) => own.code === code)) {
      const said = details as Partial<LeftOut> & {
        readonly rows?: readonly number[];
        readonly column?: string;
      };
      count += sign * (said.count ?? said.rows?.length ?? 0);
      for (const name of said.columns ?? [said.column ?? ""]) columns.add(name);
    }
  }
  return { count, columns: [...columns] };
}
