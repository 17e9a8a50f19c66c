/**
 * The first round: counts, means and levels, and the SQL of the rows that can be used.
 *
 * @module
 */

import { DataError, type Warning } from "../errors.ts";
import { deparse, type Node } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import { plainColumn } from "../model/evaluate.ts";
import { datesAsDays, dayOf } from "../model/remarks.ts";
import { checkVaries } from "../model/usableRows.ts";
import { PARTITION } from "./aggregate.ts";
import { checkCounts } from "./counts.ts";
import { isDate, type SqlDialect, type SqlKind } from "./dialect.ts";
import { expressionSql } from "./expression.ts";
import { type Computed, combinationsSql, countsSql, keptSql, levelsSql } from "./kept.ts";
import { type KnownGroup, type KnownKey, knownGroup, knownKey, type SqlKey } from "./keys.ts";
import { layoutOf, type SqlLayout } from "./layout.ts";
import type { SqlOptions } from "./options.ts";
import type { Passes, SqlQuery } from "./passes.ts";
import { transformPasses } from "./transforms.ts";
import { learnVariables } from "./variables.ts";

/** A number of each row inside the plan. */
export interface SqlValue {
  /** As the formula has it. */
  readonly label: string;
  readonly alias: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What the first round learns. */
export interface SqlFrame extends SqlLayout {
  /** The common table expressions up to `kept`. */
  readonly kept: string;
  /** Whether sums are taken by partitions first. */
  readonly partitioned: boolean;
  /** The columns of `kept` that grouping and weighting need: partition, labels, weight. */
  readonly passed: readonly string[];
  readonly n: number;
  readonly inputRows: number;
  readonly response: SqlValue;
  readonly offsets: readonly SqlValue[];
  readonly weights: SqlValue | null;
  readonly numbers: ReadonlyMap<string, SqlValue>;
  readonly keys: ReadonlyMap<string, KnownKey>;
  /** By label. */
  readonly groups: ReadonlyMap<string, KnownGroup>;
  readonly warnings: readonly Warning[];
}

/**
 * Counts rows, finds the levels, takes the means.
 *
 * @param kinds - of the columns that the formula uses
 * @throws {DataError} `no-rows`, `missing-rows`, `infinite-value`, `not-a-number`, `negative-weight`, `text-response`,
 * `boolean-response`, `constant-response`, `inexact-integer`
 */
export function* framePasses(
  formula: Formula,
  kinds: ReadonlyMap<string, SqlKind>,
  relation: string,
  dialect: SqlDialect,
  options: SqlOptions,
): Passes<SqlFrame> {
  const isLabel = (node: Node): boolean => {
    const name = plainColumn(node);
    if (name === undefined) return false;
    const kind = kinds.get(name) as SqlKind;
    return (
      node.type !== "name" || options.levels?.[name] !== undefined || kind === "text" || kind === "boolean"
    );
  };
  const parts = [formula.fixed, ...formula.random.map(({ part }) => part)];
  const nodes = new Map(parts.flatMap(({ variables }) => variables).map((node) => [deparse(node), node]));
  const groupNodes = formula.random.flatMap(({ groups }) => groups);
  const response = formula.response as Node;
  checkResponse(response, kinds);

  const plain = [response, ...formula.fixed.offsets, ...nodes.values()];
  const transforms = yield* transformPasses(plain, kinds, relation, dialect, options);

  // Columns as numbers (x…) and as labels (k…).
  const numberColumns = new Map<string, string>();
  const asNumber = (name: string): string => {
    const alias = numberColumns.get(name) ?? `x${numberColumns.size}`;
    numberColumns.set(name, alias);
    return alias;
  };
  const keys = new Map<string, SqlKey>();
  for (const node of [...[...nodes.values()].filter(isLabel), ...groupNodes.flatMap((g) => g.factors)]) {
    const column = plainColumn(node) as string;
    if (!keys.has(column))
      keys.set(column, { column, kind: kinds.get(column) as SqlKind, alias: `k${keys.size}` });
  }
  const values: Computed[] = [];
  const addValue = (node: Node): string => {
    const label = deparse(node);
    const alias = `v${values.length}`;
    values.push({ label, alias, node, sql: expressionSql(node, asNumber, dialect, transforms.states) });
    return alias;
  };
  addValue(response);
  const { weights } = options;
  if (weights !== undefined) addValue({ type: "name", name: weights, at: 0, end: 0 });
  for (const node of formula.fixed.offsets) addValue(node);
  const firstNumber = values.length;
  for (const node of nodes.values()) if (!isLabel(node)) addValue(node);
  for (const name of numberColumns.keys()) {
    if (kinds.get(name) !== "text") continue;
    throw new DataError("not-a-number", `${name} holds text.`, "Use a column of numbers.", { column: name });
  }

  const kept = keptSql(
    relation,
    dialect,
    kinds,
    numberColumns,
    [...keys.values()],
    values,
    options.partition,
    weights !== undefined,
  );
  const partitioned = options.partition !== undefined;
  const queries: SqlQuery[] = [
    {
      name: "counts",
      text: countsSql(dialect, kept, numberColumns, keys, values, kinds, partitioned),
    },
    ...Array.from(keys.values(), (key) => ({
      name: `levels of ${key.column}`,
      text: levelsSql(kept, key, partitioned, dialect),
    })),
  ];
  const several = [
    ...new Map(groupNodes.filter((g) => g.factors.length > 1).map((g) => [g.label, g])).values(),
  ];
  for (const { label, factors } of several) {
    const own = factors.map((node) => keys.get(plainColumn(node) as string) as SqlKey);
    queries.push({ name: `levels of ${label}`, text: combinationsSql(kept, own, partitioned, dialect) });
  }
  const fixedKeys = [
    ...new Set(formula.fixed.variables.filter(isLabel).map((node) => plainColumn(node) as string)),
  ];
  if (fixedKeys.length > 1) {
    const own = fixedKeys.map((column) => keys.get(column) as SqlKey);
    queries.push({
      name: "cells of the fixed part",
      text: combinationsSql(kept, own, partitioned, dialect),
    });
  }
  const results = yield [...queries, ...transforms.again.map(({ query }) => query)];
  const [counts, ...levelRows] = results.slice(0, queries.length);
  transforms.again.forEach(({ check }, i) => {
    check(results[queries.length + i]);
  });
  const warnings: Warning[] = [];
  // Sums over no rows are NULL.
  const count = (name: string): number => (counts.cell(0, name) === null ? 0 : counts.number(0, name));
  const { n, inputRows } = checkCounts(count, numberColumns, keys, values, options, kinds, warnings);

  const known = new Map<string, KnownKey>();
  [...keys.values()].forEach((key, i) => {
    known.set(key.column, knownKey(key, levelRows[i], options.levels?.[key.column], dialect, warnings));
  });
  const groups = new Map<string, KnownGroup>();
  for (const group of groupNodes) {
    const at = several.findIndex(({ label }) => label === group.label);
    groups.set(group.label, knownGroup(group, known, at < 0 ? undefined : levelRows[keys.size + at]));
  }
  const summaries = values.map(({ label, alias }): SqlValue => {
    return {
      label,
      alias,
      mean: count(`s_${alias}`) / n,
      low: count(`lo_${alias}`),
      high: count(`hi_${alias}`),
    };
  });
  const [own] = summaries;
  if (n > 1) checkVaries(own.label, Float64Array.of(own.low, own.high));
  const numbers = new Map(summaries.slice(firstNumber).map((value) => [value.label, value]));
  for (const [label, node] of nodes) {
    const days = numbers.get(label);
    if (days === undefined || node.type !== "name" || !isDate(kinds.get(node.name))) continue;
    warnings.push(datesAsDays(node.name, dayOf(days.low), dayOf(days.high)));
  }
  const variables = learnVariables(formula, nodes, kinds, known, numbers, options, transforms);
  const layout = layoutOf(
    formula,
    variables,
    [...groups.values()],
    fixedKeys.map((column) => known.get(column) as KnownKey),
    fixedKeys.length > 1 ? levelRows.at(-1) : undefined,
    n,
  );
  return {
    ...layout,
    kept: kept.kept,
    partitioned,
    passed: [
      ...(partitioned ? [PARTITION] : []),
      ...Array.from(keys.values(), ({ alias }) => alias),
      ...(weights === undefined ? [] : [summaries[1].alias]),
    ],
    n,
    inputRows,
    response: own,
    weights: weights === undefined ? null : summaries[1],
    offsets: summaries.slice(weights === undefined ? 1 : 2, firstNumber),
    numbers,
    keys: known,
    groups,
    warnings,
  };
}

function checkResponse(response: Node, kinds: ReadonlyMap<string, SqlKind>): void {
  if (response.type !== "name") return;
  const { name } = response;
  const kind = kinds.get(name);
  if (kind !== "text" && kind !== "boolean") return;
  throw new DataError(
    `${kind}-response`,
    `The response ${name} holds ${kind === "text" ? "text" : "true/false"}.`,
    "Convert it to numbers in a query.",
    { column: name },
  );
}
