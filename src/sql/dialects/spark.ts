import { escapedLiteral, type SqlDialect, standardDialect } from "../dialect.ts";

/** Spark SQL. */
export const sparkDialect: SqlDialect = standardDialect({
  name: "spark",
  types: { double: "DOUBLE", text: "STRING" },
  quote: (identifier) => `\`${identifier.replaceAll("`", "``")}\``,
  literal: escapedLiteral,
  isNaN: (x) => `isnan(${x})`,
  days: (x, kind) =>
    kind === "date"
      ? `CAST(datediff(${x}, DATE '1970-01-01') AS DOUBLE)`
      : `(unix_micros(CAST(${x} AS TIMESTAMP)) / 86400000000)`,
});
