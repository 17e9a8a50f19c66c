import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { anova } from "../../src/reml/anova.ts";
import { criterion, criterionAt, evaluate, workingTheta } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { numbers, spread } from "../linalg/numbers.ts";
import { Margins } from "./margins.ts";
import { METHODS } from "./references.ts";
import { models, oatsRows, sleepRows } from "./structureModels.ts";

interface Reference {
  readonly name: string;
  readonly method: "REML" | "ML";
  readonly criterion: number;
  readonly fixef: Record<string, number>;
  readonly se: Record<string, number>;
  readonly G: Record<string, readonly (readonly number[])[]>;
  readonly sigma: number;
  readonly sigmas: Record<string, number>;
}
const path = new URL("../golden/structures.json", import.meta.url);
const references: readonly Reference[] = JSON.parse(readFileSync(path, "utf8"));

/** Our θ at nlme's estimates. */
function thetaOf(model: LinearMixedModel, reference: Reference): number[] {
  const [S] = Object.values(reference.G);
  const levels = model.strata?.levels ?? [];
  const sigma = levels.length === 0 ? reference.sigma : reference.sigmas[levels[0]];
  const rest = levels.slice(1).map((level) => Math.log(reference.sigmas[level] / sigma));
  const [{ structure, columns }] = model.random;
  const k = columns.length;
  if (structure === "cs")
    return [Math.sqrt(S[0][0] + (k - 1) * S[0][1]) / sigma, Math.sqrt(S[0][0] - S[0][1]) / sigma, ...rest];
  const a = Math.sqrt(S[0][0]);
  if (k === 1) return [a / sigma, ...rest];
  return [a, S[0][1] / a, Math.sqrt(S[1][1] - (S[0][1] / a) ** 2)].map((v) => v / sigma).concat(rest);
}

const estimated = (model: LinearMixedModel, method: "REML" | "ML"): LmmFit =>
  method === "REML" ? reml(model) : ml(model);

describe("reml() and ml() give what nlme gives", () => {
  for (const reference of references) {
    it(`${reference.name}, ${reference.method}`, () => {
      const model = models[reference.name]();
      const own = estimated(model, reference.method);
      // The criterion is the same function: at nlme's estimates it is nlme's number, to the rounding of both.
      const there = criterionAt(model, thetaOf(model, reference), reference.method);
      const margins = new Margins();
      margins.near("criterion there", there, reference.criterion, Math.abs(reference.criterion), 1e-10);
      // nlme stops short of the optimum by what its gradient-free last steps leave; never above it, and near.
      expect(own.criterion).toBeLessThanOrEqual(reference.criterion + 1e-9);
      expect(own.criterion).toBeGreaterThan(reference.criterion - 1e-6);
      expect(own.convergence.ok).toBe(true);
      const ses = own.coefTable({ df: "z" });
      for (const { term, estimate, se } of ses) {
        // A criterion within δ of its minimum leaves estimates √δ of their SE away: 1e-5.
        margins.near(`beta ${term}`, estimate, reference.fixef[term], se, 1e-5);
        margins.near(`se ${term}`, se, reference.se[term], reference.se[term], 1e-5);
      }
      const [S] = Object.values(reference.G);
      const { columns } = model.random[0];
      for (const { group, term1, term2, covariance, sdCorrelation } of own.varCorr()) {
        if (group === "Residual") {
          const sigma = term1 === null ? reference.sigma : reference.sigmas[term1];
          margins.near(`sigma ${term1 ?? ""}`, sdCorrelation, sigma, sigma, 1e-5);
          continue;
        }
        const i = columns.indexOf(term1 as string);
        const j = term2 === null ? i : columns.indexOf(term2);
        const size = Math.sqrt(S[i][i] * S[j][j]);
        margins.near(`covariance ${i}, ${j}`, covariance, S[i][j], size, 2e-5);
      }
      margins.settle();
    });
  }
});

describe("the gradient with structures equals differences of the criterion", () => {
  const designs: Record<string, () => LinearMixedModel> = {
    ...models,
    "a symmetric term beside others of its group, weights and crossed groups": () => {
      const next = numbers(3);
      const rows = Array.from({ length: 160 }, () => ({
        y: 3 * spread(next),
        x: spread(next),
        f: "pqrs"[Math.floor(next() * 4)],
        g: `g${Math.floor(next() * 7)}`,
        h: `h${Math.floor(next() * 5)}`,
        s: "uvw"[Math.floor(next() * 3)],
        w: 0.3 + next(),
      }));
      const formula = "y ~ x + (0 + x | g) + cs(0 + f | g) + (x | h)";
      return lmm(formula, rows, { weights: "w", sigmaBy: "s" });
    },
  };
  for (const [name, design] of Object.entries(designs)) {
    for (const method of METHODS) {
      it(`${name}, ${method}`, () => {
        const problem = criterion(design(), method);
        const next = numbers(5);
        for (const point of [0, 1, 2]) {
          const theta = Float64Array.from({ length: problem.length }, (_, i) =>
            point === 2 && i === 0 ? 0 : 0.4 + 0.6 * spread(next),
          );
          const gradient = new Float64Array(theta.length);
          evaluate(problem, theta, gradient);
          const size = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1);
          gradient.forEach((g, i) => {
            const central = (h: number): number => {
              const at = (step: number): number =>
                evaluate(
                  problem,
                  theta.map((value, j) => (i === j ? value + step : value)),
                );
              return (at(h) - at(-h)) / (2 * h);
            };
            // As in gradient.test.ts: rounding over the step, and the fourth power of the step.
            expect(Math.abs(g - (4 * central(1e-3) - central(2e-3)) / 3)).toBeLessThan(1e-7 * size);
          });
        }
      });
    }
  }
});

describe("compound symmetry with a positive correlation is an effect of the group and one of its cells", () => {
  // cs(0 + f | g) with variances τ²ρ and τ²(1 − ρ) is (1 | g) + (1 | g:f): another program path, the same model.
  const symmetric = models["oats-cs"]();
  const nested = lmm("yield ~ variety + nitro + (1 | block/variety)", oatsRows);
  const a = reml(symmetric);
  const b = reml(nested);
  // Two optima, each known to 1e-6 of a standard error.
  const near = (x: number, y: number, size: number, tolerance = 1e-6): void =>
    expect(Math.abs(x - y)).toBeLessThan(tolerance * size);

  it("has the same criterion and number of parameters", () => {
    near(a.criterion, b.criterion, 1, 1e-9);
    expect(a.npar).toBe(b.npar);
  });

  it.each(["satterthwaite", "kenward-roger", "z"] as const)("has the same tests, df %s", (df) => {
    const other = b.coefTable({ df });
    a.coefTable({ df }).forEach((row, j) => {
      near(row.estimate, other[j].estimate, row.se);
      near(row.se, other[j].se, row.se);
      if (df !== "z") near(row.df, other[j].df, row.df, 1e-5);
    });
    const tests = b.anova({ df }).rows;
    a.anova({ df }).rows.forEach((row, j) => {
      near(row.f, tests[j].f, row.f, 1e-5);
    });
  });

  it("has the same predictions with their standard errors, leverages and influences", () => {
    const theirs = b.predict();
    a.predict().forEach((row, i) => {
      near(row.estimate, theirs[i].estimate, row.se, 1e-5);
      near(row.se, theirs[i].se, row.se, 1e-5);
    });
    const leverages = b.leverage();
    a.leverage().forEach((h, i) => {
      near(h, leverages[i], 1, 1e-5);
    });
    const moved = b.cooksDistance({ by: "block" });
    a.cooksDistance({ by: "block" }).forEach(({ distance }, i) => {
      near(distance, moved[i].distance, 1, 1e-5);
    });
  });

  it("has the same profile intervals of what both have, and ρ and τ where the others put them", () => {
    const theirs = new Map(b.confint().map((row) => [row.variable, row]));
    const own = a.confint();
    for (const { variable, lower, upper } of own) {
      const other = theirs.get(variable);
      if (other === undefined) continue;
      near(lower, other.lower, Math.abs(other.upper - other.lower), 1e-6);
      near(upper, other.upper, Math.abs(other.upper - other.lower), 1e-6);
    }
    expect(own.map(({ variable }) => variable)).toContain("cor_block__cs");
    const [between, within] = [
      theirs.get("sd_block__Intercept"),
      theirs.get("sd_variety:block__Intercept"),
    ].map((row) => (row?.estimate ?? 0) ** 2);
    const of = (name: string): number =>
      own.find(({ variable }) => variable === name)?.estimate ?? Number.NaN;
    near(of("sd_block__cs"), Math.sqrt(between + within), of("sd_block__cs"));
    near(of("cor_block__cs"), between / (between + within), 1);
  });

  it("has profile limits of ρ and τ where the deviance, minimised over the rest, rises by χ²", () => {
    const best = ml(symmetric);
    const k = 3;
    const rise = 3.841458820694124;
    const golden = (f: (x: number) => number, low: number, high: number): number => {
      const share = (Math.sqrt(5) - 1) / 2;
      let [a, b] = [low, high];
      // 1e-6 of the range: the square of that is what the minimum can be off by.
      while (b - a > 1e-6 * (high - low)) {
        const [x, y] = [b - share * (b - a), a + share * (b - a)];
        if (f(x) < f(y)) b = y;
        else a = x;
      }
      return f((a + b) / 2);
    };
    const row = best.confint().find(({ variable }) => variable === "cor_block__cs")!;
    for (const rho of [row.lower, row.upper]) {
      const at = (s: number): number =>
        criterionAt(symmetric, [s * Math.sqrt(1 + (k - 1) * rho), s * Math.sqrt(1 - rho)], "ML");
      expect(Math.abs(golden(at, 0.1, 6) - best.criterion - rise)).toBeLessThan(1e-6);
    }
    // D at a given σ is d(θ) + n(q − 1 − log q), q = σ̂²(θ)/σ².
    const sd = best.confint().find(({ variable }) => variable === "sd_block__cs")!;
    const { n } = symmetric;
    const problem = criterion(symmetric, "ML");
    const deviance = (theta: readonly number[], sigma: number): number => {
      const working = workingTheta(problem.cross, theta, 1);
      const value = evaluate(problem, working);
      const last = problem.factor.core[problem.factor.core.length - 1];
      const q = (last * problem.cross.yScale) ** 2 / n / sigma ** 2;
      return value + n * (q - 1 - Math.log(q));
    };
    for (const tau of [sd.lower, sd.upper]) {
      const least = golden(
        (logSigma) =>
          golden(
            (rho) => {
              const s = tau / Math.exp(logSigma);
              return deviance([s * Math.sqrt(1 + (k - 1) * rho), s * Math.sqrt(1 - rho)], Math.exp(logSigma));
            },
            -0.49,
            0.999,
          ),
        Math.log(6),
        Math.log(30),
      );
      expect(Math.abs(least - best.criterion - rise)).toBeLessThan(1e-6);
    }
  });

  it("has Wald intervals that are symmetric in log((1 + (k − 1)ρ)/(1 − ρ))", () => {
    const row = a.parameters().find(({ variable }) => variable === "cor_block__cs")!;
    const scale = (rho: number): number => Math.log((1 + 2 * rho) / (1 - rho));
    const middle = (scale(row.lower) + scale(row.upper)) / 2;
    near(middle, scale(row.estimate), 1, 1e-12);
    // The delta method: se on that scale is se(ρ) times its slope k/((1 + (k − 1)ρ)(1 − ρ)).
    const slope = 3 / ((1 + 2 * row.estimate) * (1 - row.estimate));
    near(
      (scale(row.upper) - scale(row.lower)) / (2 * 1.959963984540054),
      slope * row.se,
      row.se * slope,
      1e-9,
    );
  });

  it("reaches negative correlations, down to the edge −1/(k − 1)", () => {
    // Columns that cancel within every group: the mean of the three has no variance.
    const rows = Array.from({ length: 60 }, (_, i) => {
      const g = i % 10;
      const f = Math.floor(i / 10) % 3;
      const effect = [Math.sin(3 * g), Math.cos(5 * g), -Math.sin(3 * g) - Math.cos(5 * g)][f];
      return { y: 5 * effect + (i < 30 ? 0.3 : -0.3) * Math.cos(7 * (i % 30)), f: "pqr"[f], g: `g${g}` };
    });
    const edge = reml(lmm("y ~ f + cs(0 + f | g)", rows));
    expect(edge.isSingular).toBe(true);
    expect(edge.warnings.map(({ code }) => code)).toContain("singular-fit");
    expect(edge.warnings.find(({ code }) => code === "singular-fit")?.message).toContain("the mean of fp");
    const rho = edge.parameters().find(({ variable }) => variable === "cor_g__cs")!;
    expect(rho.estimate).toBeCloseTo(-0.5, 12);
    expect(rho.lower).toBe(-0.5);
    const [profile] = edge.confint().filter(({ variable }) => variable === "cor_g__cs");
    expect(profile.lower).toBe(-0.5);
    expect(profile.upper).toBeLessThan(0);
  });

  it("compares with less and with more freedom", () => {
    const free = lmm("yield ~ variety + nitro + (0 + variety | block)", oatsRows);
    const table = anova(a, reml(free));
    expect(table.rows[1]).toMatchObject({ df: 4, reference: "χ²₄" });
    const common = anova(reml(lmm("yield ~ variety + nitro + (1 | block)", oatsRows)), a);
    expect(common.rows[1].df).toBe(1);
    const whole = a.ranova().rows[1];
    expect(whole).toMatchObject({ term: "cs(0 + variety | block)", df: 2 });
    expect(() =>
      anova(reml(lmm("yield ~ variety + nitro + diag(0 + variety | block)", oatsRows)), a),
    ).toThrow(expect.objectContaining({ code: "not-nested" }));
  });
});

describe("a residual SD for each stratum", () => {
  const model = models["sleepstudy-strata"]();
  const own = reml(model);
  const ratio = own.varCorr().filter(({ group }) => group === "Residual");
  const [early, late] = ratio.map(({ sdCorrelation }) => sdCorrelation);

  it("is a weight of 1/δ² once δ is known", () => {
    const rows = sleepRows.map((row) => ({ ...row, w: row.half === "early" ? 1 : (early / late) ** 2 }));
    const weighted = reml(lmm("Reaction ~ Days + (Days | Subject)", rows, { weights: "w" }));
    // At the optimum of all, θ and σ given δ are optimal too; 1e-6 of a standard error each.
    expect(Math.abs(own.criterion - weighted.criterion)).toBeLessThan(1e-8);
    expect(Math.abs(own.sigma / weighted.sigma - 1)).toBeLessThan(1e-6);
    const same = (x: ArrayLike<number>, y: ArrayLike<number>, tolerance: number): void =>
      Array.from(x).forEach((value, i) => {
        expect(Math.abs(value - y[i])).toBeLessThan(tolerance);
      });
    same(own.fitted(), weighted.fitted(), 1e-4);
    same(own.leverage(), weighted.leverage(), 1e-6);
    same(own.cooksDistance(), weighted.cooksDistance(), 1e-6);
    for (const type of ["raw", "pearson", "scaled"] as const) {
      same(own.residuals({ type }), weighted.residuals({ type }), 1e-4);
      same(own.residuals({ type, level: "marginal" }), weighted.residuals({ type, level: "marginal" }), 1e-4);
    }
    same(own.simulate({ seed: 3 })[0], weighted.simulate({ seed: 3 })[0], 1e-3);
    const interval = { interval: "observation" } as const;
    same(
      own.predict(undefined, interval).map(({ se }) => se),
      weighted.predict(undefined, interval).map(({ se }) => se),
      1e-4,
    );
    same(
      own.predict(rows.slice(0, 20), interval).map(({ se }) => se),
      weighted.predict(rows.slice(0, 20), interval).map(({ se }) => se),
      1e-4,
    );
  });

  it("gives Welch's test where the groups say nothing", () => {
    // Deviations cancel in every group and stratum, so the variance between groups is zero.
    const rows = Array.from({ length: 28 }, (_, i) => {
      const s = i < 12 ? "a" : "b";
      const size = 1 + (i >> 2);
      return {
        y: (s === "a" ? 3 : 5) + size * [1, -1, 0.5, -0.5][i % 4] * (s === "a" ? 1 : 3),
        s,
        g: `g${i % 2}${(i >> 1) % 2}`,
      };
    }).map((row, i) => ({ ...row, g: `g${Math.floor((i % 12) / 4)}` }));
    const fit = reml(lmm("y ~ s + (1 | g)", rows, { sigmaBy: "s" }));
    expect(fit.isSingular).toBe(true);
    const parts = ["a", "b"].map((s) => {
      const values = rows.filter((row) => row.s === s).map(({ y }) => y);
      const mean = values.reduce((sum, y) => sum + y, 0) / values.length;
      const variance = values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (values.length - 1);
      return { n: values.length, variance, share: variance / values.length };
    });
    const total = parts[0].share + parts[1].share;
    const welch = total ** 2 / parts.reduce((sum, { n, share }) => sum + share ** 2 / (n - 1), 0);
    const [, row] = fit.coefTable();
    // Differences of the gradient leave 1e-7 of a second derivative.
    expect(Math.abs(row.se / Math.sqrt(total) - 1)).toBeLessThan(1e-7);
    expect(Math.abs(row.df / welch - 1)).toBeLessThan(1e-5);
    fit
      .varCorr()
      .filter(({ group }) => group === "Residual")
      .forEach(({ covariance }, c) => {
        expect(Math.abs(covariance / parts[c].variance - 1)).toBeLessThan(1e-6);
      });
  });

  it("counts in tests of types I and II as its weights do", () => {
    const formula = "Reaction ~ Days * odd + half + (1 | Subject)";
    const rows = sleepRows.map((row) => ({ ...row, odd: Number(row.Subject) % 3 === 0 ? "z" : "x" }));
    const strata = reml(lmm(formula, rows, { sigmaBy: "half" }));
    const [a, b] = strata.varCorr().filter(({ group }) => group === "Residual");
    const ratio = b.sdCorrelation / a.sdCorrelation;
    const weighted = reml(
      lmm(
        formula,
        rows.map((row) => ({ ...row, w: row.half === "early" ? 1 : 1 / ratio ** 2 })),
        { weights: "w" },
      ),
    );
    const plain = reml(lmm(formula, rows));
    for (const type of ["I", "II"] as const) {
      const [own, other, without] = [strata, weighted, plain].map((fit) =>
        fit.anova({ type, df: "z" }).rows.map(({ f }) => f),
      );
      // The optima agree to 1e-6 of a standard error.
      own.forEach((f, i) => {
        expect(Math.abs(f / other[i] - 1)).toBeLessThan(1e-5);
      });
      // And the weights matter.
      expect(Math.abs(own[0] / without[0] - 1)).toBeGreaterThan(0.01);
    }
  });

  it("has nlme's sequential tests", () => {
    const subjects = [...new Set(sleepRows.map(({ Subject }) => Subject))];
    const rows = sleepRows.map((row) => ({
      ...row,
      late: row.Days >= 6 ? "b" : "a",
      odd: subjects.indexOf(row.Subject) % 3 === 2 ? "z" : "x",
    }));
    // anova(lme(…, random = ~ 1 | Subject, weights = varIdent(form = ~ 1 | s))) of nlme 3.1-162, printed to six decimals.
    for (const [formula, sigmaBy, expected] of [
      ["Reaction ~ Days * odd + late + (1 | Subject)", "late", [158.319122, 0.827603, 0.001935, 0.594922]],
      ["Reaction ~ late + odd * Days + (1 | Subject)", "odd", [123.855825, 0.701058, 53.458333, 1.182661]],
    ] as const) {
      const table = reml(lmm(formula, rows, { sigmaBy })).anova({ type: "I", df: "containment" });
      // nlme stops at 1e-6 of its criterion.
      table.rows.forEach(({ f }, i) => {
        expect(Math.abs(f - expected[i])).toBeLessThan(1e-6 + 1e-4 * expected[i]);
      });
    }
  });

  it("has profile intervals with the χ² rise at each limit, under names that say the stratum", () => {
    const full = ml(model);
    const rows = full.confint().filter(({ variable }) => variable.startsWith("sigma_"));
    expect(rows.map(({ variable }) => variable)).toEqual(["sigma_early", "sigma_late"]);
    for (const { lower, estimate, upper } of rows) {
      expect(lower).toBeLessThan(estimate);
      expect(upper).toBeGreaterThan(estimate);
    }
    // The mirror image, with the strata in the other order, is another parametrisation of the same likelihood.
    const levels = { half: ["late", "early"] };
    const mirrored = ml(
      lmm("Reaction ~ Days + (Days | Subject)", sleepRows, { sigmaBy: "half", levels }),
    ).confint();
    for (const row of full.confint()) {
      const other = mirrored.find(({ variable }) => variable === row.variable)!;
      expect(Math.abs(row.lower - other.lower)).toBeLessThan(1e-5 * (row.upper - row.lower));
      expect(Math.abs(row.upper - other.upper)).toBeLessThan(1e-5 * (row.upper - row.lower));
    }
  });

  it("is tested against one SD by χ²", () => {
    const one = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepRows));
    const [, row] = anova(one, own).rows;
    expect(row).toMatchObject({ df: 1, reference: "χ²₁" });
    expect(row.chisq).toBeCloseTo(one.criterion - own.criterion, 8);
  });

  it("prints one line per stratum", () => {
    expect(own.toString()).toMatch(/Residual +early .*\n +late /);
  });
});
