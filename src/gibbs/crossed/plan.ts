/**
 * How a crossed design is cut into blocks: which factors are drawn in blocks of their own, which join the core of
 * such a block.
 *
 * @module
 */

import type { CrossProducts } from "../../model/crossProducts.ts";

/** Order up to which a core may grow. */
const MOST_CORE = 150;
/** Order up to which a dense core costs next to nothing. */
const CHEAP_CORE = 12;
/** Factorisations of a core per iteration: about 6 for one slice, 1 for the draw. */
const FACTORISATIONS = 7;

/** One big factor f and the small factors drawn with it. */
export interface Division {
  readonly factor: number;
  readonly core: readonly number[];
}

/**
 * Cuts the factors into blocks.
 *
 * The factor with most levels is big. The others, the smallest first, are small while the core stays cheap beside a
 * pass over all pairs of levels; each joins the big factor that it has the fewest pairs with. A factor that a big one is
 * nested in joins that one at any size, one for each big factor, and stands last in its core.
 */
export function divide(cross: CrossProducts): Division[] {
  const { factors, p } = cross;
  // Nanoseconds, roughly: 30 per level, 2 per pair, and m²(m + 20)/3 for one factorisation.
  let linear = 0;
  factors.forEach(({ levels, k }, f) => {
    linear += 30 * levels * k;
    for (let h = f + 1; h < factors.length; h++) linear += 2 * pairCount(cross, f, h) * k * factors[h].k;
  });
  const big = [0];
  const small: number[] = [];
  let order = p;
  const isOuter = (h: number): boolean => factors.some((_, f) => f < h && nestedIn(cross, f, h));
  const take = (h: number): void => {
    const next = order + factors[h].levels * factors[h].k;
    const confounded = factors.some(({ levels }, f) => f < h && pairCount(cross, f, h) <= 2 * levels);
    const cheap =
      next <= CHEAP_CORE || confounded || (FACTORISATIONS * next * next * (next + 20)) / 3 <= linear;
    if (next <= MOST_CORE && cheap) {
      small.push(h);
      order = next;
    } else big.push(h);
  };
  const bySize = factors.map((_, f) => f).slice(1);
  bySize.sort((a, b) => factors[a].levels * factors[a].k - factors[b].levels * factors[b].k);
  for (const h of bySize) if (!isOuter(h)) take(h);
  const outerOf = new Map<number, number>();
  // The largest first: of several nested in each other the one with most levels must not be dense.
  for (const h of [...bySize].reverse()) {
    if (!isOuter(h)) continue;
    const inner = big.find((f) => f < h && !outerOf.has(f) && nestedIn(cross, f, h));
    if (inner === undefined) take(h);
    else outerOf.set(inner, h);
  }
  big.sort((a, b) => a - b);
  const core = new Map<number, number[]>(big.map((f) => [f, []]));
  for (const h of small) {
    let best = big[0];
    for (const f of big) if (pairCount(cross, f, h) < pairCount(cross, best, h)) best = f;
    (core.get(best) as number[]).push(h);
  }
  for (const [f, h] of outerOf) (core.get(f) as number[]).push(h);
  return big.map((factor) => ({ factor, core: core.get(factor) as number[] }));
}

/** Columns beside those that can be eliminated level by level: of the factors after the first crossed one. */
export function denseColumns(cross: CrossProducts): number {
  const { factors } = cross;
  let eliminated = 1;
  const follows = (h: number): boolean => factors.slice(0, h).every((_, f) => nestedIn(cross, f, h));
  while (eliminated < factors.length && follows(eliminated)) eliminated++;
  return factors.slice(eliminated).reduce((sum, { levels, k }) => sum + levels * k, 0);
}

/** Whether each level of f meets one level of h only. */
export function nestedIn(cross: CrossProducts, f: number, h: number): boolean {
  return pairCount(cross, f, h) === cross.factors[f].levels;
}

/** Pairs of levels of two factors that occur together. */
function pairCount({ pairs }: CrossProducts, f: number, h: number): number {
  return f < h ? pairs[f][h - f - 1].column.length : pairs[h][f - h - 1].column.length;
}
