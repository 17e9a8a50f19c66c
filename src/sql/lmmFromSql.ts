/**
 * Models of data that stay in a database.
 *
 * @module
 */

import { ArgumentError, BlmmError, DataError, didYouMean, listOf, show } from "../errors.ts";
import { type Formula, parseFormula } from "../formula/terms.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { kindOfType, type SqlDialect, type SqlKind } from "./dialect.ts";
import { kindOfColumn } from "./keys.ts";
import { checkFormula, columnsOfModel, columnsTold, modelPasses } from "./model.ts";
import { checkOptions, type SqlOptions } from "./options.ts";
import { ResultRows } from "./rows.ts";
import { dialectOf, relationOf, run, type SqlSource } from "./source.ts";

/**
 * Makes a linear mixed model from a table or query of a database, which sums up the rows: what comes out is counts, levels
 * and cross-products, a number for every pair of columns and level. Both estimators work on it as on a model of `lmm`;
 * what reads rows (fitted values, residuals, row-wise likelihoods, Student-t residuals, …) refuses with `needs-rows`.
 *
 * The table is read in three rounds, with two more before them where `scale()` or `center()` learn. One that changes in
 * between is noticed and refused (`data-changed`); a PostgreSQL transaction at REPEATABLE READ keeps it still.
 *
 * @param formula - as for `lmm`; of the functions all but `poly()`
 * @param source - `duckdb(connection, table)`, `postgres(client, table)`, or `{ query, dialect, table }`
 * @param options - those of `lmm` but for `sigmaBy` and `residuals`; `partition`, the column by which a table over several
 * servers is partitioned, has them take their sums themselves
 * @throws {DataError} `query-failed`, `data-changed`, `unknown-column`, `ambiguous-column`, `unsupported-column`,
 * `inexact-integer`, `bad-result`, and what `lmm` throws
 * @throws {BlmmError} `needs-schema` for a dialect whose types of columns cannot be asked for: use `sqlPlan`
 * @throws {ModelError} `sql-cannot` naming what SQL cannot compute, `needs-rows`, `collinear-columns`, and what `lmm` throws
 * @example
 * const model = await lmmFromSql("Reaction ~ Days + (Days | Subject)", duckdb(connection, "sleepstudy"));
 * reml(model);
 */
export async function lmmFromSql(
  formula: string,
  source: SqlSource,
  options: SqlOptions = {},
): Promise<LinearMixedModel> {
  const terms = formulaOf(formula);
  checkOptions("lmmFromSql()", options);
  if (typeof source?.query !== "function") {
    throw new ArgumentError(
      "invalid-argument",
      `lmmFromSql() needs a source, got ${show(source)}.`,
      "Pass duckdb(connection, table), postgres(client, table) or { query, dialect, table }.",
    );
  }
  const dialect = dialectOf(source.dialect);
  const relation = relationOf(source.table, dialect);
  const kinds = await kindsOf(
    source,
    relation,
    dialect,
    columnsOfModel(terms, options),
    columnsTold(options),
  );
  const passes = modelPasses(terms, kinds, relation, dialect, options);
  let step = passes.next();
  while (step.done !== true) {
    const results: ResultRows[] = [];
    for (const query of step.value) results.push(new ResultRows(await run(source, query)));
    step = passes.next(results);
  }
  return step.value;
}

/** A formula, checked to be that of a mixed model. */
export function formulaOf(formula: unknown): Formula {
  if (typeof formula !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The formula must be text, got ${show(formula)}.`,
      "Write it in quotes.",
    );
  }
  const terms = parseFormula(formula);
  checkFormula(terms);
  return terms;
}

async function kindsOf(
  source: SqlSource,
  relation: string,
  dialect: SqlDialect,
  used: readonly string[],
  told: readonly string[],
): Promise<Map<string, SqlKind>> {
  const { catalog } = dialect;
  if (catalog === null) {
    throw new BlmmError(
      "needs-schema",
      `The types of columns cannot be asked of ${dialect.name} by a portable query.`,
      "Use sqlPlan() with the schema.",
    );
  }
  const names = new ResultRows(await run(source, { name: "column names", text: catalog.names(relation) }));
  const known = Array.from({ length: names.length }, (_, i) => String(names.cell(i, "name")));
  if (known.length === 0) throw new DataError("no-rows", "The data have no rows.", "Pass data with rows.");
  checkColumns([...used, ...told], known);
  const folded = known.map((name, i) => names.cell(i, "folded") ?? name);
  for (const name of used) {
    const alike = known.filter((_, i) => folded[i] === folded[known.indexOf(name)]);
    if (alike.length > 1) throw ambiguous(name, alike);
  }
  const items = used.map((name, i) => `${catalog.type(dialect.quote(name))} AS t${i}`).join(", ");
  const text = `SELECT ${items} FROM ${relation} LIMIT 1`;
  const types = new ResultRows(await run(source, { name: "column types", text }));
  if (types.length === 0) throw new DataError("no-rows", "The data have no rows.", "Pass data with rows.");
  return new Map(
    used.map((name, i) => {
      const type = String(types.cell(0, `t${i}`));
      return [name, kindOfColumn(name, type, kindOfType(type))];
    }),
  );
}

function ambiguous(name: string, alike: readonly string[]): DataError {
  return new DataError(
    "ambiguous-column",
    `The query has ${alike.length} columns of the name ${name}: ${listOf(alike)}.`,
    "Give them names of their own with AS.",
    { column: name, columns: alike },
  );
}

/**
 * Refuses names that the table does not have.
 *
 * @throws {DataError} `unknown-column`
 */
export function checkColumns(used: readonly string[], known: readonly string[]): void {
  const absent = used.find((name) => !known.includes(name));
  if (absent === undefined) return;
  const near = didYouMean(absent, known);
  const columns = `Columns: ${listOf(known, 12)}.`;
  throw new DataError(
    "unknown-column",
    `No column "${absent}" in the data.`,
    near === undefined ? columns : `Did you mean "${near}"? ${columns}`,
    { column: absent, columns: known },
  );
}
