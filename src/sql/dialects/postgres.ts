import { type SqlDialect, standardDialect } from "../dialect.ts";

/** PostgreSQL. */
export const postgresDialect: SqlDialect = standardDialect({
  name: "postgres",
  types: { double: "DOUBLE PRECISION", text: "TEXT" },
  days: (x, kind) =>
    kind === "date"
      ? `CAST(${x} - DATE '1970-01-01' AS DOUBLE PRECISION)`
      : `(EXTRACT(EPOCH FROM ${x})::DOUBLE PRECISION / 86400)`,
  catalog: {
    // A table or a query alike: the keys of a row's JSON are its columns.
    names: (relation) =>
      `SELECT k AS name, k AS folded FROM (SELECT * FROM ${relation} LIMIT 1) AS r, LATERAL json_object_keys(row_to_json(r)) AS k`,
    type: (column) => `pg_typeof(${column})::TEXT`,
  },
});
