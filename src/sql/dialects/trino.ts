import { type SqlDialect, standardDialect } from "../dialect.ts";

/** Trino. */
export const trinoDialect: SqlDialect = standardDialect({
  name: "trino",
  types: { double: "DOUBLE", text: "VARCHAR" },
  isNaN: (x) => `is_nan(${x})`,
  days: (x, kind) =>
    kind === "date"
      ? `CAST(date_diff('day', DATE '1970-01-01', ${x}) AS DOUBLE)`
      : `(to_unixtime(${x}) / 86400)`,
});
