import { type SqlDialect, standardDialect } from "../dialect.ts";

/** DuckDB, in process or as WASM. */
export const duckdbDialect: SqlDialect = standardDialect({
  name: "duckdb",
  types: { double: "DOUBLE", text: "VARCHAR" },
  number: (value) => value.toExponential(),
  isNaN: (x) => `isnan(${x})`,
  days: (x) => `(epoch(${x}) / 86400.0)`,
  catalog: {
    names: (relation) => `SELECT column_name AS name FROM (DESCRIBE SELECT * FROM ${relation})`,
    type: (column) => `typeof(${column})`,
  },
});
