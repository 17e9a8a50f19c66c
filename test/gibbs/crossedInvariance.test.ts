import { describe, expect, it } from "vitest";
import { coordinateCount, coordinatesFromLambdaInto } from "../../src/gibbs/coordinates.ts";
import { type Block, blocksOf } from "../../src/gibbs/crossed/blocks.ts";
import { widthStarts } from "../../src/gibbs/crossed/move.ts";
import type { Division } from "../../src/gibbs/crossed/plan.ts";
import { preparedOn } from "../../src/gibbs/crossed.ts";
import { type Setup, type State, savedState, setup } from "../../src/gibbs/state.ts";
import type { WorkingPriors, WorkingTermPrior } from "../../src/gibbs/workingPriors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { inverseWishartFactorInto, wishartScratch } from "../../src/random/distributions.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { simulated, workingRows } from "./crossedDesigns.ts";

/** Λ from its prior, in working units: half-normal SDs with LKJ, or inverse-Wishart. */
function priorLambda(prior: WorkingTermPrior, k: number, stream: RandomStream): Float64Array {
  const L = new Float64Array(k * k);
  if (prior.kind === "inverseWishart") {
    inverseWishartFactorInto(L, stream, prior.df, prior.scale, k, wishartScratch(k));
    return L;
  }
  if (prior.kind !== "sds") throw new Error("not drawn here");
  for (let i = 0; i < k; i++) {
    const sd = prior.sds[i];
    const tau =
      sd.type === "halfNormal" ? sd.scale * Math.abs(stream.normal()) : -Math.log(1 - stream.uniform());
    let rest = 1;
    for (let j = 0; j < i; j++) {
      const a = prior.eta + (k - j - 2) / 2;
      const one = stream.gamma(a, 1);
      const z = 2 * (one / (one + stream.gamma(a, 1))) - 1;
      L[i + j * k] = tau * z * Math.sqrt(rest);
      rest *= 1 - z * z;
    }
    L[i + i * k] = tau * Math.sqrt(rest);
  }
  return L;
}

/** Log of its SDs, atanh of its canonical partial correlations, and log of the sum of squared effects. */
function statisticsOf(made: Setup, state: State, yy: number, qy: number): number[] {
  const out = [
    Math.log(state.sigma),
    ...state.beta,
    Math.log(state.sigma) * Math.log(yy),
    state.beta[0] * qy,
  ];
  const scales: number[] = [];
  made.cross.places.forEach(({ factor, offset, k }, t) => {
    const x = new Float64Array(coordinateCount(k));
    coordinatesFromLambdaInto(x, state.lambda[t], k);
    const { levels, k: size } = made.cross.factors[factor];
    let squares = 0;
    for (let j = 0; j < levels; j++)
      for (let i = 0; i < k; i++) squares += state.b[made.starts[factor] + j * size + offset + i] ** 2;
    scales.push(x[0]);
    out.push(...x, x[0] * Math.log(squares), x[0] * Math.log(state.sigma), x[0] * Math.log(yy));
  });
  for (let t = 1; t < scales.length; t++) out.push(scales[t] * scales[t - 1]);
  return out;
}

describe("an iteration", () => {
  const half = { type: "halfNormal" as const, scale: 1 };
  const rows = simulated(24, false).map((row, i) => ({
    ...row,
    g: `g${i % 5}`,
    h: `h${(i * 3 + (i >> 2)) % 4}`,
    u: `u${(i % 5) % 2}`,
  }));
  it.each<[string, boolean, string, readonly Division[], readonly WorkingTermPrior[]]>([
    [
      "a merged core factor beside a crossed one",
      false,
      "y ~ x + (1 | g) + (1 | h) + (1 | u)",
      [
        { factor: 0, core: [2] },
        { factor: 1, core: [] },
      ],
      [1, 2, 3].map(() => ({ kind: "sds", eta: 1, sds: [half] })),
    ],
    [
      "slopes in two factors and in the core",
      false,
      "y ~ x + (x | g) + (x | h) + (0 + x | u)",
      [
        { factor: 0, core: [] },
        { factor: 1, core: [2] },
      ],
      [
        { kind: "sds", eta: 2, sds: [half, half] },
        { kind: "inverseWishart", df: 7, scale: Float64Array.of(4, 1, 1, 3) },
        { kind: "sds", eta: 1, sds: [{ type: "exponential", rate: 1 }] },
      ],
    ],
    [
      "slopes in an outer factor beside a dense one",
      false,
      "y ~ x + (x | g) + (1 | h) + (x | u)",
      [{ factor: 0, core: [1, 2] }],
      [
        { kind: "sds", eta: 2, sds: [half, half] },
        { kind: "sds", eta: 1, sds: [half] },
        { kind: "inverseWishart", df: 7, scale: Float64Array.of(4, 1, 1, 3) },
      ],
    ],
    [
      "three columns",
      false,
      "y ~ x + (x + w | g) + (1 | h)",
      [
        { factor: 0, core: [] },
        { factor: 1, core: [] },
      ],
      [
        { kind: "sds", eta: 2, sds: [half, half, half] },
        { kind: "sds", eta: 1, sds: [half] },
      ],
    ],
    [
      "three columns in two terms, interwoven",
      true,
      "y ~ x + (x | g) + (0 + w | g) + (1 | h)",
      [
        { factor: 0, core: [] },
        { factor: 1, core: [] },
      ],
      [
        { kind: "inverseWishart", df: 7, scale: Float64Array.of(4, 1, 1, 3) },
        { kind: "sds", eta: 1, sds: [half] },
        { kind: "sds", eta: 1, sds: [half] },
      ],
    ],
  ])(
    "leaves the joint law of parameters and data as it was: %s",
    (_, interwoven, formula, divisions, terms) => {
      const N = 10000;
      const model = lmm(formula, rows, { weights: "w" });
      const priors: WorkingPriors = {
        betaPrecision: Float64Array.of(1, 0, 0, 4),
        betaShift: Float64Array.of(0.5, 0),
        betaConstant: 0.25,
        sigma: half,
        terms,
      };
      const made = setup(model.crossProducts, priors);
      const { cross, starts } = made;
      const { Q, z, weight } = workingRows(model, made);
      const blocks = blocksOf(cross, divisions).map((block) => ({ ...block, interwoven }));
      const { count } = widthStarts(made);
      const stream = new RandomStream(77, 0);
      const scheme = preparedOn(made, blocks, { widths: new Array<number>(count).fill(1.5) });
      const sums: number[] = [];
      const squares: number[] = [];
      for (let replicate = 0; replicate < N; replicate++) {
        const state: State = {
          beta: Float64Array.of(0.5 + stream.normal(), 0.5 * stream.normal()),
          lambda: cross.places.map(({ k }, t) => priorLambda(terms[t], k, stream)),
          sigma: Math.abs(stream.normal()),
          b: new Float64Array(made.effects),
        };
        cross.places.forEach(({ factor, offset, k }, t) => {
          const { levels, k: size } = cross.factors[factor];
          for (let j = 0; j < levels; j++) {
            const u = Float64Array.from({ length: k }, () => stream.normal());
            for (let i = 0; i < k; i++)
              for (let c = 0; c <= i; c++)
                state.b[starts[factor] + j * size + offset + i] += state.lambda[t][i + c * k] * u[c];
          }
        });
        const noise = Q.map((___, i) => (state.sigma * stream.normal()) / Math.sqrt(weight[i]));
        const y = Q.map((row, i) => {
          let value = noise[i] + row[0] * state.beta[0] + row[1] * state.beta[1];
          z.forEach((all, f) => {
            const { level, columns } = all[i];
            columns.forEach((column, c) => {
              value += column * state.b[starts[f] + level * columns.length + c];
            });
          });
          return value;
        });
        respond(blocks, z, Q, weight, y);
        const base = savedState(state);
        const rss = noise.reduce((sum, e, i) => sum + weight[i] * e * e, 0);
        const chain = scheme.start(stream, Float64Array.of(...base, 0, rss));
        const yy = y.reduce((sum, value, i) => sum + weight[i] * value * value, 0);
        const qy = y.reduce((sum, value, i) => sum + weight[i] * value * Q[i][0], 0) / y.length;
        const before = statisticsOf(made, state, yy, qy);
        chain.step();
        chain.step();
        statisticsOf(made, chain.state, yy, qy).forEach((value, s) => {
          const change = value - before[s];
          sums[s] = (sums[s] ?? 0) + change;
          squares[s] = (squares[s] ?? 0) + change * change;
        });
      }
      // About 25 statistics a case, 125 in all: 4.2 is beyond Bonferroni at 1%.
      sums.forEach((sum, s) => {
        expect(Math.abs(sum / Math.sqrt(squares[s])), `statistic ${s}`).toBeLessThan(4.2);
      });
    },
  );
});

/** Puts another response into the blocks. */
function respond(
  blocks: readonly Block[],
  z: readonly (readonly { level: number; columns: readonly number[] }[])[],
  Q: readonly (readonly number[])[],
  weight: readonly number[],
  y: readonly number[],
): void {
  for (const block of blocks) {
    block.zy.fill(0);
    block.ty.fill(0);
    y.forEach((value, i) => {
      Q[i].forEach((q, c) => {
        block.ty[c] += weight[i] * q * value;
      });
      const own = z[block.factor][i];
      own.columns.forEach((column, c) => {
        block.zy[own.level * block.k + c] += weight[i] * column * value;
      });
      block.core.forEach((h, at) => {
        const { level, columns } = z[h][i];
        columns.forEach((column, c) => {
          block.ty[block.first[at] + level * columns.length + c] += weight[i] * column * value;
        });
      });
    });
  }
}
