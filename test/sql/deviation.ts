import type { CrossProducts } from "../../src/model/crossProducts.ts";

/** The largest |a − b| of two systems of cross-products, relative to √(A_ii A_jj). */
export function deviation(a: CrossProducts, b: CrossProducts): number {
  let worst = 0;
  const see = (x: number, y: number, size: number): void => {
    // A column that is zero in a level has products of exactly zero.
    const gap = size === 0 ? Math.abs(x - y) : Math.abs(x - y) / size;
    worst = Math.max(worst, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap);
  };
  const { q } = b;
  const root = (values: Float64Array, at: number): number => Math.sqrt(values[at]);
  for (let j = 0; j < q; j++)
    for (let i = 0; i < q; i++)
      see(a.xtx[i + j * q], b.xtx[i + j * q], root(b.xtx, i * (q + 1)) * root(b.xtx, j * (q + 1)));
  b.factors.forEach(({ levels, k, ztz, ztx }, f) => {
    const own = a.factors[f];
    if (own.levels !== levels || own.k !== k) worst = Number.POSITIVE_INFINITY;
    for (let l = 0; l < levels; l++) {
      for (let i = 0; i < k; i++) {
        const size = root(ztz, l * k * k + i * (k + 1));
        for (let j = 0; j < k; j++) {
          const at = l * k * k + i + j * k;
          see(own.ztz[at], ztz[at], size * root(ztz, l * k * k + j * (k + 1)));
        }
        for (let j = 0; j < q; j++) {
          const at = l * k * q + i + j * k;
          see(own.ztx[at], ztx[at], size * root(b.xtx, j * (q + 1)));
        }
      }
    }
  });
  b.pairs.forEach((list, f) => {
    list.forEach((pair, d) => {
      const own = a.pairs[f][d];
      if (own.column.join() !== pair.column.join() || own.rowStart.join() !== pair.rowStart.join())
        worst = Number.POSITIVE_INFINITY;
      const [left, right] = [b.factors[f], b.factors[f + 1 + d]];
      for (let l = 0; l < left.levels; l++)
        for (let e = pair.rowStart[l]; e < pair.rowStart[l + 1]; e++)
          for (let i = 0; i < left.k; i++)
            for (let j = 0; j < right.k; j++) {
              const at = e * left.k * right.k + i + j * left.k;
              const size =
                root(left.ztz, l * left.k ** 2 + i * (left.k + 1)) *
                root(right.ztz, pair.column[e] * right.k ** 2 + j * (right.k + 1));
              see(own.values[at], pair.values[at], size);
            }
    });
  });
  const p = b.p;
  for (let j = 0; j < p; j++) {
    // The first row holds the means; the rest of a column is judged by its spread.
    let square = 0;
    for (let i = 1; i <= j; i++) square += b.R[i + j * p] ** 2;
    see(a.R[j * p], b.R[j * p], Math.sqrt(square + b.R[j * p] ** 2));
    for (let i = 1; i <= j; i++) see(a.R[i + j * p], b.R[i + j * p], Math.sqrt(square));
  }
  if (a.yScale !== b.yScale) worst = Number.POSITIVE_INFINITY;
  const length = Math.sqrt(b.betaOls.reduce((sum, value) => sum + value * value, 0));
  b.betaOls.forEach((value, j) => {
    see(a.betaOls[j], value, length);
  });
  see(a.sumLogWeights, b.sumLogWeights, Math.max(1, Math.abs(b.sumLogWeights)));
  return worst;
}
