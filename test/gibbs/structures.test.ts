import { describe, expect, it } from "vitest";
import { compare } from "../../src/compare.ts";
import {
  drawCovariance,
  drawEffects,
  drawFixedEffects,
  drawSigma,
  workspace,
} from "../../src/gibbs/conditionals.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { noncentredMove } from "../../src/gibbs/noncentred.ts";
import {
  exponential,
  fixed,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  lkj,
  type SdPrior,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import { symmetricCoordinatesInto } from "../../src/gibbs/symmetric.ts";
import { lmm } from "../../src/model/lmm.ts";
import { symmetricFactorInto } from "../../src/model/structures.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { reml } from "../../src/reml/fit.ts";
import {
  againstGrid,
  invert,
  LIMIT,
  logEffects,
  logLikelihood,
  logSd,
  partsOf,
  prepared,
  record,
} from "./harness.ts";

/** 60 rows in 6 groups, three kinds f, two strata, weights, a second factor. */
const rows = ((): object[] => {
  const stream = new RandomStream(31, 0);
  return Array.from({ length: 60 }, (_, i) => {
    const x = 3 + 2 * stream.normal();
    const f = "pqr"[(i * 7 + (i >> 3)) % 3];
    return {
      y: 20 + 2 * x + "pqr".indexOf(f) + 3 * stream.normal(),
      x,
      f,
      g: "abcdef"[i % 6],
      h: "ABCD"[(i * 3 + (i >> 2)) % 4],
      s: i % 5 < 2 ? "u" : "v",
      w: 0.5 + stream.uniform(),
    };
  });
})();
const model = lmm("y ~ x + cs(0 + f | g) + (1 | h)", rows, { weights: "w", sigmaBy: "s" });
// Record: β (2), τ of g, sd of h, ρ of g, σ_u, σ_v, b of g (6 × 3), b of h (4).
const AT = { beta: 0, tau: 2, rho: 4, sigma: 5, bG: 7, bH: 25 };
const priors = { sigma: halfT(4, 3), terms: { g: halfT(4, 2), h: halfT(4, 2) } };

describe("the coordinates of compound symmetry", () => {
  it("come back from Λ to rounding, near the edges of the correlation too", () => {
    for (const k of [2, 3, 5]) {
      for (const [alpha, beta] of [
        [1.3, 0.7],
        [0.4, 2],
        [1e-6, 1],
        [1, 1e-6],
        [3e4, 3e4],
      ]) {
        // biome-ignore format: pairs
        const L = new Float64Array(k * k);
        symmetricFactorInto(L, k, alpha, beta);
        for (let i = 0; i < k; i++) {
          for (let j = 0; j <= i; j++) {
            let product = 0;
            for (let c = 0; c <= j; c++) product += L[i + c * k] * L[j + c * k];
            const wanted = (alpha * alpha - beta * beta) / k + (i === j ? beta * beta : 0);
            expect(Math.abs(product - wanted)).toBeLessThan(1e-14 * (alpha * alpha + beta * beta));
          }
        }
        const back = new Float64Array(2);
        symmetricCoordinatesInto(back, L, k);
        expect(Math.abs(back[0] - Math.log(alpha))).toBeLessThan(1e-10);
        expect(Math.abs(back[1] - Math.log(beta))).toBeLessThan(1e-10);
      }
    }
  });
});

describe("with compound symmetry and a residual SD for each stratum", () => {
  it("the full conditional of β is the normal that the rows imply", () => {
    const { setup: made, state, stream } = prepared(model, priors, 1);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      [0, 1].map((at) => ({ at, scale: "identity" as const })),
      () => drawFixedEffects(made, state, stream, work),
      (draw) => logLikelihood(model, partsOf(model, draw)),
      250,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });

  it("the full conditional of b is right for a level of the symmetric term", () => {
    const { setup: made, state, stream } = prepared(model, priors, 2);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      [0, 1, 2].map((c) => ({ at: AT.bG + 3 + c, scale: "identity" as const })),
      () => drawEffects(made, state, 0, stream, work),
      (draw) => {
        const parts = partsOf(model, draw);
        return logLikelihood(model, parts) + logEffects(model, parts, 0);
      },
      50,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });

  // Draws through auxiliaries or slices form a chain; `thin` is enough for its autocorrelation to vanish.
  it.each<[string, SdPrior]>([
    ["half-t", halfT(3, 2)],
    ["half-normal", halfNormal(2)],
    ["exponential", exponential(0.5)],
    ["inverse-gamma", inverseGamma(2, 3)],
    ["flat", uniformSd()],
  ])("the full conditional of τ and ρ is right under a %s prior of τ and a flat ρ", (_, prior) => {
    const { setup: made, state, stream } = prepared(model, { terms: { g: prior } }, 3);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      [
        { at: AT.tau, scale: "log" },
        { at: AT.rho, scale: "identity" },
      ],
      () => {
        for (let i = 0; i < 8; i++) drawCovariance(made, state, 0, stream, work);
      },
      (draw) => {
        const parts = partsOf(model, draw);
        return logEffects(model, parts, 0) + logSd(prior, parts.sds[0][0]);
      },
      200,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });

  it.each<[string, SdPrior, number]>([
    ["inverse-gamma", inverseGamma(2, 30), 1],
    ["half-t", halfT(3, 2), 5],
    ["half-normal", halfNormal(2), 6],
    ["flat", uniformSd(), 6],
  ])("the full conditional of every σ_c is right under a %s prior", (_, prior, thin) => {
    const { setup: made, state, stream } = prepared(model, { sigma: prior }, 4);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      [0, 1].map((c) => ({ at: AT.sigma + c, scale: "log" as const })),
      () => {
        for (let i = 0; i < thin; i++) drawSigma(made, state, stream, work);
      },
      (draw) => {
        const parts = partsOf(model, draw);
        return logLikelihood(model, parts) + logSd(prior, parts.sigmas[0]) + logSd(prior, parts.sigmas[1]);
      },
      200,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });

  it("the non-centred move leaves p(τ, ρ | η, σ, y) invariant with β integrated out", () => {
    const prior = halfT(3, 2);
    const { setup: made, state, stream } = prepared(model, { terms: { g: prior } }, 5);
    const move = noncentredMove(made);
    const eta = Float64Array.from({ length: made.effects }, () => stream.normal());
    const { n } = model;
    const [g, h] = model.random;
    const parts = partsOf(model, record(made, state));
    const weights = Float64Array.from(
      model.weights ?? [],
      (w, i) => w / parts.sigmas[model.strata?.codes[i] ?? 0] ** 2,
    );
    const y = model.response.values.map((value, i) => value - parts.b[1][h.codes[i]]);
    // −½ min over β of the weighted residual sum of squares; |X′WX| does not depend on Λ.
    const profile = (residual: Float64Array): number => {
      const M = [[0, 0], [0, 0]]; // biome-ignore format: a matrix
      const v = [0, 0];
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const x = [1, model.fixed.values[n + i]];
        squares += weights[i] * residual[i] ** 2;
        for (let a = 0; a < 2; a++) {
          v[a] += weights[i] * x[a] * residual[i];
          for (let b = 0; b < 2; b++) M[a][b] += weights[i] * x[a] * x[b];
        }
      }
      const { inverse } = invert(M);
      return (
        -0.5 *
        (squares - v.reduce((sum, va, a) => sum + va * (inverse[a][0] * v[0] + inverse[a][1] * v[1]), 0))
      );
    };
    const distances = againstGrid(
      { made, state },
      [
        { at: AT.tau, scale: "log" },
        { at: AT.rho, scale: "identity" },
      ],
      () => {
        for (let i = 0; i < 8; i++) move(state, eta, 0, stream);
      },
      (draw) => {
        const [tau, rho] = [draw[AT.tau], draw[AT.rho]];
        // The Cholesky factor of τ²[(1 − ρ)I + ρ11′], entry by entry.
        const a = Math.sqrt(1 - rho * rho);
        const below = (rho - rho * rho) / a;
        const L = [[1, 0, 0], [rho, a, 0], [rho, below, Math.sqrt(1 - rho * rho - below * below)]]; // biome-ignore format: a matrix
        const residual = y.map((value, i) => {
          let effect = 0;
          for (let r = 0; r < 3; r++) {
            for (let c = 0; c <= r; c++) effect += g.z[r * n + i] * tau * L[r][c] * eta[3 * g.codes[i] + c];
          }
          return value - effect;
        });
        return profile(residual) + logSd(prior, tau);
      },
      60,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });

  it("both schemes give the same posterior", () => {
    const settings = { chains: 2, priors, seed: 8 };
    const a = gibbsSync(model, { ...settings, scheme: "blocked", draws: 2000 }).summary();
    const b = gibbsSync(model, { ...settings, scheme: "full-conditionals", draws: 2000, thin: 10 }).summary();
    a.forEach((row, v) => {
      // Two Monte Carlo errors; 4 is beyond Bonferroni 1e-3 for 7 means.
      expect(Math.abs(row.mean - b[v].mean) / Math.hypot(row.mcseMean, b[v].mcseMean)).toBeLessThan(4);
    });
  });

  it("the posterior names, records and prints one SD and one correlation, and every σ", () => {
    const posterior = gibbsSync(model, { chains: 1, draws: 20, warmup: 5, seed: 1 });
    expect(posterior.scheme.name).toBe("blocked");
    expect(posterior.summary().map(({ variable }) => variable)).toEqual([
      "b_Intercept", "b_x", "sd_g__cs", "sd_h__Intercept", "cor_g__cs", "sigma_u", "sigma_v",
    ]); // biome-ignore format: a list
    const rows = posterior.varCorr();
    expect(rows.filter(({ group }) => group === "g")).toHaveLength(6);
    expect(rows.filter(({ group }) => group === "Residual").map(({ term1 }) => term1)).toEqual(["u", "v"]);
    expect(posterior.toString()).toContain("SD of g ~ halfT(2, ");
    expect(posterior.toString()).toMatch(/sd\(cs\)[\s\S]*cor\(cs\)[\s\S]*sigma_u[\s\S]*sigma_v/);
    expect(
      posterior
        .ranef()
        .filter(({ group, level }) => group === "g" && level === "a")
        .map(({ term }) => term),
    ).toEqual(["fp", "fq", "fr"]);
  });
});

describe("compare() of structured models", () => {
  const posterior = gibbsSync(model, { chains: 2, draws: 300, seed: 4 });

  it("puts the one correlation and every σ side by side", () => {
    const names = compare(posterior, reml(model)).rows.map(({ variable }) => variable);
    expect(names).toEqual(posterior.summary().map(({ variable }) => variable));
  });

  it("refuses a fit with another sigmaBy", () => {
    const other = reml(lmm("y ~ x + cs(0 + f | g) + (1 | h)", rows, { weights: "w" }));
    expect(() => compare(posterior, other)).toThrow(expect.objectContaining({ code: "different-models" }));
  });
});

describe("priors of structured terms", () => {
  const refuse = (prior: Parameters<typeof gibbsSync>[1]): unknown =>
    gibbsSync(model, { draws: 1, ...prior });

  it.each([
    ["huangWand()", { terms: { g: huangWand({ scale: 1 }) } }, "prior-structure"],
    ["lkj()", { terms: { g: lkj(2, halfT(3, 1)) } }, "prior-structure"],
    [
      "a matrix without the structure",
      {
        terms: {
          g: fixed([
            [2, 1, 0],
            [1, 2, 1],
            [0, 1, 2],
          ]),
        },
      },
      "prior-structure",
    ],
  ] as const)("%s on a symmetric term is refused", (_, given, code) => {
    expect(() => refuse({ priors: given })).toThrow(expect.objectContaining({ code }));
  });

  it("the collapsed scheme is refused by name", () => {
    expect(() => refuse({ scheme: "collapsed" })).toThrow(expect.objectContaining({ code: "scheme-cannot" }));
  });

  it("a fixed symmetric matrix and fixed sigmas stay where they are", () => {
    const matrix = [[2, 1, 1], [1, 2, 1], [1, 1, 2]]; // biome-ignore format: a matrix
    const { draws } = gibbsSync(model, {
      chains: 1,
      draws: 3,
      warmup: 0,
      seed: 1,
      priors: { sigma: fixed(2), terms: { g: fixed(matrix) } },
    });
    for (const value of draws.get("sd_g__cs")) expect(value).toBeCloseTo(Math.sqrt(2), 12);
    for (const value of draws.get("cor_g__cs")) expect(value).toBeCloseTo(0.5, 12);
    for (const name of ["sigma_u", "sigma_v"]) expect(new Set(draws.get(name))).toEqual(new Set([2]));
  });
});
