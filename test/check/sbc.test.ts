import { describe, expect, it } from "vitest";
import { sbc } from "../../src/check/sbc.ts";
import { fixed, halfT, lkj, uniformSd } from "../../src/gibbs/priors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { RandomStream } from "../../src/random/stream.ts";

const stream = new RandomStream(4);
const rows = Array.from({ length: 40 }, (_, i) => ({
  y: stream.normal(),
  x: stream.normal(),
  g: `g${i % 8}`,
}));
const model = lmm("y ~ x + (1 | g)", rows);
const priors = { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } };

describe("sbc", () => {
  it("finds the collapsed and the blocked sampler calibrated", async () => {
    for (const scheme of ["collapsed", "blocked"] as const) {
      const result = await sbc(model, { simulations: 200, priors, scheme, seed: 12 });
      expect(result.rows.map(({ variable }) => variable)).toEqual([
        "b_Intercept",
        "b_x",
        "sd_g__Intercept",
        "sigma",
        "r_g[g0,Intercept]",
      ]);
      expect(result.rows[0].ranks.length).toBe(200);
      expect(result.calibrated, scheme).toBe(true);
    }
  });

  it("finds draws that depend on one another not calibrated, wherever flat coefficients are", async () => {
    const wide = await sbc(model, { simulations: 200, priors, beta: { x: 3 }, seed: 5 });
    expect(wide.calibrated).toBe(true);
    const dependent = await sbc(model, {
      simulations: 200,
      priors,
      scheme: "full-conditionals",
      thin: 1,
      seed: 5,
    });
    expect(dependent.calibrated).toBe(false);
    const show = (dependent as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ];
    expect(show()).toMatch(/not uniform/);
  });

  it("watches what is random alone", async () => {
    const known = { sigma: fixed(1), terms: { g: halfT(4, 1) } };
    const { rows: watched, calibrated } = await sbc(model, { simulations: 100, priors: known, seed: 6 });
    expect(watched.map(({ variable }) => variable)).not.toContain("sigma");
    expect(calibrated).toBe(true);
  });

  it("gives the same ranks for the same seed, and for fewer replications the first of them", async () => {
    const many = await sbc(model, { simulations: 30, priors, seed: 3 });
    const few = await sbc(model, { simulations: 20, priors, seed: 3 });
    expect(few.rows[3].ranks).toEqual(many.rows[3].ranks.slice(0, 20));
  });

  it("reports, and keeps what it has when it is cancelled", async () => {
    const stop = new AbortController();
    const result = await sbc(model, {
      simulations: 100,
      priors,
      seed: 3,
      signal: stop.signal,
      onProgress: (done, total) => {
        expect(total).toBe(100);
        if (done === 25) stop.abort();
      },
    });
    expect(result.simulations).toBe(25);
    await expect(sbc(model, { priors, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  it.each<[string, object, string]>([
    ["a flat SD", { priors: { terms: { g: lkj(1, uniformSd()) } } }, "improper-prior"],
    ["too few replications", { simulations: 10 }, "invalid-argument"],
    ["an unknown scheme", { scheme: "nuts" }, "invalid-argument"],
    ["an unknown option", { draws: 10 }, "unknown-option"],
    ["an unknown coefficient", { beta: { z: 1 } }, "invalid-argument"],
  ])("refuses %s", async (_, options, code) => {
    await expect(sbc(model, { simulations: 20, seed: 1, ...options })).rejects.toMatchObject({ code });
  });
});
