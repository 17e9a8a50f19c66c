/**
 * The columns of X and Z, and the response, as SQL over the rows kept.
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { type DesignLayout, designLayout, type Piece } from "../model/design.ts";
import { plainColumn } from "../model/evaluate.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import type { KnownKey } from "./keys.ts";

/** The columns of a linear part as SQL; `null` stands for the intercept. */
export function columnsSql(
  part: LinearPart,
  frame: SqlFrame,
  dialect: SqlDialect,
): { readonly layout: DesignLayout; readonly sql: readonly (string | null)[] } {
  const layout = designLayout(part, frame.outline.variables);
  const nodes = new Map(part.variables.map((node, i) => [part.labels[i], node]));
  const pieceSql = ({ label, coding }: Piece): string => {
    if (coding === null) return (frame.numbers.get(label) as { alias: string }).alias;
    const node = nodes.get(label);
    const key = frame.keys.get(node === undefined ? label : (plainColumn(node) as string)) as KnownKey;
    return codingSql(key, coding, dialect);
  };
  const sql = layout.products.map((product) =>
    product.length === 0 ? null : product.map(pieceSql).join(" * "),
  );
  return { layout, sql };
}

/** What a coding says of each level. */
function codingSql({ alias, literals }: KnownKey, coding: Float64Array, dialect: SqlDialect): string {
  const levelsOf = new Map<number, string[]>();
  coding.forEach((value, level) => {
    if (value === 0) return;
    levelsOf.set(value, [...(levelsOf.get(value) ?? []), literals[level]]);
  });
  const cases = Array.from(
    levelsOf,
    ([value, own]) => `WHEN ${alias} IN (${own.join(", ")}) THEN ${dialect.number(value)}`,
  );
  return `CASE ${cases.join(" ")} ELSE ${dialect.number(0)} END`;
}
