import { describe, expect, it } from "vitest";
import { oneFactorKernels } from "../../src/linalg/kernels/index.ts";
import { ln } from "../../src/stats/special.ts";
import { numbers, spread } from "./numbers.ts";

/** One design: levels with Z′WZ positive definite, Z′W[X y] and Λ at random. */
function design(k: number, q: number, levels: number) {
  const next = numbers(100 * k + q);
  const ztz = new Float64Array(levels * k * k);
  for (let level = 0; level < levels; level++) {
    const root = Float64Array.from({ length: k * k }, () => spread(next));
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        for (let c = 0; c < k; c++) ztz[level * k * k + i + j * k] += root[i + c * k] * root[j + c * k];
      }
    }
  }
  const lambda = new Float64Array(k * k);
  for (let j = 0; j < k; j++)
    for (let i = j; i < k; i++) lambda[i + j * k] = spread(next) + (i === j ? 2 : 0);
  const ztx = Float64Array.from({ length: levels * k * q }, () => spread(next));
  const S = Float64Array.from({ length: q * q }, () => 100 * spread(next));
  return { next, ztz, ztx, lambda, S };
}

/** The same by plain loops: B = Λ L⁻ᵀ with L L′ = Λ′AΛ + I of one level, and |L|. */
function plainLevel(A: Float64Array, lambda: Float64Array, k: number): { B: number[][]; root: number } {
  const L: number[][] = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let j = 0; j < k; j++) {
    for (let i = j; i < k; i++) {
      let sum = i === j ? 1 : 0;
      for (let a = i; a < k; a++)
        for (let b = j; b < k; b++) sum += lambda[a + i * k] * A[a + b * k] * lambda[b + j * k];
      for (let c = 0; c < j; c++) sum -= L[i][c] * L[j][c];
      L[i][j] = i === j ? Math.sqrt(sum) : sum / L[j][j];
    }
  }
  const B = Array.from({ length: k }, (_, i) => {
    const row: number[] = [];
    for (let j = 0; j < k; j++) {
      let value = j <= i ? lambda[i + j * k] : 0;
      for (let c = 0; c < j; c++) value -= row[c] * L[j][c];
      row.push(value / L[j][j]);
    }
    return row;
  });
  return { B, root: L.reduce((product, row, j) => product * row[j], 1) };
}

const cases = [1, 2, 3, 4].flatMap((k) => [2, 3, 4, 5].map((q) => [k, q] as const));

describe("every one-factor kernel against plain loops", () => {
  // Sums of some dozen products in another order, of numbers up to 100: 1e-13 of the largest.
  const close = (ours: ArrayLike<number>, theirs: ArrayLike<number>): void => {
    const size = Math.max(...Array.from(theirs, Math.abs));
    for (let i = 0; i < theirs.length; i++)
      expect(Math.abs(ours[i] - theirs[i])).toBeLessThanOrEqual(1e-13 * size);
  };

  it.each(cases)("k = %i, q = %i", (k, q) => {
    const levels = 7;
    const { next, ztz, ztx, lambda, S } = design(k, q, levels);
    const { shared, distinct, draw } = oneFactorKernels(k, q);
    const plain = S.slice();
    const blocks: number[] = [];
    let log = 0;
    for (let level = 0; level < levels; level++) {
      const { B, root } = plainLevel(ztz.subarray(level * k * k, (level + 1) * k * k), lambda, k);
      log += Math.log(root);
      for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) blocks.push(B[i][j]);
      const C = Array.from({ length: k }, (_, j) =>
        Array.from({ length: q }, (_, c) =>
          B.reduce((sum, row, i) => sum + row[j] * ztx[level * k * q + i + c * k], 0),
        ),
      );
      for (let d = 0; d < q; d++) {
        for (let c = 0; c <= d; c++) for (const row of C) plain[c + d * q] -= row[c] * row[d];
      }
    }
    const B = new Float64Array(levels * k * k);
    const own = S.slice();
    const logOwn = distinct(lambda, levels, ztz, ztx, q, own, B, new Float64Array(k * q), ln);
    close([logOwn], [log]);
    close(B, blocks);
    close(own, plain);

    // Every level a pattern of its own: K is then what one level adds.
    const size = (q * (q + 1)) / 2;
    const K: number[] = [];
    for (let level = 0; level < levels; level++) {
      const W = (i: number, c: number): number => ztx[level * k * q + i + c * k];
      for (let b = 0; b < k; b++) {
        for (let a = b; a < k; a++) {
          for (let d = 0; d < q; d++) {
            for (let c = 0; c <= d; c++) K.push(W(a, c) * W(b, d) + (a === b ? 0 : W(b, c) * W(a, d)));
          }
        }
      }
    }
    expect(K.length).toBe((levels * size * k * (k + 1)) / 2);
    const roots = new Float64Array(levels);
    const sharing = S.slice();
    shared(lambda, levels, ztz, Float64Array.from(K), q, sharing, new Float64Array(levels * k * k), roots);
    close([roots.reduce((sum, root) => sum + Math.log(root), 0)], [log]);
    close(sharing, plain);

    // b of levels 2 … 5, from normals that start there; the others stay as they are.
    const beta = Float64Array.from({ length: q - 1 }, () => spread(next));
    const normals = Float64Array.from({ length: 4 * k }, () => spread(next));
    const b = new Float64Array(levels * k).fill(9);
    draw(
      b,
      2,
      6,
      Int32Array.from({ length: levels }, (_, level) => level),
      ztx,
      q - 1,
      beta,
      B,
      0.7,
      normals,
    );
    const expected = new Array<number>(levels * k).fill(9);
    for (let level = 2; level < 6; level++) {
      const left = Array.from({ length: k }, (_, i) => {
        let value = ztx[level * k * q + i + (q - 1) * k];
        for (let c = 0; c < q - 1; c++) value -= ztx[level * k * q + i + c * k] * beta[c];
        return value;
      });
      for (let i = 0; i < k; i++) {
        let value = 0;
        for (let j = 0; j < k; j++) {
          let inner = 0.7 * normals[(level - 2) * k + j];
          for (let a = 0; a < k; a++) inner += blocks[level * k * k + a + j * k] * left[a];
          value += blocks[level * k * k + i + j * k] * inner;
        }
        expected[level * k + i] = value;
      }
    }
    close(b, expected);
  });
});
