import { escapedLiteral, type SqlDialect, standardDialect } from "../dialect.ts";

/** Snowflake. */
export const snowflakeDialect: SqlDialect = standardDialect({
  name: "snowflake",
  types: { double: "DOUBLE", text: "VARCHAR" },
  literal: escapedLiteral,
  days: (x, kind) =>
    kind === "date"
      ? `CAST(DATEDIFF('day', DATE '1970-01-01', ${x}) AS DOUBLE)`
      : `(DATE_PART(EPOCH_MICROSECOND, ${x}) / 86400000000)`,
});
