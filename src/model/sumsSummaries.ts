/**
 * Means, counts and warnings of several sources added up.
 *
 * @module
 */

import { listOf, type Warning, warning } from "../errors.ts";
import { datesAsDays } from "./remarks.ts";
import type { ModelSums, SummedProducts, SummedVariable } from "./sums.ts";
import type { Part } from "./sumsProducts.ts";
import { talliesIn } from "./sumsTallies.ts";
import type { SumsTarget } from "./sumsTarget.ts";
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
  return {
    ...layout,
    inputRows: total((source) => source.inputRows),
    n,
    warnings: warningsIn(parts),
    variables: layout.variables.map((own) => (own.kind === "factor" ? own : numberIn(own, parts, meanOf))),
    response: { mean, sd: n > 1 ? Math.sqrt(Math.max(0, squares) / (n - 1)) : 0 },
    offsetMean: meanOf((source) => source.offsetMean),
    tallies: talliesIn(target, parts),
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

/** Rows left out, counted, and days; what else was said of a source need not hold of all. */
function warningsIn(parts: readonly Part[]): Warning[] {
  const inputRows = parts.reduce((sum, { sign, source }) => sum + sign * source.inputRows, 0);
  const missing = leftOut(parts, "missing-rows");
  const weightless = leftOut(parts, "zero-weight");
  const text = ({ count }: LeftOut): string => `${count} of ${inputRows} rows left out because`;
  return [
    ...parts[0].source.warnings.filter(({ code }) => code === "collinear-columns"),
    ...datesIn(parts),
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

/** The days that predictors range over; after something was taken away those of the whole. */
function datesIn(parts: readonly Part[]): Warning[] {
  const days = new Map<string, string[]>();
  for (const { details } of parts.flatMap(({ sign, source }) =>
    sign < 0 ? [] : source.warnings.filter(({ code }) => code === "dates-as-days"),
  )) {
    const { column, first, last } = details as Readonly<Record<"column" | "first" | "last", string>>;
    days.set(column, [...(days.get(column) ?? []), first, last]);
  }
  return [...days].map(([column, all]) => {
    all.sort();
    return datesAsDays(column, all[0], all[all.length - 1]);
  });
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
