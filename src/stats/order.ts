/**
 * Sorting that remembers where values came from.
 *
 * @module
 */

/** Values in ascending order and the position each came from. */
export interface Ordered {
  readonly ascending: Float64Array;
  /** `ascending[i]` is `values[order[i]]`. */
  readonly order: Int32Array;
}

/** Six digits of 11 bits cover a double: three in its low word, three in its high word. */
const DIGIT_BITS = 11;
const DIGITS_PER_WORD = 3;
const BUCKETS = 1 << DIGIT_BITS;
const MOVES_PER_VALUE = 4;

/**
 * Sorts a copy of `values`, stably: equal values keep their order. NaN has no place: leave it out first. R: `order`.
 *
 * Radix sort on the bits of the doubles, made monotone by flipping all bits of the negative ones and the sign of the
 * others: twice as fast as a merge sort at 4000 values, and linear. The high words, 21 significant bits, are tried first:
 * they leave little to an insertion sort unless the values sit far from 0 in units of their spread.
 */
export function orderOf(values: Float64Array): Ordered {
  const n = values.length;
  // Adding 0 turns −0 into 0, which is its equal.
  const copy = new Float64Array(n);
  for (let i = 0; i < n; i++) copy[i] = values[i] + 0;
  const words = new Uint32Array(copy.buffer);
  const high = new Uint32Array(n);
  const low = new Uint32Array(n);
  const bigEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 0 ? 1 : 0;
  for (let i = 0; i < n; i++) {
    const top = words[2 * i + 1 - bigEndian];
    const mask = top >>> 31 === 1 ? 0xffffffff : 0;
    high[i] = top ^ (mask | 0x80000000);
    low[i] = words[2 * i + bigEndian] ^ mask;
  }
  const quick = digitSort(n, [high]);
  const order = insertionFinish(values, quick, MOVES_PER_VALUE * n) ? quick : digitSort(n, [low, high]);
  const ascending = new Float64Array(n);
  for (let i = 0; i < n; i++) ascending[i] = values[order[i]];
  return { ascending, order };
}

function digitSort(n: number, words: readonly Uint32Array[]): Int32Array {
  let order: Int32Array = new Int32Array(n);
  let next: Int32Array = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const counts = new Int32Array(BUCKETS);
  for (const word of words) {
    for (let digit = 0; digit < DIGITS_PER_WORD; digit++) {
      if (scatterInto(next, order, word, digit * DIGIT_BITS, counts)) [order, next] = [next, order];
    }
  }
  return order;
}

/** Puts the few values right that agree in their high word; false where they are not few. */
function insertionFinish(values: Float64Array, order: Int32Array, budget: number): boolean {
  let moves = 0;
  for (let i = 1; i < order.length; i++) {
    const item = order[i];
    const value = values[item];
    let j = i - 1;
    for (; j >= 0 && values[order[j]] > value; j--) {
      order[j + 1] = order[j];
      if (++moves > budget) return false;
    }
    order[j + 1] = item;
  }
  return true;
}

/** One pass by the digit at `shift`; false, with nothing moved, where all values share that digit. */
function scatterInto(
  next: Int32Array,
  order: Int32Array,
  word: Uint32Array,
  shift: number,
  counts: Int32Array,
): boolean {
  const n = order.length;
  counts.fill(0);
  for (let i = 0; i < n; i++) counts[(word[i] >>> shift) & (BUCKETS - 1)]++;
  if (n === 0 || counts[(word[0] >>> shift) & (BUCKETS - 1)] === n) return false;
  let place = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = counts[bucket];
    counts[bucket] = place;
    place += count;
  }
  for (let i = 0; i < n; i++) {
    const item = order[i];
    next[counts[(word[item] >>> shift) & (BUCKETS - 1)]++] = item;
  }
  return true;
}
