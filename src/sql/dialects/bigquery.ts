import { escapedLiteral, type SqlDialect, standardDialect } from "../dialect.ts";

/** BigQuery (GoogleSQL). */
export const bigqueryDialect: SqlDialect = standardDialect({
  name: "bigquery",
  types: { double: "FLOAT64", text: "STRING" },
  quote: (identifier) => `\`${identifier.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``,
  literal: escapedLiteral,
  isNaN: (x) => `IS_NAN(${x})`,
  days: (x, kind) =>
    kind === "date"
      ? `CAST(DATE_DIFF(${x}, DATE '1970-01-01', DAY) AS FLOAT64)`
      : `(UNIX_MICROS(CAST(${x} AS TIMESTAMP)) / 86400000000)`,
});
