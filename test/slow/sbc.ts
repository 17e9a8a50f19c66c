/**
 * Simulation-based calibration (Talts et al. 2018): draw parameters from the prior and data from the model; the
 * ranks of the parameters among posterior draws are then uniform, if and only if sampler and model agree.
 */

import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Priors, SdPrior, TermPrior } from "../../src/gibbs/priors.ts";
import { choleskyInto } from "../../src/linalg/cholesky.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { inverseWishartFactorInto, wishartScratch } from "../../src/random/distributions.ts";
import { RandomStream } from "../../src/random/stream.ts";

/** A design: its formula, its priors, and rows without a response. */
export interface Design {
  readonly name: string;
  readonly formula: string;
  readonly rows: readonly { readonly x: number; readonly g: string; readonly h: string }[];
  readonly options?: LmmOptions;
}

/** Eight groups of nine rows, three kinds f of row in each, in two strata s. */
export function structured(formula: string, options: LmmOptions = {}): Design {
  const stream = new RandomStream(79, 0);
  const rows = Array.from({ length: 72 }, (_, i) => ({
    x: stream.normal(),
    g: `g${i % 8}`,
    h: "",
    f: "pqr"[Math.floor(i / 8) % 3],
    s: i % 5 < 2 ? "u" : "v",
  }));
  const by = options.sigmaBy === undefined ? "" : `, sigma by ${options.sigmaBy}`;
  return { name: `one factor, ${formula}${by}`, formula, rows, options };
}

/** One factor of 8 groups with 5 rows each, x standard normal. */
export function oneFactor(formula: string, options: LmmOptions = {}): Design {
  const stream = new RandomStream(77, 0);
  const rows = Array.from({ length: 40 }, (_, i) => ({ x: stream.normal(), g: `g${i % 8}`, h: "" }));
  return { name: `one factor, ${formula}`, formula, rows, options };
}

/** 12 groups of 8 rows. */
export function threeColumns(formula: string): Design {
  const stream = new RandomStream(76, 0);
  const rows = Array.from({ length: 96 }, (_, i) => ({ x: stream.normal(), g: `g${i % 12}`, h: "" }));
  return { name: `one factor, ${formula}`, formula, rows };
}

/** Two crossed factors of 9 and 5 levels, 60 rows, unbalanced. */
export function crossed(formula: string): Design {
  const stream = new RandomStream(78, 0);
  const rows = Array.from({ length: 60 }, (_, i) => ({
    x: stream.normal(),
    g: `g${(i * 7 + (i >> 3)) % 9}`,
    h: `h${Math.floor(5 * stream.uniform())}`,
  }));
  return { name: `two crossed factors, ${formula}`, formula, rows };
}

/** Eight groups of three subgroups with three rows each. */
export function nestedFactors(formula: string): Design {
  const stream = new RandomStream(79, 0);
  const rows = Array.from({ length: 72 }, (_, i) => ({
    x: stream.normal(),
    g: `g${Math.floor(i / 9)}`,
    h: `h${Math.floor(i / 3) % 3}`,
  }));
  return { name: `nested factors, ${formula}`, formula, rows };
}

/** Ranks 0 … draws of each watched variable, one per simulation. */
export interface Ranks {
  readonly variables: readonly string[];
  readonly ranks: readonly (readonly number[])[];
  readonly draws: number;
}

/**
 * Runs `simulations` replications. β is flat: its truth is fixed, which is valid because the posterior of
 * β − truth does not depend on the truth.
 *
 * @param thin - iterations between two of the 99 draws that a rank is taken among
 */
export function ranksOf(
  design: Design,
  priors: Required<Pick<Priors, "sigma" | "terms">>,
  scheme: "collapsed" | "crossed" | "blocked" | "full-conditionals",
  simulations: number,
  thin: number,
  seed: number,
): Ranks {
  const draws = 99;
  const beta = [1, 0.5];
  let variables: readonly string[] = [];
  const ranks: number[][] = [];
  for (let s = 0; s < simulations; s++) {
    const stream = new RandomStream((seed + 2654435761 * s) >>> 0, 0);
    const y = design.rows.map(({ x }) => beta[0] + beta[1] * x);
    // The shape of the random terms comes from a model of the same rows with any response.
    const shape = lmm(
      design.formula,
      design.rows.map((row, i) => ({ ...row, y: i % 7 })),
      design.options,
    );
    const names = shape.strata === null ? ["sigma"] : shape.strata.levels.map((level) => `sigma_${level}`);
    const sigmas = names.map(() => drawSd(priors.sigma as SdPrior, stream));
    const truth = new Map<string, number>([
      ["b_Intercept", beta[0]],
      ["b_x", beta[1]],
      ...names.map((name, c): [string, number] => [name, sigmas[c]]),
    ]);
    for (const [t, { name, group, levels, columns, codes, z, structure }] of shape.random.entries()) {
      const own = shape.student?.effects[t];
      const df = own == null ? undefined : (own.df ?? drawDf(stream));
      if (own?.df === null) truth.set(`df_${name}`, df as number);
      const k = columns.length;
      const symmetric = structure === "cs";
      const L = symmetric
        ? drawSymmetric(priors.terms[name], k, stream)
        : drawLambda(priors.terms[name], k, stream);
      const short = columns.map((column) => (column === "(Intercept)" ? "Intercept" : column));
      const norm = (i: number): number =>
        Math.hypot(...Array.from({ length: i + 1 }, (_, c) => L[i + c * k]));
      if (symmetric) {
        truth.set(`sd_${group}__cs`, L[0]);
        truth.set(`cor_${group}__cs`, L[1] / L[0]);
      }
      for (let i = 0; i < k && !symmetric; i++) {
        truth.set(`sd_${group}__${short[i]}`, norm(i));
        for (let j = 0; j < i; j++) {
          let product = 0;
          for (let c = 0; c <= j; c++) product += L[i + c * k] * L[j + c * k];
          truth.set(`cor_${group}__${short[j]}__${short[i]}`, product / (norm(i) * norm(j)));
        }
      }
      const b = levels.map((level, l) => {
        const spread = df === undefined ? 1 : Math.sqrt(df / stream.chiSquare(df));
        const u = columns.map(() => spread * stream.normal());
        const effect = columns.map((_, i) =>
          u.reduce((sum, value, c) => sum + (c <= i ? L[i + c * k] * value : 0), 0),
        );
        if (l === 0) for (let i = 0; i < k; i++) truth.set(`r_${group}[${level},${short[i]}]`, effect[i]);
        return effect;
      });
      for (let i = 0; i < y.length; i++)
        for (let c = 0; c < k; c++) y[i] += z[c * y.length + i] * b[codes[i]][c];
    }
    const residuals = shape.student?.residuals;
    const nu = residuals == null ? undefined : (residuals.df ?? drawDf(stream));
    if (residuals?.df === null) truth.set("nu", nu as number);
    for (let i = 0; i < y.length; i++) {
      const spread = nu === undefined ? 1 : Math.sqrt(nu / stream.chiSquare(nu));
      y[i] += spread * sigmas[shape.strata?.codes[i] ?? 0] * stream.normal();
    }
    const model = lmm(
      design.formula,
      design.rows.map((row, i) => ({ ...row, y: y[i] })),
      design.options,
    );
    const posterior = gibbsSync(model, {
      scheme,
      chains: 1,
      draws,
      thin,
      priors,
      seed: (seed ^ (s * 40503)) >>> 0,
    });
    variables = [...truth.keys()];
    ranks.push(
      variables.map((name) => {
        const value = truth.get(name)!;
        return posterior.draws.get(name).reduce((count, draw) => count + (draw < value ? 1 : 0), 0);
      }),
    );
  }
  return { variables, ranks: variables.map((_, v) => ranks.map((row) => row[v])), draws };
}

/** χ² of the ranks in 20 bins against uniformity, 19 degrees of freedom. */
export function chiSquareOfRanks(ranks: readonly number[], draws: number): number {
  const bins = new Float64Array(20);
  for (const rank of ranks) bins[Math.floor((rank * 20) / (draws + 1))]++;
  const expected = ranks.length / 20;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** ν ~ Gamma(2, 0.1) cut at 1, as the sum of two exponentials. */
function drawDf(stream: RandomStream): number {
  for (;;) {
    const df = stream.gamma(1, 0.1) + stream.gamma(1, 0.1);
    if (df >= 1) return df;
  }
}

function drawSd(prior: SdPrior, stream: RandomStream): number {
  switch (prior.type) {
    case "halfT":
      return (prior.scale * Math.abs(stream.normal())) / Math.sqrt(stream.chiSquare(prior.df) / prior.df);
    case "halfNormal":
      return prior.scale * Math.abs(stream.normal());
    case "exponential":
      return stream.gamma(1, prior.rate);
    case "inverseGamma":
      return Math.sqrt(stream.inverseGamma(prior.shape, prior.scale));
    case "uniformSd":
      throw new Error("improper");
  }
}

/** Cholesky factor of τ²[(1 − ρ)I + ρ11′], ρ uniform on (−1/(k − 1), 1). */
function drawSymmetric(prior: TermPrior, k: number, stream: RandomStream): Float64Array {
  const tau = drawSd(prior as SdPrior, stream);
  const rho = -1 / (k - 1) + (1 + 1 / (k - 1)) * stream.uniform();
  const L = new Float64Array(k * k);
  for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i + j * k] = tau * tau * (i === j ? 1 : rho);
  choleskyInto(L, k);
  return L;
}

/** Λ with ΛΛ′ from the prior, by the definitions in docs/priors.md. */
function drawLambda(prior: TermPrior, k: number, stream: RandomStream): Float64Array {
  const L = new Float64Array(k * k);
  const wishart = (df: number, S: Float64Array): Float64Array => {
    inverseWishartFactorInto(L, stream, df, S, k, wishartScratch(k));
    return L;
  };
  if (prior.type === "inverseWishart") return wishart(prior.df, Float64Array.from(prior.scale.flat()));
  if (prior.type === "huangWand") {
    const S = new Float64Array(k * k);
    for (let i = 0; i < k; i++) {
      const A = typeof prior.scale === "number" ? prior.scale : prior.scale[i];
      S[i + i * k] = (2 * prior.df) / stream.inverseGamma(0.5, 1 / (A * A));
    }
    return wishart(prior.df + k - 1, S);
  }
  if (prior.type === "fixed") throw new Error("nothing to calibrate");
  const eta = prior.type === "lkj" ? prior.eta : 1;
  for (let i = 0; i < k; i++) {
    const own = prior.type === "lkj" ? (Array.isArray(prior.sds) ? prior.sds[i] : prior.sds) : prior;
    const tau = drawSd(own as SdPrior, stream);
    let rest = 1;
    for (let j = 0; j < i; j++) {
      // z_ij ~ 2 Beta(a, a) − 1, a = η + (k − j − 2)/2 with j from 0.
      const a = eta + (k - j - 2) / 2;
      const one = stream.gamma(a, 1);
      const z = 2 * (one / (one + stream.gamma(a, 1))) - 1;
      L[i + j * k] = tau * z * Math.sqrt(rest);
      rest *= 1 - z * z;
    }
    L[i + i * k] = tau * Math.sqrt(rest);
  }
  return L;
}
