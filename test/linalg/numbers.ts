/** Reproducible test numbers that owe nothing to the library's own generator. */

/** Mulberry32: numbers in [0, 1). */
export function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Numbers around 0 with some spread: sum of three uniforms. */
export function spread(next: () => number): number {
  return 2 * (next() + next() + next() - 1.5);
}
