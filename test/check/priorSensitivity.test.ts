import { describe, expect, it } from "vitest";
import { priorSensitivity } from "../../src/check/priorSensitivity.ts";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { halfNormal, halfT, normal } from "../../src/gibbs/priors.ts";
import { lmm } from "../../src/model/lmm.ts";

const model = lmm("Reaction ~ Days + (1 | Subject)", sleepstudy);
const posterior = gibbsSync(model, { seed: 1, priors: { beta: { Days: normal(0, 50) } } });

describe("priorSensitivity", () => {
  it("puts posteriors side by side, with shifts in sds of the one given", async () => {
    const seen: number[] = [];
    const { rows, posteriors, warnings } = await priorSensitivity(posterior, {
      alternatives: { same: {}, low: { sigma: halfNormal(10) }, zero: { beta: normal(0, 1) } },
      onProgress: (done, total) => {
        expect(total).toBe(3);
        seen.push(done);
      },
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(rows.slice(0, 4).map(({ variable, priors }) => [variable, priors])).toEqual([
      ["b_Intercept", "custom"],
      ["b_Intercept", "same"],
      ["b_Intercept", "low"],
      ["b_Intercept", "zero"],
    ]);
    // Priors that are the same shift nothing but by chance, the seeds being others: within 4 Monte Carlo errors.
    for (const { priors, shift, shiftMcse } of rows.filter(({ priors }) => priors === "same")) {
      expect(shift, priors).not.toBe(0);
      expect(Math.abs(shift)).toBeLessThan(4 * shiftMcse);
    }
    const sigma = rows.find((row) => row.variable === "sigma" && row.priors === "low");
    const own = posterior.summary().find(({ variable }) => variable === "sigma");
    expect(sigma?.shift).toBeCloseTo(((sigma?.mean ?? 0) - (own?.mean ?? 0)) / (own?.sd ?? 0), 12);
    expect(sigma?.shift).toBeLessThan(-0.3);
    // What an alternative leaves out stays as in the posterior; one prior for all coefficients replaces all.
    expect(posteriors.get("low")?.priors.beta.get("Days")).toEqual(normal(0, 50));
    expect(posteriors.get("zero")?.priors.beta.get("(Intercept)")).toEqual(normal(0, 1));
    expect(posteriors.get("zero")?.priors.sigma).toEqual(posterior.priors.sigma);
    expect(warnings.map(({ priors, code }) => `${priors}: ${code}`)).toContain("zero: prior-data-conflict");
  });

  it("prints one block per parameter", async () => {
    const result = await priorSensitivity(posterior, {
      alternatives: { "half-t": { sigma: halfT(3, 40) } },
      seed: 5,
    });
    const show = (result as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ];
    expect(show()).toMatch(
      /priors +mean +sd +median +95% interval +shift\/sd\nb_Intercept +custom .*\n +half-t /,
    );
  });

  it("keeps the alternatives it has when stopped", async () => {
    const stop = new AbortController();
    const { posteriors } = await priorSensitivity(posterior, {
      alternatives: { a: {}, b: {}, c: {} },
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect([...posteriors.keys()]).toEqual(["a"]);
    const never = priorSensitivity(posterior, { alternatives: { a: {} }, signal: AbortSignal.abort() });
    await expect(never).rejects.toMatchObject({ code: "cancelled" });
  });

  it.each<[string, object, string]>([
    ["no alternatives", { alternatives: {} }, "invalid-argument"],
    ["an unknown term", { alternatives: { a: { terms: { g: halfT(3, 1) } } } }, "unknown-prior-target"],
    ["an unknown option", { alternatives: { a: {} }, draws: 100 }, "unknown-option"],
  ])("refuses %s", async (_, options, code) => {
    await expect(priorSensitivity(posterior, options as never)).rejects.toMatchObject({ code });
  });
});
