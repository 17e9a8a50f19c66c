import { describe, expect, it } from "vitest";
import { jointDraw } from "../../src/gibbs/blocked.ts";
import {
  drawCovariance,
  drawEffects,
  drawFixedEffects,
  drawSigma,
  workspace,
} from "../../src/gibbs/conditionals.ts";
import { noncentredMove } from "../../src/gibbs/noncentred.ts";
import {
  exponential,
  halfCauchy,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  type SdPrior,
  type TermPrior,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import {
  againstGrid,
  crossedModel,
  invert,
  LIMIT,
  logEffects,
  logLikelihood,
  logSd,
  partsOf,
  prepared,
  record,
} from "./harness.ts";

const model = crossedModel();
// Record: β (2), sds of g (2), sd of h, cor of g, σ, b of g (12), b of h (4).
const AT = { beta: 0, sdG: 2, sdH: 4, corG: 5, sigma: 6, bG: 7, bH: 19 };
const basic: Priors = {
  beta: { x: normal(2, 1.5) },
  sigma: halfT(4, 3),
  terms: { g: huangWand({ scale: [4, 2] }), h: halfT(3, 2) },
};

/** log prior of (τ_1, τ_2, ρ) from textbook densities; Huang–Wand integrates its auxiliaries numerically. */
function logTermDensity(prior: TermPrior, sds: readonly number[], S: readonly (readonly number[])[]): number {
  const k = sds.length;
  const { inverse, logDeterminant } = invert(S);
  // dΣ = 2^k Π τ_i^k dτ dρ.
  const jacobian = k * sds.reduce((sum, tau) => sum + Math.log(tau), 0);
  switch (prior.type) {
    case "inverseWishart": {
      let trace = 0;
      for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) trace += prior.scale[i][j] * inverse[j][i];
      return (-(prior.df + k + 1) / 2) * logDeterminant - trace / 2 + jacobian;
    }
    case "huangWand": {
      // Σ | a ~ IW(ν + k − 1, 2ν diag(1/a)), a_i ~ IG(1/2, 1/A_i²); the a_i separate.
      const nu = prior.df;
      let sum = (-(nu + 2 * k) / 2) * logDeterminant + jacobian;
      for (let i = 0; i < k; i++) {
        const A = typeof prior.scale === "number" ? prior.scale : prior.scale[i];
        let integral = 0;
        // a = rate · e^t: the integrand is then the same narrow bump for every rate.
        const rate = nu * inverse[i][i] + 1 / (A * A);
        const power = -(nu + k - 1) / 2 - 0.5;
        for (let t = -5; t < 10; t += 0.1) integral += Math.exp(power * t - Math.exp(-t));
        sum += Math.log(integral) + power * Math.log(rate);
      }
      return sum;
    }
    case "lkj": {
      const each = Array.isArray(prior.sds) ? prior.sds : sds.map(() => prior.sds);
      const logR = logDeterminant - 2 * sds.reduce((sum, tau) => sum + Math.log(tau), 0);
      return (prior.eta - 1) * logR + sds.reduce((sum, tau, i) => sum + logSd(each[i] as SdPrior, tau), 0);
    }
    case "fixed":
      return 0;
    default:
      return sds.reduce((sum, tau) => sum + logSd(prior, tau), 0);
  }
}

describe("the full conditional of β", () => {
  it("is the normal that the rows and its priors imply, one coefficient flat and one normal", () => {
    const { setup: made, state, stream } = prepared(model, basic, 1);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      [
        { at: AT.beta, scale: "identity" },
        { at: AT.beta + 1, scale: "identity" },
      ],
      () => drawFixedEffects(made, state, stream, work),
      (draw) => logLikelihood(model, partsOf(model, draw)) - 0.5 * ((draw[1] - 2) / 1.5) ** 2,
      250,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });
});

describe("the full conditional of b", () => {
  it.each([
    ["a level of a term with two columns", AT.bG, 2, 0, 0],
    ["a level of a crossed intercept", AT.bH + 1, 1, 1, 1],
  ])("is right for %s given all other effects", (_, at, columns, term, factor) => {
    const { setup: made, state, stream } = prepared(model, basic, 2);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      Array.from({ length: columns }, (_, c) => ({ at: at + c, scale: "identity" as const })),
      () => drawEffects(made, state, factor, stream, work),
      (draw) => {
        const parts = partsOf(model, draw);
        return logLikelihood(model, parts) + logEffects(model, parts, term);
      },
      columns === 2 ? 200 : 2000,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });
});

describe("the full conditional of Σ", () => {
  // Draws through auxiliaries or slices form a chain; `thin` is enough for its autocorrelation to vanish.
  it.each<[string, TermPrior, number]>([
    ["inverse-Wishart", inverseWishart(4, [[6, 1], [1, 2]]), 1], // biome-ignore format: a matrix
    ["Huang–Wand", huangWand({ df: 2, scale: [4, 2] }), 8],
    ["half-t SDs with uniform correlation", halfT(3, 2), 8],
    ["LKJ(2) with exponential and half-normal SDs", lkj(2, [exponential(0.4), halfNormal(3)]), 8],
  ])("with an %s prior is right for two columns", (_, prior, thin) => {
    const { setup: made, state, stream } = prepared(model, { terms: { g: prior } }, 3);
    const work = workspace(made);
    const distances = againstGrid(
      { made, state },
      [
        { at: AT.sdG, scale: "positive" },
        { at: AT.sdG + 1, scale: "positive" },
        { at: AT.corG, scale: "atanh" },
      ],
      () => {
        for (let i = 0; i < thin; i++) drawCovariance(made, state, 0, stream, work);
      },
      (draw) => {
        const parts = partsOf(model, draw);
        return logEffects(model, parts, 0) + logTermDensity(prior, parts.sds[0], parts.covariances[0]);
      },
      40,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });

  it.each<[string, TermPrior, number]>([
    ["inverse-gamma", inverseGamma(2, 3), 1],
    ["half-t", halfT(3, 2), 6],
    ["half-Cauchy", halfCauchy(1), 6],
    ["half-normal", halfNormal(1.5), 6],
    ["exponential", exponential(0.7), 6],
    ["flat", uniformSd(), 6],
    ["Huang–Wand", huangWand({ scale: 2 }), 6],
    ["inverse-Wishart", inverseWishart(3, [[2]]), 1],
  ])("with an %s prior is right for one column", (_, prior, thin) => {
    const { setup: made, state, stream } = prepared(model, { terms: { h: prior } }, 4);
    const work = workspace(made);
    const [distance] = againstGrid(
      { made, state },
      [{ at: AT.sdH, scale: "log" }],
      () => {
        for (let i = 0; i < thin; i++) drawCovariance(made, state, 1, stream, work);
      },
      (draw) => {
        const parts = partsOf(model, draw);
        return logEffects(model, parts, 1) + logTermDensity(prior, parts.sds[1], parts.covariances[1]);
      },
      2000,
    );
    expect(distance).toBeLessThan(LIMIT);
  });
});

describe("the full conditional of σ", () => {
  it.each<[string, SdPrior, number]>([
    ["inverse-gamma", inverseGamma(2, 30), 1],
    ["half-t", halfT(3, 2), 4],
    ["half-normal", halfNormal(2), 6],
    ["exponential", exponential(0.5), 6],
    ["flat", uniformSd(), 6],
  ])("with an %s prior is right, weights included", (_, prior, thin) => {
    const { setup: made, state, stream } = prepared(model, { sigma: prior }, 5);
    const work = workspace(made);
    const [distance] = againstGrid(
      { made, state },
      [{ at: AT.sigma, scale: "log" }],
      () => {
        for (let i = 0; i < thin; i++) drawSigma(made, state, stream, work);
      },
      (draw) => {
        const parts = partsOf(model, draw);
        return logLikelihood(model, parts) + logSd(prior, parts.sigma);
      },
      2000,
    );
    expect(distance).toBeLessThan(LIMIT);
  });
});

describe("the joint draw of (β, b)", () => {
  it("has the mean and covariance of the dense normal that the rows imply", () => {
    const { setup: made, state, stream } = prepared(model, basic, 6);
    const joint = jointDraw(made);
    const sizes = [2, 12, 4];
    const d = sizes.reduce((a, b) => a + b, 0);
    const positions = [
      ...[0, 1],
      ...Array.from({ length: 12 }, (_, i) => AT.bG + i),
      ...Array.from({ length: 4 }, (_, i) => AT.bH + i),
    ];
    const parts = partsOf(model, record(made, state));
    // Precision and linear term of (β, b_g, b_h), row by row.
    const precision = Array.from({ length: d }, () => new Array<number>(d).fill(0));
    const linear = new Array<number>(d).fill(0);
    for (let i = 0; i < model.n; i++) {
      const row = new Array<number>(d).fill(0);
      row[0] = 1;
      row[1] = model.fixed.values[model.n + i];
      const [g, h] = model.random;
      row[2 + 2 * g.codes[i]] = 1;
      row[3 + 2 * g.codes[i]] = g.z[model.n + i];
      row[14 + h.codes[i]] = 1;
      const w = (model.weights as Float64Array)[i] / parts.sigma ** 2;
      for (let a = 0; a < d; a++) {
        linear[a] += w * row[a] * model.response.values[i];
        for (let b = 0; b < d; b++) precision[a][b] += w * row[a] * row[b];
      }
    }
    const G = invert(parts.covariances[0]).inverse;
    for (let level = 0; level < 6; level++) {
      for (let a = 0; a < 2; a++)
        for (let b = 0; b < 2; b++) precision[2 + 2 * level + a][2 + 2 * level + b] += G[a][b];
    }
    for (let level = 0; level < 4; level++)
      precision[14 + level][14 + level] += 1 / parts.covariances[1][0][0];
    precision[1][1] += 1 / 1.5 ** 2;
    linear[1] += 2 / 1.5 ** 2;
    const covariance = invert(precision).inverse;
    const mean = covariance.map((row) => row.reduce((sum, value, j) => sum + value * linear[j], 0));

    const sum = new Float64Array(d);
    const products = new Float64Array(d * d);
    const draws = 20000;
    for (let r = 0; r < draws; r++) {
      joint(state, stream);
      const now = record(made, state);
      const centred = positions.map((at, a) => now[at] - mean[a]);
      centred.forEach((value, a) => {
        sum[a] += value;
        centred.forEach((other, b) => {
          products[a + b * d] += value * other;
        });
      });
    }
    // z-scores of 18 means and 171 second moments: 4.5 is beyond Bonferroni 1e-3 for 189 of them.
    for (let a = 0; a < d; a++) {
      expect(Math.abs(sum[a] / Math.sqrt(draws * covariance[a][a]))).toBeLessThan(4.5);
      for (let b = 0; b <= a; b++) {
        const sd = Math.sqrt((covariance[a][a] * covariance[b][b] + covariance[a][b] ** 2) * draws);
        expect(Math.abs((products[a + b * d] - draws * covariance[a][b]) / sd)).toBeLessThan(4.5);
      }
    }
  });
});

describe("the non-centred move", () => {
  it.each<[string, TermPrior]>([
    ["Huang–Wand", huangWand({ df: 2, scale: [4, 2] })],
    ["inverse-Wishart", inverseWishart(4, [[6, 1], [1, 2]])], // biome-ignore format: a matrix
    ["LKJ(2) with half-t SDs", lkj(2, halfT(3, 2))],
  ])("leaves p(Σ | η, σ, y) invariant with β integrated out, with an %s prior", (_, prior) => {
    const {
      setup: made,
      state,
      stream,
    } = prepared(model, { beta: { x: normal(2, 1.5) }, terms: { g: prior } }, 7);
    const move = noncentredMove(made);
    const eta = Float64Array.from({ length: made.effects }, () => stream.normal());
    const { n } = model;
    const [g, h] = model.random;
    const parts = partsOf(model, record(made, state));
    const X = Array.from({ length: n }, (_, i) => [1, model.fixed.values[n + i]]);
    const weights = (model.weights as Float64Array).map((w) => w / parts.sigma ** 2);
    const y = model.response.values.map((value, i) => value - parts.b[1][h.codes[i]]);
    // −½ min over β of the penalised residual sum of squares; |X′WX + P| does not depend on Λ.
    const profile = (residual: Float64Array): number => {
      const M = [[0, 0], [0, 1 / 1.5 ** 2]]; // biome-ignore format: a matrix
      const v = [0, 2 / 1.5 ** 2];
      let squares = 4 / 1.5 ** 2;
      for (let i = 0; i < n; i++) {
        squares += weights[i] * residual[i] ** 2;
        for (let a = 0; a < 2; a++) {
          v[a] += weights[i] * X[i][a] * residual[i];
          for (let b = 0; b < 2; b++) M[a][b] += weights[i] * X[i][a] * X[i][b];
        }
      }
      const inverse = invert(M).inverse;
      const fitted = v.reduce((sum, va, a) => sum + va * (inverse[a][0] * v[0] + inverse[a][1] * v[1]), 0);
      return -0.5 * (squares - fitted);
    };
    // The working scale of Λ's columns: η is defined by b = Λη in working units, which only rescales rows.
    const distances = againstGrid(
      { made, state },
      [
        { at: AT.sdG, scale: "positive" },
        { at: AT.sdG + 1, scale: "positive" },
        { at: AT.corG, scale: "atanh" },
      ],
      () => {
        for (let i = 0; i < 8; i++) move(state, eta, 0, stream);
      },
      (draw) => {
        const { sds, covariances } = partsOf(model, draw);
        const rho = covariances[0][0][1] / (sds[0][0] * sds[0][1]);
        const L = [sds[0][0], sds[0][1] * rho, sds[0][1] * Math.sqrt(1 - rho * rho)];
        const residual = y.map((value, i) => {
          const [e0, e1] = [eta[2 * g.codes[i]], eta[2 * g.codes[i] + 1]];
          return value - L[0] * e0 - g.z[n + i] * (L[1] * e0 + L[2] * e1);
        });
        return profile(residual) + logTermDensity(prior, sds[0], covariances[0]);
      },
      40,
    );
    for (const distance of distances) expect(distance).toBeLessThan(LIMIT);
  });
});
