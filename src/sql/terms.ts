/**
 * Random terms without rows: names, levels, and their columns as SQL.
 *
 * @module
 */

import type { Formula } from "../formula/terms.ts";
import type { RandomTerm, RandomTermRecipe } from "../model/randomTerms.ts";
import { termsOf } from "../model/randomTerms.ts";
import { withoutRows } from "../model/withoutRows.ts";
import { columnsSql } from "./columns.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import type { KnownGroup } from "./keys.ts";

/** A random term, and what it is computed from. */
export interface SqlTerm {
  readonly term: RandomTerm;
  readonly recipe: RandomTermRecipe;
  readonly group: KnownGroup;
  readonly columns: readonly string[];
  readonly structure: RandomTerm["structure"];
  /** Over `kept`; `null` is the intercept. */
  readonly sql: readonly (string | null)[];
}

/** The random terms of a formula, in the order of `randomTerms()`. */
export function sqlTerms(formula: Formula, frame: SqlFrame, dialect: SqlDialect): SqlTerm[] {
  const built = termsOf(formula.random, (part) => columnsSql(part, frame, dialect).layout.names).map(
    ({ group, name, members, columns, structure, part }): SqlTerm => {
      const known = frame.groups.get(group.label) as KnownGroup;
      const { levels } = known;
      const { sql } = columnsSql(part, frame, dialect);
      const own = { group: group.label, name, levels, columns, structure };
      return {
        term: withoutRows(own, { codes: "The level of each row", z: "The design matrix Z" }),
        recipe: { group, name, levels, part, columns: members },
        group: known,
        columns,
        structure,
        sql: members.map((j) => sql[j]),
      };
    },
  );
  return built.sort((a, b) => b.group.levels.length - a.group.levels.length);
}
