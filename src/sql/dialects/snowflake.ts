import { escapedLiteral, type SqlDialect, standardDialect } from "../dialect.ts";

/** Snowflake. */
export const snowflakeDialect: SqlDialect = standardDialect({
  name: "snowflake",
  types: { double: "DOUBLE", text: "VARCHAR" },
  literal: escapedLiteral,
  days: (x, kind) =>
    kind === "date"
      ? `CAST(DATEDIFF('day', DATE '1970-01-01', ${x}) AS DOUBLE)`
      : // A quotient of whole numbers has six decimals there.
        `(CAST(DATE_PART(EPOCH_MICROSECOND, ${x}) AS DOUBLE) / 86400000000)`,
});
