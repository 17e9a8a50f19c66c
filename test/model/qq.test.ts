import { describe, expect, it } from "vitest";
import { Dyestuff2, Pastes, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import type { Qq } from "../../src/model/qq.ts";
import { student } from "../../src/model/student.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { reml } from "../../src/reml/fit.ts";
import { mean } from "../../src/stats/descriptive.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const posterior = gibbsSync(sleep, { seed: 1, draws: 200 });
const fit = reml(sleep);
const PANELS = ["residuals", "r_Subject__Intercept", "r_Subject__Days"];

/** 240 rows of 24 groups from the model; of row or group 0 something else is added. */
function rowsWith(residual: number, effect: number): { y: number; g: string }[] {
  const stream = new RandomStream(8);
  const effects = Array.from({ length: 24 }, (_, j) => 2 * stream.normal() + (j === 0 ? effect : 0));
  return Array.from({ length: 240 }, (_, i) => ({
    g: String(i % 24),
    y: effects[i % 24] + stream.normal() + (i === 30 ? residual : 0),
  }));
}

const outside = ({ panels }: Qq): number[] => panels.map((panel) => panel.outside);

describe("qq of a fit", () => {
  const qq = fit.qq({ seed: 1, simulations: 60 });

  it("has the scaled residuals and the modes in ascending order, with their labels", () => {
    expect(qq.panels.map(({ panel, points }) => [panel, points])).toEqual([
      [PANELS[0], 180],
      [PANELS[1], 18],
      [PANELS[2], 18],
    ]);
    const residuals = fit.residuals({ type: "scaled" });
    const own = qq.rows.slice(0, 180);
    expect(own.map(({ value }) => value)).toEqual(Array.from(residuals).sort((a, b) => a - b));
    for (const { label, value } of own) expect(residuals[Number(label)]).toBe(value);
    const modes = fit.ranef().filter(({ term }) => term === "Days");
    for (const { label, value } of qq.rows.slice(198)) {
      expect(modes.find(({ level }) => level === label)?.mode).toBe(value);
    }
  });

  it("has R's ppoints", () => {
    // R: qnorm(ppoints(18))[1:2], qnorm(ppoints(180))[1].
    expect(qq.rows[180].theoretical).toBeCloseTo(-1.914505825055557, 9);
    expect(qq.rows[181].theoretical).toBeCloseTo(-1.382994127100638, 9);
    expect(qq.rows[0].theoretical).toBeCloseTo(-2.772921294608663, 9);
  });

  it("knows that modes are shrunken: their middle is less steep than the SD", () => {
    const last = qq.rows[197];
    const { sdCorrelation } = fit.varCorr()[0];
    // The largest of 18 normals has mean 1.82; modes of the intercept have 0.78 of the SD (√ of their reliability).
    expect(last.expected / sdCorrelation).toBeLessThan(1.82 * 0.95);
    expect(last.expected / sdCorrelation).toBeGreaterThan(1.82 * 0.6);
  });

  it("repeats itself under a seed, and records one", () => {
    expect(fit.qq({ seed: 1, simulations: 60 })).toEqual(qq);
    expect(Number.isInteger(fit.qq({ simulations: 20 }).seed)).toBe(true);
  });

  it("prints a line per panel", () => {
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    const lines = (qq as unknown as Record<symbol, () => string>)[inspect]().split("\n");
    expect(lines[0]).toBe("Normal quantiles with simultaneous 95% bands from 60 simulated data sets");
    expect(lines.slice(2).map((line) => line.split(" ")[0])).toEqual(PANELS);
  });

  it("stands where a variance is estimated as zero", () => {
    const { rows, panels } = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2)).qq({ seed: 1, simulations: 40 });
    expect(panels[1].outside).toBe(0);
    expect(rows.every(({ lower, upper }) => lower <= upper)).toBe(true);
  });
});

describe("qq of a posterior", () => {
  const qq = posterior.qq();

  it("averages what each draw has, rank by rank", () => {
    expect(qq.panels.map(({ panel }) => panel)).toEqual(PANELS);
    const { draws } = posterior;
    // 500 simulations over four chains: 125 of 200 iterations, at their middles.
    const places = Array.from({ length: 125 }, (_, k) => Math.floor(((k + 0.5) * 200) / 125));
    const ordered = [0, 1, 2, 3].flatMap((c) =>
      places.map((i) =>
        sleep.random[0].levels
          .map(
            (level) =>
              draws.get(`r_Subject[${level},Days]`)[c * 200 + i] / draws.get("sd_Subject__Days")[c * 200 + i],
          )
          .sort((a, b) => a - b),
      ),
    );
    qq.rows.slice(198).forEach(({ value }, rank) => {
      expect(value).toBeCloseTo(mean(ordered.map((own) => own[rank])), 10);
    });
  });

  it("divides residuals by the SD that each row has", () => {
    const weighted = sleepstudy.map((row, i) => ({ ...row, w: 1 + (i % 3), s: i % 2 === 0 ? "a" : "b" }));
    const model = lmm("Reaction ~ Days + (1 | Subject)", weighted, { weights: "w", sigmaBy: "s" });
    const own = gibbsSync(model, { seed: 1, chains: 1, draws: 30 });
    const ordered = own.epred().map((means, d) =>
      Array.from(means, (value, i) => {
        const sigma = own.draws.get(`sigma_${weighted[i].s}`)[d] / Math.sqrt(weighted[i].w);
        return (weighted[i].Reaction - value) / sigma;
      }).sort((a, b) => a - b),
    );
    own
      .qq()
      .rows.slice(0, 180)
      .forEach(({ value }, rank) => {
        expect(value).toBeCloseTo(mean(ordered.map((values) => values[rank])), 9);
      });
  });

  it("has the bands of normal order statistics", () => {
    // The mean of the largest of 18 standard normals is 1.8200 (sd 0.49): four standard errors over 500.
    expect(Math.abs(qq.rows[197].expected - 1.82)).toBeLessThan(4 * (0.49 / Math.sqrt(500)));
    const pointwise = posterior.qq({ band: "pointwise" });
    qq.rows.forEach(({ lower, upper }, i) => {
      expect(pointwise.rows[i].upper - pointwise.rows[i].lower).toBeLessThanOrEqual(upper - lower);
    });
    expect(posterior.qq()).toEqual(qq);
  });

  it("has the bands of Student-t numbers where the model says so", () => {
    const heavy = lmm("Reaction ~ Days + (1 | Subject)", sleepstudy, { residuals: student({ df: 3 }) });
    const own = gibbsSync(heavy, { seed: 1, draws: 200 }).qq();
    // 5.1 residual SDs are nothing special for t₃; the largest of 180 has a median of about 6.
    expect(own.panels[0].outside).toBe(0);
    expect(own.rows[179].expected).toBeGreaterThan(5);
    expect(own.rows[197].expected).toBeLessThan(2.1);
  });

  it("takes nested terms, and effects that are made again", () => {
    const options = { seed: 1, draws: 60 } as const;
    const model = lmm("strength ~ 1 + (1 | batch / cask)", Pastes);
    const kept = gibbsSync(model, options).qq({ simulations: 50 });
    const lean = gibbsSync(model, { ...options, keep: "hyper" }).qq({ simulations: 50 });
    expect(lean).toEqual(kept);
    expect(kept.panels.map(({ panel, points }) => [panel, points])).toEqual([
      ["residuals", 60],
      ["r_cask:batch__Intercept", 30],
      ["r_batch__Intercept", 10],
    ]);
  });
});

describe("both", () => {
  it.each<[string, number, number, number]>([
    ["nothing", 0, 0, -1],
    ["a residual", 8, 0, 0],
    ["a group", 0, 20, 1],
  ])("leave the band for %s that is not of the model, and only there", (_, residual, effect, panel) => {
    const model = lmm("y ~ 1 + (1 | g)", rowsWith(residual, effect));
    const found = [reml(model).qq({ seed: 1, simulations: 200 }), gibbsSync(model, { seed: 1 }).qq()];
    for (const [inResiduals, inEffects] of found.map(outside)) {
      expect(inResiduals > 0).toBe(panel === 0);
      expect(inEffects > 0).toBe(panel === 1);
    }
  });

  it("show at most 1000 points of a panel, its ends among them", () => {
    const stream = new RandomStream(3);
    const rows = Array.from({ length: 1500 }, (_, i) => ({
      g: i % 30,
      y: (i % 30) / 10 + stream.normal(),
    }));
    const large = reml(lmm("y ~ 1 + (1 | g)", rows));
    const own = large.qq({ seed: 1, simulations: 20 }).rows.filter((row) => row.panel === "residuals");
    const residuals = large.residuals({ type: "scaled" }).sort();
    expect(own).toHaveLength(1000);
    expect([own[0].value, own[999].value]).toEqual([residuals[0], residuals[1499]]);
  });

  it.each<[string, () => unknown, string]>([
    ["an unknown option", () => posterior.qq({ seed: 1 } as object), "unknown-option"],
    ["a level of 95", () => fit.qq({ level: 95 }), "invalid-argument"],
    ["an unknown band", () => posterior.qq({ band: "rank" } as object), "invalid-argument"],
    ["too few simulations", () => fit.qq({ simulations: 3 }), "invalid-argument"],
  ])("refuse %s by code", (_, call, code) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
  });
});
