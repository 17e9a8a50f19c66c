import { expect, it } from "vitest";
import { fixed, gibbsSync, lmm, ml, reml } from "../../src/index.ts";

const groups = [..."abcdef"];
const rows = groups.flatMap((g, j) =>
  Array.from({ length: 4 }, (_, i) => ({ g, h: `${g}${i % 2}`, x: (i * i + j) % 5, y: ((j * j) % 7) + 0.5 })),
);
const refused = expect.objectContaining({
  name: "DataError",
  code: "response-constant-within-groups",
  message:
    "y is the same in all rows of every g, so (1 | g) reproduces it and leaves nothing for the residual variance. " +
    "Keep one row per g and fit lm(), or check the response.",
});

it("a response that intercepts reproduce is refused by REML, ML and every scheme", () => {
  const model = lmm("y ~ x + (1 | g)", rows);
  expect(() => reml(model)).toThrow(refused);
  expect(() => ml(model)).toThrow(refused);
  for (const scheme of ["auto", "collapsed", "blocked", "crossed", "full-conditionals"] as const)
    expect(() => gibbsSync(model, { scheme, draws: 10 })).toThrow(refused);
});

it("so it is with slopes, other factors, weights, and for the residual of an offset", () => {
  const weighted = rows.map((row, i) => ({ ...row, w: 1 + (i % 3), o: i % 5, z: row.y + (i % 5) }));
  expect(() => reml(lmm("y ~ 1 + (x | g)", rows))).toThrow(refused);
  expect(() => reml(lmm("y ~ 1 + (1 | h) + (1 | g)", rows))).toThrow(
    expect.objectContaining({
      code: "response-constant-within-groups",
      details: { group: "h", response: "y" },
    }),
  );
  expect(() => reml(lmm("y ~ x + (1 | g)", weighted, { weights: "w" }))).toThrow(refused);
  expect(() => reml(lmm("z ~ x + offset(o) + (1 | g)", weighted))).toThrow(
    expect.objectContaining({ code: "response-constant-within-groups" }),
  );
});

it("a known residual variance, slopes alone or one row that differs are not refused", () => {
  const model = lmm("y ~ x + (1 | g)", rows);
  expect(reml(model, { sigma: 1 }).sigma).toBe(1);
  expect(gibbsSync(model, { priors: { sigma: fixed(1) }, draws: 10, seed: 1 }).draws.iterations).toBe(10);
  expect(reml(lmm("y ~ x + (0 + x | g)", rows)).sigma).toBeGreaterThan(0);
  const odd = rows.map((row, i) => (i === 5 ? { ...row, y: row.y + 1 } : row));
  expect(reml(lmm("y ~ x + (1 | g)", odd)).sigma).toBeGreaterThan(0);
});
