/**
 * What `scale()` and `center()` learn from all rows that have a value, as they do from rows: in two rounds for each depth
 * of nesting, the mean first and the squares around it then.
 *
 * @module
 */

import { argumentsOf, type Moments, scaleState } from "../formula/functions.ts";
import { type CallNode, deparse, type Node } from "../formula/parser.ts";
import type { TransformState } from "../formula/transforms.ts";
import { type Aggregate, aggregateSql } from "./aggregate.ts";
import type { SqlDialect, SqlKind } from "./dialect.ts";
import { expressionSql } from "./expression.ts";
import { finiteSql, keptSql } from "./kept.ts";
import type { SqlOptions } from "./options.ts";
import type { Passes, SqlQuery } from "./passes.ts";
import { AGREE, dataChanged, type ResultRows } from "./rows.ts";

/** What was learnt, and the queries that would notice if it were no longer true. */
export interface LearntTransforms {
  /** By the text of the call. */
  readonly states: ReadonlyMap<string, TransformState>;
  readonly again: readonly { readonly query: SqlQuery; check(rows: ResultRows): void }[];
}

/** Learns the calls in expressions. */
export function* transformPasses(
  nodes: readonly Node[],
  kinds: ReadonlyMap<string, SqlKind>,
  relation: string,
  dialect: SqlDialect,
  { partition }: SqlOptions,
): Passes<LearntTransforms> {
  const calls = new Map(nodes.flatMap(scaleCalls).map((call) => [deparse(call), call]));
  const states = new Map<string, TransformState>();
  const again: { query: SqlQuery; check(rows: ResultRows): void }[] = [];
  const inner = (call: CallNode): Node => argumentsOf(call).get("x") as Node;
  while (states.size < calls.size) {
    const ready = [...calls].filter(
      ([label, call]) =>
        !states.has(label) && scaleCalls(inner(call)).every((own) => states.has(deparse(own))),
    );
    const columns = new Map<string, string>();
    const asNumber = (name: string): string => {
      const alias = columns.get(name) ?? `x${columns.size}`;
      columns.set(name, alias);
      return alias;
    };
    const values = ready.map(([label, call], i) => {
      const node = inner(call);
      return { label, alias: `v${i}`, node, sql: expressionSql(node, asNumber, dialect, states) };
    });
    const { valued } = keptSql(relation, dialect, kinds, columns, [], values, partition, false);
    const ask = (name: string, items: readonly Aggregate[]): SqlQuery => ({
      name: `${name} for ${ready.map(([label]) => label).join(", ")}`,
      text: `WITH ${valued}\n${aggregateSql(items, "valued", [], partition !== undefined, dialect)}`,
    });
    const finite = values.map(({ alias }) => finiteSql(alias, dialect));
    const first = finite.flatMap((x, i): Aggregate[] => [
      { take: "COUNT", of: x, name: `n_${i}` },
      { take: "SUM", of: x, name: `s_${i}` },
    ]);
    const [sums] = yield [ask("means", first)];
    const counts = values.map((_, i) => sums.number(0, `n_${i}`));
    const means = counts.map((n, i) => (n === 0 ? 0 : sums.number(0, `s_${i}`) / n));
    const query = ask(
      "squares",
      finite.flatMap((x, i): Aggregate[] => {
        const rest = `(${x} - ${dialect.number(means[i])})`;
        return [
          { take: "COUNT", of: x, name: `n_${i}` },
          { take: "SUM", of: rest, name: `s_${i}` },
          { take: "SUM", of: `${rest} * ${rest}`, name: `ss_${i}` },
        ];
      }),
    );
    const readSquares = (rows: ResultRows): Moments[] =>
      counts.map((n, i) => {
        if (rows.number(0, `n_${i}`) !== n) throw dataChanged(`${ready[i][0]} had other values`);
        const [rest, squares] = n === 0 ? [0, 0] : [rows.number(0, `s_${i}`), rows.number(0, `ss_${i}`)];
        // Σ(x − c)² = Σ(x − m)² + 2(m − c) Σ(x − m) + n(m − c)²
        const around = (c: number): number => squares + 2 * (means[i] - c) * rest + n * (means[i] - c) ** 2;
        return { count: n, mean: () => (n === 0 ? 0 : means[i] + rest / n), squares: around };
      });
    const [rows] = yield [query];
    const learnt = readSquares(rows);
    ready.forEach(([label, call], i) => {
      states.set(label, scaleState(call, learnt[i]));
    });
    again.push({
      query,
      check: (later) =>
        readSquares(later).forEach(({ squares }, i) => {
          const [before, now] = [learnt[i].squares(means[i]), squares(means[i])];
          if (!(Math.abs(now - before) <= AGREE * before))
            throw dataChanged(`${ready[i][0]} had other values`);
        }),
    });
  }
  return { states, again };
}

/** The states of the calls in an expression, in the order in which they are evaluated. */
export function statesOf(node: Node, { states }: LearntTransforms): TransformState[] {
  return scaleCalls(node).map((call) => states.get(deparse(call)) as TransformState);
}

/** The calls of `scale()` and `center()` in an expression, inner ones first. */
function scaleCalls(node: Node): CallNode[] {
  switch (node.type) {
    case "paren":
      return scaleCalls(node.inner);
    case "unary":
      return scaleCalls(node.operand);
    case "binary":
      return [...scaleCalls(node.left), ...scaleCalls(node.right)];
    case "call": {
      const own = node.name === "scale" || node.name === "center" ? [node] : [];
      return [...scaleCalls(argumentsOf(node).get("x") as Node), ...own];
    }
    default:
      return [];
  }
}
