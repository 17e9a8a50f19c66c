/**
 * What is worth knowing about data that do identify their model.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import type { Table } from "../data/table.ts";
import { type Warning, warning } from "../errors.ts";
import { quoteName } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import type { ModelFrame } from "./modelFrame.ts";
import type { RandomTerm } from "./randomTerms.ts";

/** `dates-as-days`, `repeated-rows`, `unconnected-blocks`. */
export function remarks(
  formula: Formula,
  table: Table,
  frame: ModelFrame,
  random: readonly RandomTerm[],
): Warning[] {
  return [...dateRemarks(formula, table, frame), ...repeatedRows(table), ...blockRemarks(frame, random)];
}

function dateRemarks(formula: Formula, table: Table, { rows }: ModelFrame): Warning[] {
  const nodes = [formula.fixed, ...formula.random.map(({ part }) => part)].flatMap((part) => part.variables);
  const names = new Set(nodes.flatMap((node) => (node.type === "name" ? [node.name] : [])));
  return [...names].flatMap((name) => {
    const column = table.columns.get(name);
    if (column?.kind !== "date") return [];
    const [first, last] = rangeOf(column.values, rows).map(dayOf);
    const label = quoteName(name);
    return warning(
      "dates-as-days",
      `${label} counts days since 1970-01-01 (here ${first} to ${last}): slopes are per day, and the intercept belongs to that day. ` +
        `center(${label}) moves it to the mean date.`,
      { column: name, first, last },
    );
  });
}

function rangeOf(values: Float64Array, rows: Int32Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    low = Math.min(low, values[row]);
    high = Math.max(high, values[row]);
  }
  return [low, high];
}

const dayOf = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

/** Tables of fewer different rows may repeat each of them by chance. */
const FEWEST = 20;

/**
 * A join that matched twice, or a file read twice, repeats every row of the table alike. Some rows that equal others
 * are no sign of it: replicates of rounded measurements do so.
 */
function repeatedRows({ columns, rowCount }: Table): Warning[] {
  const cells = Array.from(columns.values(), (column) =>
    column.kind === "factor" ? column.codes : column.values,
  );
  const hasTwin = (row: number): boolean => {
    for (let i = 0; i < rowCount; i++)
      if (i !== row && cells.every((column) => Object.is(column[i], column[row]))) return true;
    return false;
  };
  // Nearly every table ends here: its first row has no twin.
  if (rowCount < 2 * FEWEST || ![0, 1, 2, 3].every(hasTwin)) return [];
  const counts = new Map<string, number>();
  for (let i = 0; i < rowCount; i++) {
    const key = JSON.stringify(cells.map((column) => column[i]));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const times = rowCount / counts.size;
  if (counts.size < FEWEST || [...counts.values()].some((count) => count !== times)) return [];
  return [
    warning(
      "repeated-rows",
      `Every row of the data is there ${times} times: ${counts.size} different rows of ${rowCount}. ` +
        "If a join or a file read twice repeated them, standard errors are too small; pass each row once.",
      { times, different: counts.size, rows: rowCount },
    ),
  ];
}

interface Labels {
  readonly name: string;
  readonly codes: Int32Array;
  readonly count: number;
}

/** Crossed groups whose levels never meet across blocks, unless another factor of the model tells the blocks apart. */
function blockRemarks({ variables }: ModelFrame, random: readonly RandomTerm[]): Warning[] {
  const groups = new Map<string, Labels>();
  for (const { group, codes, levels, columns } of random)
    if (columns.includes("(Intercept)")) groups.set(group, { name: group, codes, count: levels.length });
  const fixed = [...variables.values()].flatMap((variable): Labels[] =>
    variable.kind === "factor" ? [labelsOf(variable.label, variable.factor)] : [],
  );
  const all = [...groups.values()];
  return all.flatMap((a, i) =>
    all.slice(i + 1).flatMap((b) => {
      const { blocks, blockOf } = blocksOf(a, b);
      // One block for each level of a group: that group is nested in the other.
      if (blocks === 1 || blocks === Math.min(a.count, b.count)) return [];
      const others = [...all, ...fixed].filter(({ codes }) => codes !== a.codes && codes !== b.codes);
      if (others.some((other) => tellsApart(other, a.codes, blockOf))) return [];
      return warning(
        "unconnected-blocks",
        `${a.name} and ${b.name} fall into ${blocks} blocks without a level in common: whether blocks differ by ${a.name} or by ${b.name} rests on the two variances alone. ` +
          "If the blocks have a name, add it to the model.",
        { groups: [a.name, b.name], blocks },
      );
    }),
  );
}

const labelsOf = (name: string, { codes, levels }: FactorColumn): Labels => ({
  name,
  codes,
  count: levels.length,
});

/** The connected components of the levels of two factors that share rows; by level of `a` the block it is in. */
function blocksOf(a: Labels, b: Labels): { blocks: number; blockOf: Int32Array } {
  const parent = Int32Array.from({ length: a.count + b.count }, (_, i) => i);
  const rootOf = (of: number): number => {
    let i = of;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  let blocks = parent.length;
  a.codes.forEach((code, row) => {
    const [one, other] = [rootOf(code), rootOf(a.count + b.codes[row])];
    if (one === other) return;
    parent[other] = one;
    blocks--;
  });
  return { blocks, blockOf: Int32Array.from({ length: a.count }, (_, level) => rootOf(level)) };
}

/** Whether a factor has one level within every block, and another one in every other. */
function tellsApart({ codes }: Labels, levels: Int32Array, blockOf: Int32Array): boolean {
  const levelOf = new Map<number, number>();
  const constant = codes.every((code, row) => {
    const block = blockOf[levels[row]];
    if (!levelOf.has(block)) levelOf.set(block, code);
    return levelOf.get(block) === code;
  });
  return constant && new Set(levelOf.values()).size === levelOf.size;
}
