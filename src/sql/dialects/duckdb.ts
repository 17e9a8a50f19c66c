import { type SqlDialect, standardDialect } from "../dialect.ts";

/** DuckDB, in process or as WASM. */
export const duckdbDialect: SqlDialect = standardDialect({
  name: "duckdb",
  types: { double: "DOUBLE", text: "VARCHAR" },
  number: (value) => value.toExponential(),
  isNaN: (x) => `isnan(${x})`,
  // A column may be declared COLLATE NOCASE.
  label: (column) => `CAST(${column} AS VARCHAR) COLLATE C`,
  days: (x) => `(epoch(${x}) / 86400.0)`,
  catalog: {
    // Of the query itself: a subquery would rename columns that repeat.
    names: (relation) =>
      `SELECT column_name AS name, lower(column_name) AS folded FROM (DESCRIBE ${relation.replace(/ AS source$/, "")})`,
    type: (column) => `typeof(${column})`,
  },
});
