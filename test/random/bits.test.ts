import { describe, expect, it } from "vitest";
import { jump, nextUniform, nextWord, seededState } from "../../src/random/bits.ts";
import { RandomStream } from "../../src/random/stream.ts";

const words = (state: Int32Array, count: number): number[] =>
  Array.from({ length: count }, () => nextWord(state) >>> 0);

describe("nextWord", () => {
  it("is xoshiro128++ as published: its first words from the state 1, 2, 3, 4", () => {
    // The vector that comes with the reference implementation of Blackman and Vigna.
    expect(words(Int32Array.of(1, 2, 3, 4), 10)).toEqual([
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011,
      621204420,
    ]);
  });
});

describe("jump", () => {
  /** The generator's state as one number of 128 bits. */
  const pack = (state: Int32Array): bigint =>
    state.reduce((sum, word, i) => sum | (BigInt(word >>> 0) << BigInt(32 * i)), 0n);
  const unpack = (bits: bigint): Int32Array =>
    Int32Array.from({ length: 4 }, (_, i) => Number(BigInt.asIntN(32, bits >> BigInt(32 * i))));

  /** Applies a linear map over GF(2), given by what it makes of each single bit. */
  const apply = (map: readonly bigint[], bits: bigint): bigint => {
    let out = 0n;
    for (let i = 0; i < 128; i++) if ((bits >> BigInt(i)) & 1n) out ^= map[i];
    return out;
  };

  it("is 2⁶⁴ steps: the step is linear over GF(2), squared 64 times", () => {
    let map = Array.from({ length: 128 }, (_, i) => {
      const state = unpack(1n << BigInt(i));
      nextWord(state);
      return pack(state);
    });
    for (let doubling = 0; doubling < 64; doubling++) {
      const once = map;
      map = once.map((bits) => apply(once, bits));
    }
    for (const seed of [0, 1, 12345, 4294967295]) {
      const state = seededState(seed);
      const expected = apply(map, pack(state));
      jump(state);
      expect(pack(state)).toBe(expected);
    }
  });
});

describe("nextUniform", () => {
  it("stays in [0, 1) and uses 53 bits", () => {
    expect(nextUniform(Int32Array.of(1, 0, 0, 0))).toBeGreaterThanOrEqual(0);
    const state = seededState(3);
    let low = 0;
    let sum = 0;
    const n = 100_000;
    for (let i = 0; i < n; i++) {
      const u = nextUniform(state);
      if (u < 0 || u >= 1 || !Number.isInteger(u * 2 ** 53)) expect.fail(`${u}`);
      if ((u * 2 ** 53) % 2 === 1) low++;
      sum += u;
    }
    // 4.75 standard errors, exceeded with probability 2e-6: the lowest bit is a fair coin, the mean ½.
    expect(Math.abs(low - n / 2) / Math.sqrt(n / 4)).toBeLessThan(4.75);
    expect(Math.abs(sum - n / 2) / Math.sqrt(n / 12)).toBeLessThan(4.75);
  });
});

describe("RandomStream", () => {
  const first = (stream: RandomStream, count = 5): number[] =>
    Array.from({ length: count }, () => stream.uniform());

  it("gives the same numbers for the same seed and index, whatever other streams do", () => {
    const alone = first(new RandomStream(7, 2), 20);
    const [a, b] = [new RandomStream(7, 2), new RandomStream(7, 1)];
    const mixed: number[] = [];
    for (let i = 0; i < 20; i++) {
      b.normal();
      b.gamma(0.4, 1);
      mixed.push(a.uniform());
    }
    expect(mixed).toEqual(alone);
  });

  it("gives other numbers for another seed or index", () => {
    const starts = [0, 1, 2, 4294967294, 4294967295].flatMap((seed) =>
      [0, 1, 2, 3].map((index) => first(new RandomStream(seed, index)).join()),
    );
    expect(new Set(starts).size).toBe(starts.length);
  });

  it("takes stream 1 to be stream 0 one jump on", () => {
    const state = Int32Array.from(new RandomStream(9, 0).snapshot());
    jump(state);
    expect(new RandomStream(9, 1).snapshot()).toEqual([...state]);
  });

  it("takes 0 and 2³² − 1 as seeds and refuses everything that is not an integer between them", () => {
    for (const seed of [0, 4294967295]) {
      for (const u of first(new RandomStream(seed))) expect(u > 0 && u < 1).toBe(true);
    }
    for (const seed of [-1, 4294967296, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", null, undefined]) {
      expect(() => new RandomStream(seed as number)).toThrow(
        /"seed" must be an integer from 0 to 4294967295/,
      );
    }
    for (const index of [-1, 0.5, Number.NaN]) expect(() => new RandomStream(1, index)).toThrow(/"index"/);
  });

  it("goes on from a snapshot with the same uniforms, normals and gammas", () => {
    const stream = new RandomStream(5);
    first(stream, 3);
    const state = stream.snapshot();
    const draw = (): number[] => [stream.uniform(), stream.normal(), stream.gamma(2, 1), stream.chiSquare(3)];
    const before = draw();
    expect(draw()).not.toEqual(before);
    stream.restore(state);
    expect(draw()).toEqual(before);
  });
});
