/**
 * The core of a block: fixed effects and small factors with the big factor's effects integrated out.
 *
 * With S and s in units of σ² (S = T′WT − Σ_j w_j′C_j′C_jw_j, s likewise) and Λ relative to σ,
 *
 *   H = Λ′SΛ + blockdiag(σ²P, I),   h = Λ′s + (σ²Pm, 0),   core = Λ(H⁻¹h + σL⁻ᵀz),  H = LL′;
 *   log p(Λ | σ, y) = −½ log|H| + ½ h′H⁻¹h/σ² + log prior, core and b_f integrated out.
 *
 * The outer factor, whose part of H is block diagonal, is eliminated level by level before the dense part.
 *
 * @module
 */

import { NumericalError } from "../../errors.ts";
import { choleskyInto, solveLowerInto, solveLowerTransposedInto } from "../../linalg/cholesky.ts";
import type { RandomStream } from "../../random/stream.ts";
import { ln } from "../../stats/special.ts";
import type { Setup } from "../state.ts";
import type { Block } from "./blocks.ts";

/** Buffers and moves of one block's core. */
export interface Core {
  /** S in the core's layout, its lower triangles, and s, m. */
  readonly S: Float64Array;
  readonly s: Float64Array;
  /**
   * log p(Λ | σ, y) up to the prior; −∞ where rounding takes H away.
   *
   * @param relative - Λ/σ of each factor
   */
  logDensity(relative: readonly Float64Array[], sigma: number): number;
  /**
   * Draws the core, m.
   *
   * @throws {NumericalError} `not-positive-definite` when rounding takes H away
   */
  drawInto(core: Float64Array, relative: readonly Float64Array[], sigma: number, stream: RandomStream): void;
}

/** Allocates a core. */
export function coreOf({ cross, priors }: Setup, block: Block): Core {
  const { layout, core: factors, first } = block;
  const { m, dense: n, k: outer } = layout;
  const { p } = cross;
  const S = new Float64Array(layout.length);
  const s = new Float64Array(m);
  const h = new Float64Array(m);
  const z = new Float64Array(m);
  const H = new Float64Array(n * n);
  // Per outer level N, k × k lower, and W = N⁻¹ times its rows, k × n.
  const width = n + outer;
  const rows = new Float64Array((m - n) * width);
  const own = new Float64Array(outer * outer);
  const pieces = factors.map((f, c) => {
    const { levels, k } = cross.factors[f];
    return { f, k, first: first[c], end: first[c] + levels * k };
  });
  const densePieces = pieces.filter(({ end }) => end <= n);
  const last = pieces[pieces.length - 1];
  let logs = 0;

  /** Eliminates the outer factor from H and h; false when a pivot is not positive. */
  function factorOuter(relative: readonly Float64Array[]): boolean {
    if (outer === 1) {
      factorOuterScalars(relative);
      return true;
    }
    const L = relative[last.f];
    let product = 1;
    const k = outer;
    for (let row = n, at = 0, from = n * n; row < m; row += k, at += k * width, from += k * width) {
      // Λ′ on the rows, then Λ′DΛ + I.
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < k; i++) {
          let sum = 0;
          for (let a = i; a < k; a++) sum += L[a + i * k] * S[from + a + j * k];
          rows[at + i + j * k] = sum;
        }
      }
      scaleColumns(rows, at, k, densePieces, relative);
      for (let j = 0; j < k; j++) {
        for (let i = j; i < k; i++) {
          let sum = i === j ? 1 : 0;
          for (let b = j; b < k; b++) {
            for (let a = i; a < k; a++) {
              const entry = a >= b ? a + (n + b) * k : b + (n + a) * k;
              sum += L[a + i * k] * S[from + entry] * L[b + j * k];
            }
          }
          own[i + j * k] = sum;
        }
      }
      if (choleskyInto(own, k) >= 0) return false;
      for (let j = 0; j < k; j++) product *= own[j + j * k];
      if (product > 1e150) {
        logs += ln(product);
        product = 1;
      }
      solveLowerInto(rows, at, own, 0, k, n);
      solveLowerInto(h, row, own, 0, k);
      for (let i = 0; i < k * k; i++) rows[at + n * k + i] = own[i];
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < k; i++) {
          const value = rows[at + i + j * k];
          if (value === 0) continue;
          h[j] -= value * h[row + i];
          for (let a = j; a < n; a++) H[a + j * n] -= value * rows[at + i + a * k];
        }
      }
    }
    logs += ln(product);
    return true;
  }

  /** The same for one column per outer level, where every pivot is at least 1. */
  function factorOuterScalars(relative: readonly Float64Array[]): void {
    const l = relative[last.f][0];
    let product = 1;
    for (let row = n, at = 0, from = n * n; row < m; row++, at += width, from += width) {
      const root = Math.sqrt(1 + l * l * S[from + n]);
      product *= root;
      if (product > 1e150) {
        logs += ln(product);
        product = 1;
      }
      const scale = l / root;
      const own = h[row] / root;
      h[row] = own;
      rows[at + n] = root;
      for (let j = 0; j < n; j++) rows[at + j] = scale * S[from + j];
      if (densePieces.length > 0) scaleColumns(rows, at, 1, densePieces, relative);
      for (let j = 0; j < n; j++) {
        const value = rows[at + j];
        // A level meets few columns of the dense factors.
        if (value === 0) continue;
        h[j] -= value * own;
        for (let a = j; a < n; a++) H[a + j * n] -= value * rows[at + a];
      }
    }
    logs += ln(product);
  }

  /** H ← L, h ← L⁻¹h, and `logs` their pivots; false when a pivot is not positive. */
  function factor(relative: readonly Float64Array[], sigma: number): boolean {
    logs = 0;
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        H[i + j * n] = S[i + j * n];
        H[j + i * n] = S[i + j * n];
      }
    }
    h.set(s);
    for (const { f, k, first: start, end } of pieces) {
      const L = relative[f];
      for (let at = start; at < end; at += k) {
        for (let j = 0; j < k; j++) {
          let sum = 0;
          for (let i = j; i < k; i++) sum += L[i + j * k] * h[at + i];
          h[at + j] = sum;
        }
      }
    }
    scaleColumns(H, 0, n, densePieces, relative);
    scaleRows(H, n, densePieces, relative);
    const variance = sigma * sigma;
    for (let j = 0; j < p; j++) {
      h[j] += variance * priors.betaShift[j];
      if (priors.betaPrecision === null) continue;
      for (let i = j; i < p; i++) H[i + j * n] += variance * priors.betaPrecision[i + j * p];
    }
    for (let j = p; j < n; j++) H[j + j * n] += 1;
    if (m > n && !factorOuter(relative)) return false;
    if (choleskyInto(H, n) >= 0) return false;
    solveLowerInto(h, 0, H, 0, n);
    let product = 1;
    for (let j = 0; j < n; j++) {
      product *= H[j + j * n];
      if (product > 1e150 || product < 1e-150) {
        logs += ln(product);
        product = 1;
      }
    }
    logs += ln(product);
    return true;
  }

  return {
    S,
    s,
    logDensity(relative, sigma) {
      if (!factor(relative, sigma)) return Number.NEGATIVE_INFINITY;
      let squares = 0;
      for (let j = 0; j < m; j++) squares += h[j] * h[j];
      return -logs + (0.5 * squares) / (sigma * sigma);
    },
    drawInto(core, relative, sigma, stream) {
      if (!factor(relative, sigma)) {
        throw new NumericalError(
          "not-positive-definite",
          "The residual variance ran so close to zero that rounding took over: fixed and random effects reproduce the response.",
          "Check whether the response was computed from the columns of the model.",
          { order: m },
        );
      }
      stream.normalsInto(z);
      for (let j = 0; j < m; j++) core[j] = h[j] + sigma * z[j];
      solveLowerTransposedInto(core, 0, H, 0, n);
      for (let row = n, at = 0; row < m; row += outer, at += outer * width) {
        for (let i = 0; i < outer; i++) {
          let value = core[row + i];
          for (let j = 0; j < n; j++) value -= rows[at + i + j * outer] * core[j];
          core[row + i] = value;
        }
        solveLowerTransposedInto(core, row, rows, at + n * outer, outer);
      }
      for (const { f, k, first: start, end } of pieces) {
        const L = relative[f];
        for (let at = start; at < end; at += k) {
          for (let i = k - 1; i >= 0; i--) {
            let value = 0;
            for (let a = 0; a <= i; a++) value += L[i + a * k] * core[at + a];
            core[at + i] = value;
          }
        }
      }
    },
  };
}

/** Columns of one core factor: from `first` to `end`, k per level. */
interface Piece {
  readonly f: number;
  readonly k: number;
  readonly first: number;
  readonly end: number;
}

/** A ← AΛ on the columns of the pieces, A with `height` rows at `at`. */
function scaleColumns(
  A: Float64Array,
  at: number,
  height: number,
  pieces: readonly Piece[],
  relative: readonly Float64Array[],
): void {
  for (const { f, k, first, end } of pieces) {
    const L = relative[f];
    // Column j needs the columns from j on, so ascending order works in place.
    for (let column = first; column < end; column += k) {
      for (let j = 0; j < k; j++) {
        const to = at + (column + j) * height;
        const pivot = L[j + j * k];
        for (let i = 0; i < height; i++) A[to + i] *= pivot;
        for (let a = j + 1; a < k; a++) {
          const l = L[a + j * k];
          const from = at + (column + a) * height;
          for (let i = 0; i < height; i++) A[to + i] += l * A[from + i];
        }
      }
    }
  }
}

/** A ← Λ′A on the rows of the pieces, A n × n. */
function scaleRows(
  A: Float64Array,
  n: number,
  pieces: readonly Piece[],
  relative: readonly Float64Array[],
): void {
  for (const { f, k, first, end } of pieces) {
    const L = relative[f];
    for (let column = 0; column < n; column++) {
      const base = column * n;
      for (let at = first; at < end; at += k) {
        for (let j = 0; j < k; j++) {
          let sum = 0;
          for (let i = j; i < k; i++) sum += L[i + j * k] * A[base + at + i];
          A[base + at + j] = sum;
        }
      }
    }
  }
}
