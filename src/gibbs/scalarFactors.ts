/**
 * β and b integrated out for several grouping factors of one column each: nested designs, small crossed ones.
 *
 * The levels of the largest factor f go one by one, the others form a dense core T = [Z_h λ_h, h ≠ f | Q | ỹ]. With
 * m_j = Z_j′WZ_j of level j, w_j its row of Z_f′WT and weight v_j = λ_f²/(1 + m_j λ_f²),
 *
 *   S = T′WT + diag(I, 0) − Σ_u v_u K_u = U′U,   K_u = Σ_{j in u} w_j′w_j,
 *
 * u running over the different m_j. The K_u are taken once, before scaling by λ: an evaluation costs U m²/2 + m³/6 for
 * m core columns, whatever the number of levels of f.
 *
 * @module
 */

import { choleskyUpperInto } from "../linalg/tiles.ts";
import { ln } from "../stats/special.ts";
import { FEW_PATTERNS, fixedEffectsDraw, type Marginal, reduceInto, type Slot } from "./marginal.ts";
import { patternsOf } from "./oneFactor.ts";
import type { Setup } from "./state.ts";
import { reduced } from "./target.ts";

/** Core columns beyond which sums over patterns and dense factors no longer pay. */
const MOST_CORE = 160;
/** Numbers in all K_u together. */
const MOST_SUMS = 2_000_000;
/** Columns beyond which the factor is taken in tiles. */
const PLAIN = 24;

interface ScalarSlot extends Slot {
  /** U, upper, n × n. */
  readonly S: Float64Array;
  /** √v of each pattern. */
  readonly B: Float64Array;
  /** λ of each factor. */
  readonly scales: Float64Array;
}

/** The marginal of two or more factors with one column each, or undefined where it does not apply. */
export function scalarFactorsMarginal({ cross, priors, starts }: Setup): Marginal<ScalarSlot> | undefined {
  const { factors, places, p, q } = cross;
  if (factors.length < 2 || factors.some(({ k }) => k !== 1) || places.length !== factors.length)
    return undefined;
  const [{ levels, ztx }] = factors;
  const core = factors.slice(1).reduce((sum, factor) => sum + factor.levels, 0);
  const n = core + q;
  if (n > MOST_CORE) return undefined;
  const { count, of, counts, ztz } = patternsOf(factors[0]);
  const size = (n * (n + 1)) / 2;
  if (count * size > MOST_SUMS) return undefined;
  const { totals, sums, rowStart, column, value } = sumsOf({ cross, n, core, of, count });
  // Factor of each core column; the columns of Q and ỹ are not scaled.
  const factorOf = new Int32Array(core);
  for (let f = 1, at = 0; f < factors.length; at += factors[f++].levels)
    factorOf.fill(f, at, at + factors[f].levels);
  const weights = new Float64Array(count);
  const scale = new Float64Array(n).fill(1);
  const beta = fixedEffectsDraw(p, priors.betaPrecision, priors.betaShift);
  const noise = new Float64Array(p + core + levels);
  const effects = new Float64Array(core);
  return {
    light: n <= PLAIN && count <= FEW_PATTERNS,
    slot: () => ({
      data: reduced(p),
      S: new Float64Array(n * n),
      B: new Float64Array(count),
      scales: new Float64Array(factors.length),
    }),
    evaluate({ data, S, B, scales }, lambda) {
      for (let t = 0; t < places.length; t++) scales[places[t].factor] = lambda[t][0];
      const square = scales[0] * scales[0];
      let log = 0;
      for (let u = 0; u < count; u++) {
        const shrink = 1 + ztz[u] * square;
        weights[u] = square / shrink;
        B[u] = Math.sqrt(weights[u]);
        log += counts[u] * ln(shrink);
      }
      for (let c = 0; c < core; c++) scale[c] = scales[factorOf[c]];
      for (let j = 0, at = 0; j < n; j++) {
        for (let i = 0; i <= j; i++, at++) {
          let entry = totals[at];
          for (let u = 0; u < count; u++) entry -= weights[u] * sums[u * size + at];
          S[i + j * n] = entry * (scale[i] * scale[j]);
        }
        if (j < core) S[j + j * n] += 1;
      }
      if (n > PLAIN && choleskyUpperInto(S, n) >= 0) data.pwrss = Number.NaN;
      else data.logZ = log + 2 * reduceInto(data, S, p, n, n - 1, n > PLAIN);
    },
    draw({ data, S, B, scales }, sigma, state, stream) {
      stream.normalsInto(noise);
      for (let i = 0; i < p + core; i++) noise[i] *= sigma;
      beta(state.beta, data, sigma, noise, 0);
      const { b } = state;
      // U [u; β] = r + σz, from below.
      for (let i = core - 1; i >= 0; i--) {
        let left = S[i + (n - 1) * n] + noise[p + i];
        for (let c = 0; c < p; c++) left -= S[i + (core + c) * n] * state.beta[c];
        for (let j = i + 1; j < core; j++) left -= S[i + j * n] * effects[j];
        effects[i] = left / S[i + i * n];
      }
      for (let i = 0; i < core; i++) effects[i] *= scales[factorOf[i]];
      for (let f = 1, at = 0; f < factors.length; f++) {
        for (let level = 0; level < factors[f].levels; level++) b[starts[f] + level] = effects[at++];
      }
      for (let level = 0; level < levels; level++) {
        const W = level * q;
        let left = ztx[W + p];
        for (let c = 0; c < p; c++) left -= ztx[W + c] * state.beta[c];
        for (let e = rowStart[level]; e < rowStart[level + 1]; e++) left -= value[e] * effects[column[e]];
        const root = B[of[level]];
        b[starts[0] + level] = root * (root * left + sigma * noise[p + core + level]);
      }
    },
  };
}

interface Sums {
  /** Upper triangle of T′WT, column by column. */
  readonly totals: Float64Array;
  /** The same of each K_u. */
  readonly sums: Float64Array;
  /** Core columns that a level of f is seen with, and Z_f′WZ_h there. */
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

function sumsOf(input: {
  readonly cross: Setup["cross"];
  readonly n: number;
  readonly core: number;
  readonly of: Int32Array;
  readonly count: number;
}): Sums {
  const { cross, n, core, of, count } = input;
  const { factors, pairs, xtx, q } = cross;
  const size = (n * (n + 1)) / 2;
  const totals = new Float64Array(size);
  const add = (to: Float64Array, base: number, i: number, j: number, value: number): void => {
    const [low, high] = i < j ? [i, j] : [j, i];
    to[base + (high * (high + 1)) / 2 + low] += value;
  };
  const first = new Int32Array(factors.length);
  for (let f = 2; f < factors.length; f++) first[f] = first[f - 1] + factors[f - 1].levels;
  for (let f = 1; f < factors.length; f++) {
    const { levels, ztz, ztx } = factors[f];
    for (let level = 0; level < levels; level++) {
      add(totals, 0, first[f] + level, first[f] + level, ztz[level]);
      for (let c = 0; c < q; c++) add(totals, 0, first[f] + level, core + c, ztx[level * q + c]);
    }
    pairs[f].forEach(({ rowStart, column, values }, h) => {
      for (let level = 0; level < levels; level++) {
        for (let e = rowStart[level]; e < rowStart[level + 1]; e++) {
          add(totals, 0, first[f] + level, first[f + 1 + h] + column[e], values[e]);
        }
      }
    });
  }
  for (let d = 0; d < q; d++) for (let c = 0; c <= d; c++) add(totals, 0, core + c, core + d, xtx[c + d * q]);

  const { levels, ztx } = factors[0];
  const rowStart = new Int32Array(levels + 1);
  const column: number[] = [];
  const value: number[] = [];
  const sums = new Float64Array(count * size);
  for (let level = 0; level < levels; level++) {
    const from = column.length;
    pairs[0].forEach((pair, h) => {
      for (let e = pair.rowStart[level]; e < pair.rowStart[level + 1]; e++) {
        column.push(first[h + 1] + pair.column[e]);
        value.push(pair.values[e]);
      }
    });
    rowStart[level + 1] = column.length;
    // The row of Z_f′WT: core entries, then those of Q and ỹ.
    const where = column.slice(from);
    const what = value.slice(from);
    for (let c = 0; c < q; c++) {
      where.push(core + c);
      what.push(ztx[level * q + c]);
    }
    for (let i = 0; i < where.length; i++) {
      for (let j = 0; j <= i; j++) add(sums, of[level] * size, where[i], where[j], what[i] * what[j]);
    }
  }
  return { totals, sums, rowStart, column: Int32Array.from(column), value: Float64Array.from(value) };
}
