/**
 * Random bits: xoshiro128++ of Blackman & Vigna 2021 (ACM TOMS 47:4), 32-bit integer arithmetic only, period
 * 2^128 − 1, the same on every engine.
 *
 * @module
 */

/** State of a generator: four words, never all zero. */
export type BitState = Int32Array;

/**
 * Spreads an integer seed over a state: each word is the finaliser of MurmurHash3 applied to the word before it
 * plus a constant, so that seeds in arithmetic progression share nothing.
 *
 * @param seed - an integer from 0 to 2³² − 1
 */
export function seededState(seed: number): BitState {
  const state = new Int32Array(4);
  let word = seed | 0;
  for (let i = 0; i < 4; i++) {
    word = (word + 0x9e3779b9) | 0;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    word ^= word >>> 16;
    state[i] = word;
  }
  if ((state[0] | state[1] | state[2] | state[3]) === 0) state[0] = 1;
  return state;
}

/** The next 32 bits, as a signed integer. */
export function nextWord(state: BitState): number {
  const s0 = state[0];
  const s3 = state[3];
  const sum = (s0 + s3) | 0;
  const result = (((sum << 7) | (sum >>> 25)) + s0) | 0;
  const t = state[1] << 9;
  state[2] ^= s0;
  state[3] = s3 ^ state[1];
  state[1] ^= state[2];
  state[0] = s0 ^ state[3];
  state[2] ^= t;
  state[3] = (state[3] << 11) | (state[3] >>> 21);
  return result;
}

const JUMP: readonly number[] = [0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b];

/** Advances a state by 2^64 words, so that streams taken between jumps cannot overlap. */
export function jump(state: BitState): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (const word of JUMP) {
    for (let bit = 0; bit < 32; bit++) {
      if ((word >>> bit) & 1) {
        a ^= state[0];
        b ^= state[1];
        c ^= state[2];
        d ^= state[3];
      }
      nextWord(state);
    }
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}

/** A double in [0, 1) from 53 random bits. */
export function nextUniform(state: BitState): number {
  const high = nextWord(state) >>> 5;
  const low = nextWord(state) >>> 6;
  return (high * 67108864 + low) / 9007199254740992;
}

/** Fills `out[from … to)` with what as many calls of {@link nextUniform} would give, the state kept in registers. */
export function fillUniforms(out: Float64Array, state: BitState, from: number, to: number): void {
  let s0 = state[0];
  let s1 = state[1];
  let s2 = state[2];
  let s3 = state[3];
  for (let i = from; i < to; i++) {
    let sum = (s0 + s3) | 0;
    const high = ((((sum << 7) | (sum >>> 25)) + s0) | 0) >>> 5;
    let t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    sum = (s0 + s3) | 0;
    const low = ((((sum << 7) | (sum >>> 25)) + s0) | 0) >>> 6;
    t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    out[i] = (high * 67108864 + low) / 9007199254740992;
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
}
