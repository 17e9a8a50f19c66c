/**
 * Plans: the queries of a model, to be run wherever the data are.
 *
 * @module
 */

import { ArgumentError, checkKind } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { kindOfType, type SqlDialect } from "./dialect.ts";
import { kindOfColumn } from "./keys.ts";
import { checkColumns, formulaOf } from "./lmmFromSql.ts";
import { columnsOfModel, columnsTold, modelPasses } from "./model.ts";
import { checkOptions, type SqlOptions } from "./options.ts";
import type { Passes, SqlQuery } from "./passes.ts";
import { ResultRows, type SqlRows } from "./rows.ts";
import { dialectOf, relationOf, type SqlEngine } from "./source.ts";

/** A table that a plan is for. */
export interface SqlSchema {
  /** Its name, `schema.table` too, or a query that begins with SELECT, WITH, FROM or VALUES. */
  readonly table: string;
  /** The types of its columns as the engine names them: `{ Reaction: "DOUBLE", Subject: "VARCHAR" }`. */
  readonly columns: Readonly<Record<string, string>>;
}

/** A round of queries. The next one depends on what they return. */
export interface SqlPlan {
  readonly queries: readonly SqlQuery[];
  /**
   * Takes the results of the round, once.
   *
   * @param results - for each query its rows, as objects
   * @returns the next round, or after the last one the model
   * @throws {ArgumentError} `invalid-argument`; and what `lmmFromSql` throws
   */
  load(results: readonly SqlRows[]): SqlPlan | LinearMixedModel;
  /** The queries as a script. */
  toString(): string;
}

/**
 * The queries that `lmmFromSql` would run, without running them.
 *
 * @param formula - as for `lmmFromSql`
 * @param schema - the table and the types of its columns
 * @param dialect - `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"`, `"spark"`, `"trino"`, or a dialect of your own
 * @param options - as for `lmmFromSql`
 * @throws as `lmmFromSql`
 * @example
 * let step = sqlPlan("y ~ x + (x | g)", { table: "trials", columns: { y: "FLOAT64", x: "FLOAT64", g: "STRING" } }, "bigquery");
 * while ("queries" in step) step = step.load(await Promise.all(step.queries.map(({ text }) => ask(text))));
 * reml(step);
 */
export function sqlPlan(
  formula: string,
  schema: SqlSchema,
  dialect: SqlEngine | SqlDialect,
  options: SqlOptions = {},
): SqlPlan {
  const terms = formulaOf(formula);
  checkOptions("sqlPlan()", options);
  const own = dialectOf(dialect);
  const used = columnsOfModel(terms, options);
  const columns = schema?.columns;
  const told = 'Pass { table: "trials", columns: { y: "DOUBLE", g: "VARCHAR" } }.';
  checkKind("sqlPlan()", columns, [], "a schema with the types of columns by name", told);
  const types = new Map(Object.entries(columns));
  checkColumns([...used, ...columnsTold(options)], [...types.keys()]);
  const kinds = new Map(
    used.map((name) => {
      const type = String(types.get(name));
      return [name, kindOfColumn(name, type, kindOfType(type))];
    }),
  );
  const passes = modelPasses(terms, kinds, relationOf(schema.table, own), own, options);
  return roundOf(passes, passes.next()) as SqlPlan;
}

function roundOf(
  passes: Passes<LinearMixedModel>,
  step: IteratorResult<readonly SqlQuery[], LinearMixedModel>,
): SqlPlan | LinearMixedModel {
  if (step.done === true) return step.value;
  const queries = step.value;
  let loaded = false;
  return {
    queries,
    load(results) {
      if (loaded || results.length !== queries.length) {
        throw new ArgumentError(
          "invalid-argument",
          loaded
            ? "The results of this round were loaded before."
            : `The round has ${queries.length} queries, but there are ${results.length} results.`,
          loaded ? "Go on with the round that load() returned." : "Pass the rows of every query, in order.",
        );
      }
      loaded = true;
      return roundOf(passes, passes.next(results.map((rows) => new ResultRows(rows))));
    },
    toString: () => queries.map(({ name, text }) => `-- ${name.replace(/\s+/g, " ")}\n${text};`).join("\n\n"),
  };
}
