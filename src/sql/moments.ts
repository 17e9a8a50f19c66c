/**
 * The second round: cross-products of the centred columns of X and the response, and what to make of them.
 *
 * Columns that are one variable have its mean taken away, the response too. The Cholesky factor of what they give
 * is good enough to write the columns of the third round, which are nearly orthonormal: u = c R₁⁻¹, and the response
 * less its regression on them. What it lacks in accuracy the third round makes good.
 *
 * @module
 */

import { ModelError, type Warning, warning } from "../errors.ts";
import type { Formula } from "../formula/terms.ts";
import type { Aggregate } from "./aggregate.ts";
import { columnsSql } from "./columns.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import type { Passes } from "./passes.ts";
import { productQueries, readProducts } from "./products.ts";

/** A column whose part of its own is shorter than this share of it counts as determined by those before it. */
const NEW_SHARE = 1e-6;

/** A centred column of the fixed part. */
export interface CentredColumn {
  /** SQL over `kept`, before centring; `null` is the intercept. */
  readonly sql: string | null;
  /** What is taken away. */
  readonly shift: number;
}

/** What the second round learns. */
export interface Moments {
  /** The columns of X kept, as indices, and the names of the others. */
  readonly kept: Int32Array;
  readonly dropped: readonly string[];
  /** Those kept. */
  readonly columns: readonly CentredColumn[];
  /** The response less the offset, over `kept`, and what is taken away. */
  readonly response: CentredColumn;
  /** [C y]′W[C y], (p + 1) × (p + 1) column-major. */
  readonly products: Float64Array;
  /** C = U R₁ with U′WU = nI nearly; p × p column-major, upper triangle. */
  readonly R1: Float64Array;
  /** Regression of y on U. */
  readonly b1: Float64Array;
  readonly sumLogWeights: number;
  /** Of the response as the user has it. */
  readonly responseSd: number;
  readonly responseMean: number;
}

/** The common table expression `centred`, over `kept`: keys, weight, centred columns c…, response y, extras. */
export function centredSql(
  columns: readonly CentredColumn[],
  response: CentredColumn,
  extras: readonly string[],
  dialect: SqlDialect,
): string {
  const minus = ({ sql, shift }: CentredColumn): string =>
    shift === 0 ? `${sql}` : `${sql} - ${dialect.number(shift)}`;
  const items = [
    ...extras,
    ...columns.flatMap((column, j) => (column.sql === null ? [] : [`${minus(column)} AS c${j}`])),
    `${minus(response)} AS y`,
  ];
  return `centred AS (SELECT ${items.join(",\n  ")}\n  FROM kept)`;
}

/**
 * Takes the moments of the fixed part.
 *
 * @throws {ModelError} `collinear-columns`; {DataError} `data-changed`
 */
export function* momentPasses(
  formula: Formula,
  frame: SqlFrame,
  dialect: SqlDialect,
  collinear: "error" | "drop",
  warnings: Warning[],
): Passes<Moments> {
  const { layout, sql } = columnsSql(formula.fixed, frame, dialect);
  const all = sql.map((own, j): CentredColumn => {
    const alone = formula.fixed.intercept && layout.products[j].length === 1;
    const shift = alone ? (frame.numbers.get(layout.names[j])?.mean ?? 0) : 0;
    return { sql: own, shift };
  });
  const { offsets } = frame;
  const own = frame.response.alias;
  const response: CentredColumn = {
    sql: [own, ...offsets.map(({ alias }) => alias)].join(" - "),
    shift: formula.fixed.intercept
      ? offsets.reduce((mean, offset) => mean - offset.mean, frame.response.mean)
      : 0,
  };
  const w = frame.weights?.alias ?? null;
  const extras = [...frame.passed, `${own} - ${dialect.number(frame.response.mean)} AS e`];
  const body = `WITH ${frame.kept},\n${centredSql(all, response, extras, dialect)}`;
  const names = [...all.map((column, j) => (column.sql === null ? null : `c${j}`)), "y"];
  const size = names.length;
  const general: Aggregate[] = [
    { take: "SUM", of: "e", name: "sum_e" },
    { take: "SUM", of: "e * e", name: "sum_ee" },
    { take: "SUM", of: w === null ? dialect.number(0) : `LN(${w})`, name: "sum_log_w" },
  ];
  const label = "cross-products of the fixed part";
  const results = yield productQueries(label, body, "centred", names, general, frame, dialect);
  const A = readProducts(results, size, frame.n);
  const { kept, dropped } = independent(A, size, layout.names, collinear, warnings);
  const p = kept.length;
  const order = [...kept, size - 1];
  const products = new Float64Array(order.length ** 2);
  order.forEach((column, j) => {
    order.forEach((row, i) => {
      products[i + j * order.length] = A[row + column * size];
    });
  });
  const R1 = upperFactor(products, p, order.length, frame.n);
  const b1 = Float64Array.from({ length: p }, (_, i) => products[i + p * order.length] / frame.n);
  // b₁ = R₁⁻ᵀ C′Wy/n
  for (let i = 0; i < p; i++) {
    for (let k = 0; k < i; k++) b1[i] -= R1[k + i * p] * b1[k];
    b1[i] /= R1[i + i * p];
  }
  const [first] = results;
  const sumE = first.number(0, "sum_e");
  return {
    kept: Int32Array.from(kept),
    dropped,
    columns: kept.map((j) => all[j]),
    response,
    products,
    R1,
    b1,
    sumLogWeights: first.number(0, "sum_log_w"),
    responseMean: frame.response.mean + sumE / frame.n,
    responseSd: Math.sqrt((first.number(0, "sum_ee") - (sumE * sumE) / frame.n) / (frame.n - 1)),
  };
}

/** Upper triangular R with R′R = A/n, p × p, from the leading block of A with `size` rows. */
export function upperFactor(A: Float64Array, p: number, size: number, n: number): Float64Array {
  const R = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    for (let i = 0; i <= j; i++) {
      let value = A[i + j * size] / n;
      for (let k = 0; k < i; k++) value -= R[k + i * p] * R[k + j * p];
      R[i + j * p] = i === j ? Math.sqrt(value) : value / R[i + i * p];
    }
  }
  return R;
}

/** The columns that those before them do not determine. */
function independent(
  A: Float64Array,
  size: number,
  names: readonly string[],
  collinear: "error" | "drop",
  warnings: Warning[],
): { kept: number[]; dropped: string[] } {
  const kept: number[] = [];
  const dropped: string[] = [];
  const rows: Float64Array[] = [];
  names.forEach((name, j) => {
    const along = new Float64Array(kept.length + 1);
    let left = A[j + j * size];
    kept.forEach((column, i) => {
      let value = A[column + j * size];
      for (let k = 0; k < i; k++) value -= rows[i][k] * along[k];
      along[i] = value / rows[i][i];
      left -= along[i] * along[i];
    });
    if (!(left > NEW_SHARE * NEW_SHARE * A[j + j * size])) {
      dropped.push(name);
      return;
    }
    along[kept.length] = Math.sqrt(left);
    rows.push(along);
    kept.push(j);
  });
  if (dropped.length === 0) return { kept, dropped };
  const list = dropped.map((name) => `{${name}}`).join(", ");
  const details = { dropped };
  if (collinear === "error") {
    throw new ModelError(
      "collinear-columns",
      `The columns before them in the fixed part determine these: ${list}.`,
      `Remove them, or pass collinear: "drop" to leave them out.`,
      details,
    );
  }
  warnings.push(
    warning("collinear-columns", `Left out because the other columns determine them: ${list}.`, details),
  );
  return { kept, dropped };
}
