import { afterAll, beforeAll, expect, it } from "vitest";
import { lmm } from "../../src/model/lmm.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { type Engine, fill, startDuckdb } from "./engines.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDuckdb();
});
afterAll(() => engine.stop());

/** A column a million times its spread away from zero, and a second one that has only `own` to itself. */
function nearlyCollinear(own: number): Record<string, number>[] {
  let state = 7;
  const uniform = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  return Array.from({ length: 1500 }, (_, i) => {
    const x = 1e6 + uniform();
    const z = x + own * uniform();
    return { x, z, y: 1e8 + x + i / 1500 + uniform(), g: i % 60, h: i % 13 };
  });
}

// Orthogonalising costs the digits of 1 / own, by rows as by sums: 1e-16 × √n × 1e5 at most.
it.each([1, 1e-2, 1e-4, 1e-5])("a share of %d of its own costs no more than it does by rows", async (own) => {
  const data = nearlyCollinear(own);
  await fill(engine, "t", data);
  const formula = "y ~ x + z + (x | g) + (1 | h)";
  const model = await lmmFromSql(formula, engine.source("t"));
  expect(deviation(model.crossProducts, lmm(formula, data).crossProducts)).toBeLessThanOrEqual(
    1e-15 / own + 1e-12,
  );
});

it("a share below 1e-6 is collinear", async () => {
  await fill(engine, "t", nearlyCollinear(1e-8));
  const call = lmmFromSql("y ~ x + z + (1 | g)", engine.source("t"));
  await expect(call).rejects.toMatchObject({ code: "collinear-columns" });
  const model = await lmmFromSql("y ~ x + z + (1 | g)", engine.source("t"), { collinear: "drop" });
  expect([model.fixed.names, model.fixed.dropped]).toEqual([["(Intercept)", "x"], ["z"]]);
});

it("more sums than an engine returns in one row are asked for in several queries", async () => {
  // 47 columns and the response have 1176 products.
  const data = nearlyCollinear(1).map((row, i) => ({ ...row, f: `f${(i * 7) % 46}` }));
  await fill(engine, "t", data);
  const texts: string[] = [];
  const { query, ...source } = engine.source("t");
  const counted = {
    ...source,
    query: (text: string) => {
      texts.push(text);
      return query(text);
    },
  };
  const model = await lmmFromSql("y ~ x + f + (1 | g)", counted);
  expect(texts.filter((text) => text.includes("AS s_0_0") !== text.includes("AS s_46_46"))).toHaveLength(4);
  expect(deviation(model.crossProducts, lmm("y ~ x + f + (1 | g)", data).crossProducts)).toBeLessThanOrEqual(
    1e-12,
  );
});
