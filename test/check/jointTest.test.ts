import { describe, expect, it } from "vitest";
import { jointTest, jointTestOf, type Open } from "../../src/check/jointTest.ts";
import { halfT, huangWand, normal } from "../../src/gibbs/priors.ts";
import { openSession } from "../../src/gibbs/session.ts";
import { lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { atOnce } from "../../src/pause.ts";
import { RandomStream } from "../../src/random/stream.ts";

const stream = new RandomStream(4);
// Few rows: the less a response says, the further the turns wander.
const rows = Array.from({ length: 16 }, (_, i) => ({
  y: stream.normal(),
  x: stream.normal(),
  g: `g${i % 4}`,
  h: `h${i % 3}`,
}));
const oneFactor = lmm("y ~ x + (x | g)", rows);
const twoFactors = lmm("y ~ x + (1 | g) + (1 | h)", rows);
const priors = { beta: normal(0, 1), sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } };
const two = { ...priors, terms: { g: halfT(4, 1), h: halfT(4, 1) } };
const open: Open = (model, options) => atOnce(openSession(model, options));

/** A sampler whose every iteration ends with σ times a factor. */
const inflated =
  (factor: number): Open =>
  (model, options) => {
    const session = open(model, options);
    const start: typeof session.prepared.start = (stream, from) => {
      const chain = session.prepared.start(stream, from);
      const step = (): void => {
        chain.step();
        chain.state.sigma *= factor;
      };
      return { ...chain, step };
    };
    return { ...session, prepared: { ...session.prepared, start } };
  };

describe("jointTest", () => {
  // The collapsed scheme makes a trial run for every response, at some 10 ms each. More in test/slow/jointTest.test.ts.
  it.each([
    ["blocked", 200, 10, 1.05],
    ["full-conditionals", 200, 10, 1.05],
    ["crossed", 60, 5, 1.1],
    ["collapsed", 20, 2, 1.6],
  ] as const)("passes the %s scheme, and not with σ off", async (scheme, simulations, turns, factor) => {
    for (const [model, own] of [
      [oneFactor, priors],
      ...(scheme === "collapsed" ? [] : [[twoFactors, two]]),
    ] as [typeof oneFactor, typeof priors][]) {
      const options = { priors: own, scheme, simulations, turns, seed: 3 };
      const right = await jointTest(model, options);
      expect(right.passed, String(right.rows.map(({ variable, z }) => `${variable} ${z}`))).toBe(true);
      if (model === twoFactors) continue;
      const wrong = await jointTestOf(model, { ...options, turns: 2 * turns }, inflated(factor));
      expect(wrong.passed).toBe(false);
      const sigma = wrong.rows.find(({ variable }) => variable === "sigma");
      expect(sigma?.z).toBeGreaterThan(4);
    }
  });

  it("finds a sampler whose priors are not those that parameters are drawn from", async () => {
    const other = { ...priors, terms: { g: huangWand({ scale: 3 }) } };
    const wrong = await jointTestOf(
      oneFactor,
      { priors, scheme: "blocked", simulations: 300, turns: 20, seed: 3 },
      (model, options) => open(model, { ...options, priors: other }),
    );
    expect(wrong.passed).toBe(false);
  });

  it("sees strata and compound symmetry through their own variables", async () => {
    const strata = lmm("y ~ x + (1 | g)", rows, { sigmaBy: "h" });
    const options = { scheme: "blocked", simulations: 60, turns: 5, seed: 4 } as const;
    const bySigma = await jointTest(strata, { ...options, priors: { ...priors, terms: { g: halfT(4, 1) } } });
    expect(bySigma.rows.map(({ variable }) => variable)).toContain("sigma_h2");
    expect(bySigma.passed).toBe(true);
    const symmetric = lmm("y ~ x + cs(0 + h | g)", rows);
    const cs = await jointTest(symmetric, { ...options, priors: { ...priors, terms: { g: halfT(4, 1) } } });
    expect(cs.rows.map(({ variable }) => variable)).toContain("cor_g__cs");
    expect(cs.passed).toBe(true);
  });

  it("watches bounded statistics of what is not fixed, and prints them", async () => {
    const result = await jointTest(twoFactors, { priors: two, scheme: "blocked", simulations: 20, seed: 1 });
    const names = ["b_Intercept", "b_x", "sd_g__Intercept", "sd_h__Intercept", "sigma"];
    const effects = ["r_g[g0,Intercept]", "r_h[h0,Intercept]"];
    expect(
      result.rows.filter(({ statistic }) => statistic === "spread").map(({ variable }) => variable),
    ).toEqual([...names, ...effects]);
    for (const { difference } of result.rows) expect(Math.abs(difference)).toBeLessThan(1);
    const show = (result as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ];
    expect(show()).toMatch(
      /20 pairs of simulators, 10 turns each\n.*location z.*spread z[\s\S]*Both simulators agree/,
    );
  });

  it("does not depend on how many pairs are asked for, and keeps what it has when stopped", async () => {
    const stop = new AbortController();
    const options = { priors, scheme: "blocked", turns: 3, seed: 9 } as const;
    const part = await jointTest(oneFactor, {
      ...options,
      simulations: 80,
      signal: stop.signal,
      onProgress: (done, total) => {
        expect(total).toBe(80);
        if (done === 30) stop.abort();
      },
    });
    const short = await jointTest(oneFactor, { ...options, simulations: 30 });
    expect(part.simulations).toBe(30);
    expect(part.rows).toEqual(short.rows);
    const never = jointTest(oneFactor, { ...options, signal: AbortSignal.abort() });
    await expect(never).rejects.toMatchObject({ code: "cancelled" });
  });

  it.each<[string, object, string]>([
    ["flat coefficients", { priors: { ...priors, beta: {} } }, "improper-prior"],
    ["too few pairs", { simulations: 5 }, "invalid-argument"],
    ["no turns", { turns: 0 }, "invalid-argument"],
    ["an unknown option", { draws: 5 }, "unknown-option"],
  ])("refuses %s", async (_, options, code) => {
    await expect(jointTest(oneFactor, { priors, seed: 1, ...options })).rejects.toMatchObject({ code });
  });

  it("refuses Student-t models, whose scales no draw holds", async () => {
    const robust = lmm("y ~ x + (1 | g)", rows, { residuals: student() });
    await expect(jointTest(robust, { priors })).rejects.toMatchObject({ code: "needs-normal" });
  });
});
