import { type SqlDialect, standardDialect } from "../dialect.ts";

/** PostgreSQL. */
export const postgresDialect: SqlDialect = standardDialect({
  name: "postgres",
  types: { double: "DOUBLE PRECISION", text: "TEXT" },
  // With standard_conforming_strings off a backslash would take the quotation mark behind it for text.
  literal: (text) =>
    `${text.includes("\\") ? "E" : ""}'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`,
  days: (x, kind) =>
    kind === "date"
      ? `CAST(${x} - DATE '1970-01-01' AS DOUBLE PRECISION)`
      : `(EXTRACT(EPOCH FROM ${x})::DOUBLE PRECISION / 86400)`,
  catalog: {
    // A table or a query alike: the keys of a row's JSON are its columns, which may be called r and k themselves.
    names: (relation) =>
      `SELECT o.k AS name, o.k AS folded FROM (SELECT * FROM ${relation} LIMIT 1) AS r, LATERAL json_object_keys(row_to_json(r.*)) AS o(k)`,
    // Enumerations and domains go by names of their own.
    type: (column) =>
      `(SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN format_type(t.typbasetype, NULL) ELSE t.oid::regtype::TEXT END` +
      ` FROM (SELECT pg_typeof(${column}) AS own) AS o, pg_type AS t WHERE t.oid = o.own)`,
  },
});
