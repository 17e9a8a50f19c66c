import { describe, expect, it } from "vitest";
import type { Division } from "../../src/gibbs/crossed/plan.ts";
import { normal, type Priors } from "../../src/gibbs/priors.ts";
import type { Setup, State } from "../../src/gibbs/state.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import type { RandomStream } from "../../src/random/stream.ts";
import { balanced, distinct, movesOf, workingRows } from "./crossedDesigns.ts";
import { invert, prepared } from "./harness.ts";

/**
 * log N of the response given the effects of the factors not in `out`, with those in `out` integrated out, and β
 * too where `beta` is left out; dense n × n algebra in working units.
 */
function denseLog(
  model: LinearMixedModel,
  made: Setup,
  state: State,
  out: readonly number[],
  beta?: Float64Array,
): number {
  const { cross, priors, starts } = made;
  const { p } = cross;
  const { Q, y, z, weight } = workingRows(model, made);
  const sigma = cross.factors.map(({ k }, f) => {
    const S = Array.from({ length: k }, () => new Array<number>(k).fill(0));
    cross.places.forEach(({ factor, offset, k: own }, t) => {
      if (factor !== f) return;
      const L = state.lambda[t];
      for (let i = 0; i < own; i++)
        for (let j = 0; j < own; j++)
          for (let c = 0; c < own; c++) S[offset + i][offset + j] += L[i + c * own] * L[j + c * own];
    });
    return S;
  });
  const residual = y.map((value, i) => {
    let rest = value;
    z.forEach((rows, f) => {
      if (out.includes(f)) return;
      const { level, columns } = rows[i];
      columns.forEach((column, c) => {
        rest -= column * state.b[starts[f] + level * columns.length + c];
      });
    });
    if (beta !== undefined) for (let c = 0; c < p; c++) rest -= Q[i][c] * beta[c];
    return rest;
  });
  const V = y.map((_, i) =>
    y.map((__, j) => {
      let value = i === j ? (state.sigma * state.sigma) / weight[i] : 0;
      for (const f of out) {
        const [a, b] = [z[f][i], z[f][j]];
        if (a.level !== b.level) continue;
        a.columns.forEach((left, c) => {
          b.columns.forEach((right, d) => {
            value += left * sigma[f][c][d] * right;
          });
        });
      }
      return value;
    }),
  );
  const { inverse, logDeterminant } = invert(V);
  let squares = 0;
  residual.forEach((a, i) => {
    residual.forEach((b, j) => {
      squares += a * inverse[i][j] * b;
    });
  });
  if (beta !== undefined) return -0.5 * (logDeterminant + squares);
  const M = Array.from({ length: p }, (_, a) =>
    Array.from({ length: p }, (__, b) => {
      let value = priors.betaPrecision === null ? 0 : priors.betaPrecision[a + b * p];
      Q.forEach((left, i) => {
        Q.forEach((right, j) => {
          value += left[a] * inverse[i][j] * right[b];
        });
      });
      return value;
    }),
  );
  const v = Array.from({ length: p }, (_, a) => {
    let value = priors.betaShift[a];
    Q.forEach((left, i) => {
      residual.forEach((b, j) => {
        value += left[a] * inverse[i][j] * b;
      });
    });
    return value;
  });
  const solved = invert(M);
  const fitted = v.reduce((s, a, i) => s + v.reduce((t, b, j) => t + a * solved.inverse[i][j] * b, 0), 0);
  return -0.5 * (logDeterminant + solved.logDeterminant + squares - fitted);
}

/** Largest minus smallest difference of two log densities over random Λ. */
function spread(
  state: State,
  stream: RandomStream,
  terms: readonly number[],
  ours: () => number,
  dense: () => number,
): number {
  const differences: number[] = [];
  for (let trial = 0; trial < 6; trial++) {
    for (const t of terms) {
      const L = state.lambda[t];
      const k = Math.round(Math.sqrt(L.length));
      for (let j = 0; j < k; j++)
        for (let i = j; i < k; i++)
          L[i + j * k] = i === j ? Math.exp(0.7 * stream.normal()) : stream.normal();
    }
    differences.push(ours() - dense());
  }
  return Math.max(...differences) - Math.min(...differences);
}

const beta: Priors = { beta: { x: normal(2, 1.5) } };
// Factors by number of levels: g, h, u.
describe("the variances of a block", () => {
  it.each<[string, string, object[], boolean, readonly Division[], Priors]>([
    [
      "one column, counts for patterns",
      "y ~ x + (1 | g) + (1 | h) + (1 | u)",
      distinct,
      false,
      [
        { factor: 0, core: [2] },
        { factor: 1, core: [] },
      ],
      beta,
    ],
    [
      "two columns, all patterns distinct",
      "y ~ x + (x | g) + (x | h) + (1 | u)",
      distinct,
      true,
      [
        { factor: 0, core: [] },
        { factor: 1, core: [2] },
      ],
      beta,
    ],
    [
      "two columns, patterns shared",
      "y ~ x + (x | g) + (x | h) + (1 | u)",
      balanced,
      false,
      [
        { factor: 0, core: [2] },
        { factor: 1, core: [] },
      ],
      beta,
    ],
    [
      "everything in one block, slopes in the core",
      "y ~ x + (1 | g) + (x | h) + (x | u)",
      distinct,
      true,
      [{ factor: 0, core: [1, 2] }],
      beta,
    ],
    [
      "terms that share a factor, flat coefficients",
      "y ~ x + (x || g) + (1 | h) + (x | u)",
      distinct,
      true,
      [
        { factor: 0, core: [2] },
        { factor: 1, core: [] },
      ],
      {},
    ],
    [
      "three columns",
      "y ~ x + (x + w | g) + (1 | h) + (1 | u)",
      balanced,
      false,
      [
        { factor: 0, core: [1] },
        { factor: 2, core: [] },
      ],
      {},
    ],
    [
      "four columns in two terms",
      "y ~ x + (x | g) + (0 + v + w | g) + (1 | h) + (1 | u)",
      balanced,
      false,
      [
        { factor: 0, core: [2] },
        { factor: 1, core: [] },
      ],
      {},
    ],
  ])("have the densities of the dense normal: %s", (_, formula, rows, weighted, divisions, priors) => {
    const model = lmm(formula, rows, weighted ? { weights: "w" } : {});
    const { setup: made, state, stream } = prepared(model, priors, 3);
    const moves = movesOf(made, state, divisions);
    divisions.forEach(({ factor, core }, d) => {
      const block = [factor, ...core];
      const termsOf = (factors: readonly number[]): number[] =>
        made.cross.places.flatMap((place, t) => (factors.includes(place.factor) ? [t] : []));
      moves[d].reduce(state);
      // Step 3 holds Λ of the big factor, as `reduce` saw it.
      const marginal = spread(
        state,
        stream,
        termsOf(core),
        () => moves[d].logCore(state),
        () => denseLog(model, made, state, block),
      );
      expect(marginal).toBeLessThan(1e-9);
      const c = new Float64Array(made.cross.p + core.reduce((sum, h) => sum + levelsOf(made, h), 0));
      stream.normalsInto(c);
      let at = made.cross.p;
      for (const h of core) {
        state.b.set(c.subarray(at, at + levelsOf(made, h)), made.starts[h]);
        at += levelsOf(made, h);
      }
      moves[d].reduce(state);
      moves[d].condition(c);
      const conditional = spread(
        state,
        stream,
        termsOf([factor]),
        () => moves[d].logLevels(state),
        () => denseLog(model, made, state, [factor], c.subarray(0, made.cross.p)),
      );
      expect(conditional).toBeLessThan(1e-9);
      for (const { publish } of moves) publish();
    });
  });
});

/** Effects of factor h. */
function levelsOf({ cross }: Setup, h: number): number {
  return cross.factors[h].levels * cross.factors[h].k;
}
