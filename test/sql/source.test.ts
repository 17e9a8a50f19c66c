import { expect, it } from "vitest";
import { sqlPlan } from "../../src/sql/index.ts";

const planOf = (table: string): string =>
  String(sqlPlan("y ~ 1 + (1 | g)", { table, columns: { y: "DOUBLE", g: "VARCHAR" } }, "duckdb"));

it("a query begins with its word, after comments and parentheses; all else is the name of a table", () => {
  for (const query of [
    "SELECT 1",
    "(SELECT 1)",
    "-- a\n/* b * **/ ( WITH a AS (SELECT 1) SELECT 2)",
    "VALUES(1)",
  ])
    expect(planOf(query)).toContain(`FROM (${query}\n) AS source`);
  for (const name of ["(", "selected", "/* select"]) expect(planOf(name)).toContain(`FROM "${name}"`);
});

it("reads names of many comments and parentheses in one go", () => {
  for (const piece of ["/**/", "/*", "(", "--\n", "/*/"])
    expect(planOf(piece.repeat(10_000))).toContain(`FROM "${piece}`);
});
