import { describe, expect, it } from "vitest";
import { extended } from "../../src/check/extend.ts";
import { power } from "../../src/check/power.ts";
import { Pastes, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { RandomStream } from "../../src/random/stream.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const stream = new RandomStream(5);
const normal = (): number => stream.normal();
/** Four groups treated and four not, five rows each, the treated ones last. */
const between = lmm(
  "y ~ treated + (1 | g)",
  Array.from({ length: 40 }, (_, i) => ({
    y: normal(),
    treated: i < 20 ? 0 : 1,
    g: `g${Math.floor(i / 5)}`,
  })),
);
/** Five pairs, one of each treated. */
const pairs = lmm(
  "y ~ treated + (1 | g)",
  Array.from({ length: 10 }, (_, i) => ({ y: normal(), treated: i % 2, g: `g${Math.floor(i / 2)}` })),
);

describe("power", () => {
  // R 4: pt(qt(.975, df), df, ncp, lower.tail = FALSE) + pt(-qt(.975, df), df, ncp), with
  // df = J - 2, ncp = 2/sqrt((2^2 + 1/5) * 4/J) and df = J - 1, ncp = 0.9 * sqrt(J)/sqrt(2).
  it.each([
    ["means of groups", between, { treated: 2 }, 2, [8, 16, 32], [0.21487, 0.443529, 0.761467]],
    ["pairs", pairs, { treated: 0.9 }, 4, [5, 10, 20], [0.197047, 0.435668, 0.770312]],
  ] as const)("is that of the t test where REML is one: %s", async (_, model, effect, tau, sizes, exact) => {
    const truth = { b_Intercept: 10, sd_g__Intercept: tau, sigma: 1 };
    const { rows } = await power(model, { effect, sizes: { g: sizes }, truth, simulations: 500, seed: 2 });
    expect(rows.map(({ size }) => size)).toEqual(sizes);
    rows.forEach(({ power: found, lower, upper, rows: n }, s) => {
      expect(n).toBe((sizes[s] / sizes[0]) * model.n);
      // Within 3.5 √(p(1 − p)/500), at most 0.078.
      expect(Math.abs(found - exact[s])).toBeLessThan(3.5 * Math.sqrt((exact[s] * (1 - exact[s])) / 500));
      expect(lower).toBeLessThan(found);
      expect(upper).toBeGreaterThan(found);
    });
  });

  it("keeps the level where there is no effect, by both estimators", async () => {
    const options = { effect: { Days: 0 }, sizes: { Subject: [18] }, seed: 3 } as const;
    const reml = await power(sleep, { ...options, simulations: 400 });
    // 5% of 400: within 3.5 √(0.05 · 0.95/400) = 0.038.
    expect(Math.abs(reml.rows[0].power - 0.05)).toBeLessThan(0.038);
    const gibbs = await power(sleep, { ...options, estimator: "gibbs", level: 0.8, simulations: 40 });
    // 20% of 40 within 3.5 √(0.2 · 0.8/40) = 0.22.
    expect(gibbs.rows[0].power).toBeLessThan(0.42);
    expect(gibbs.rows[0].power).toBeGreaterThan(0);
  });

  it("keeps what transformations learnt, so that an effect is the same at every size", async () => {
    const of = async (term: string, size: number, along: "levels" | "rows") => {
      const model = lmm(`Reaction ~ ${term} + (1 | Subject)`, sleepstudy);
      const coefficient = model.fixed.names[1];
      const [column] = model
        .X()
        .rows.slice(1)
        .map((row, i) => row[1] - model.X().rows[i][1]);
      const settings = { sizes: { Subject: [size] }, along, simulations: 50, seed: 1 } as const;
      return (await power(model, { effect: { [coefficient]: 3 / column }, ...settings })).rows[0].power;
    };
    for (const [size, along] of [
      [54, "levels"],
      [3, "rows"],
    ] as const) {
      const plain = await of("Days", size, along);
      for (const term of ["scale(Days)", "center(Days)", "poly(Days, 1)"])
        expect(await of(term, size, along)).toBe(plain);
    }
  });

  it("says what is not there, and how many data sets the last size has", async () => {
    const empty = lmm("Reaction ~ 0 + (1 | Subject)", sleepstudy);
    await expect(power(empty, { effect: { Days: 1 }, sizes: { Subject: [4] } })).rejects.toThrow(
      "The coefficients are none.",
    );
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done >= 130) stop.abort();
    };
    const sizes = { Subject: [6, 18] };
    const stopped = { simulations: 100, seed: 1, signal: stop.signal, onProgress };
    expect(String(await power(sleep, { effect: { Days: 5 }, sizes, ...stopped }))).toMatch(
      /, 100 data sets per size, \d\d at the last\n/,
    );
  });

  it("grows with rows per group, counts several effects, and prints a table", async () => {
    const result = await power(sleep, {
      effect: { Days: 5, Intercept: 20 },
      sizes: { Subject: [3, 10] },
      along: "rows",
      simulations: 100,
      seed: 1,
    });
    expect(result.rows.map(({ coefficient, size, rows }) => [coefficient, size, rows])).toEqual([
      ["Days", 3, 54],
      ["(Intercept)", 3, 54],
      ["Days", 10, 180],
      ["(Intercept)", 10, 180],
    ]);
    expect(result.rows[2].power).toBeGreaterThan(result.rows[0].power);
    const show = (result as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ];
    expect(show()).toMatch(/rows per Subject +rows +effect +power +95% interval\n +3 +54 +Days = 5/);
  });

  it("reports over all sizes, and keeps the sizes it has when stopped", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const { rows } = await power(sleep, {
      effect: { Days: 5 },
      sizes: { Subject: [6, 12, 18] },
      simulations: 30,
      seed: 1,
      signal: stop.signal,
      onProgress: (done, total) => {
        expect(total).toBe(90);
        seen.push(done);
        if (done === 35) stop.abort();
      },
    });
    expect(seen).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    // The second size has five data sets, too few to count.
    expect(rows.map(({ size, simulations }) => [size, simulations])).toEqual([[6, 30]]);
    const never = power(sleep, { effect: { Days: 5 }, sizes: { Subject: [6] }, signal: AbortSignal.abort() });
    await expect(never).rejects.toMatchObject({ code: "cancelled" });
  });

  it.each<[string, object, string, RegExp]>([
    ["no effect", { effect: {} }, "invalid-argument", /"effect"/],
    ["an effect not in the model", { effect: { Dayz: 5 } }, "unknown-coefficient", /"Dayz".*"Days"/],
    ["an effect in words", { effect: { Days: "5" } }, "invalid-argument", /Days.*"5"/],
    ["no sizes", { sizes: undefined }, "invalid-argument", /"sizes"/],
    ["sizes of two groups", { sizes: { Subject: [5], Days: [5] } }, "invalid-argument", /one group/],
    ["an unknown group", { sizes: { Subjects: [5] } }, "unknown-group", /"Subjects".*"Subject"/],
    ["one group alone", { sizes: { Subject: [1] } }, "invalid-argument", /from 2 to 1000000, got 1/],
    ["too few data sets", { simulations: 10 }, "invalid-argument", /"simulations"/],
    ["an unknown way", { along: "columns" }, "invalid-argument", /"along"/],
    ["an unknown option", { nsim: 10 }, "unknown-option", /"nsim"/],
  ])("refuses %s", async (_, options, code, text) => {
    const all = { effect: { Days: 5 }, sizes: { Subject: [18] }, seed: 1, ...options };
    await expect(power(sleep, all)).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
  });
});

describe("extended designs", () => {
  it("hold every group as often as the others, under labels of their own", () => {
    const larger = extended(sleep, "Subject", 40, "levels");
    const [{ levels, codes }] = larger.random;
    expect(levels.length).toBe(40);
    expect(new Set(levels).size).toBe(40);
    const copies = new Map<string, number>();
    for (const label of levels) copies.set(label.split(".")[0], (copies.get(label.split(".")[0]) ?? 0) + 1);
    expect(copies.size).toBe(18);
    expect([...copies.values()].every((count) => count === 2 || count === 3)).toBe(true);
    expect(codes.length).toBe(400);
  });

  it("keep the proportions of columns that vary between groups", () => {
    for (const size of [4, 6, 12]) {
      const { fixed, n } = extended(between, "g", size, "levels");
      expect(fixed.values.subarray(n).reduce((sum, value) => sum + value, 0)).toBe(n / 2);
    }
  });

  it("give nested groups labels of their own, whether they are nested by label or by name", () => {
    const byName = extended(lmm("strength ~ 1 + (1 | batch/cask)", Pastes), "batch", 20, "levels");
    expect(byName.random.map(({ group, levels }) => [group, levels.length])).toEqual([
      ["cask:batch", 60],
      ["batch", 20],
    ]);
    const rows = Pastes.map((row) => ({ ...row, sample: `${row.batch}${row.cask}` }));
    const byLabel = extended(lmm("strength ~ 1 + (1 | batch) + (1 | sample)", rows), "batch", 20, "levels");
    expect(byLabel.random.map(({ group, levels }) => [group, levels.length])).toEqual([
      ["sample", 60],
      ["batch", 20],
    ]);
  });

  it("are refused where the coefficients change", () => {
    const rows = sleepstudy.map((row, i) => ({ ...row, site: i < 60 ? "a" : i < 120 ? "b" : "c" }));
    const model = lmm("Reaction ~ site + (1 | Subject)", rows);
    expect(() => extended(model, "Subject", 2, "levels")).toThrow(
      expect.objectContaining({ code: "design-changed" }),
    );
    const strata = lmm("Reaction ~ Days + (1 | Subject)", sleepstudy, { sigmaBy: "Subject" });
    expect(() => extended(strata, "Subject", 2, "levels")).toThrow(
      /the parameters are b_Intercept, .*, sigma_308, sigma_337, no longer b_Intercept/,
    );
  });
});
