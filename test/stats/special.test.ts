import stdlibExp from "@stdlib/math-base-special-exp";
import stdlibLn from "@stdlib/math-base-special-ln";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atanh, exp, ln, lnInto } from "../../src/stats/special.ts";
import { numbers } from "../linalg/numbers.ts";

// Both sides are the same algorithm of fdlibm, so every bit must agree; `toBe` tells 0 from −0 and takes NaN for NaN.
const sameBits = (ours: (x: number) => number, theirs: (x: number) => number, x: number): void => {
  if (!Object.is(ours(x), theirs(x))) expect(ours(x), `at ${x}`).toBe(theirs(x));
};

describe("ln", () => {
  it("has the bits of @stdlib's ln for every kind of number", () => {
    for (const x of [0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
      expect(ln(x)).toBe(stdlibLn(x));
    }
    for (const x of [
      Number.MIN_VALUE,
      2 ** -1022,
      Number.MAX_VALUE,
      1 + 2 ** -52,
      1 - 2 ** -53,
      Math.SQRT2,
    ]) {
      sameBits(ln, stdlibLn, x);
    }
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true }), (x) => sameBits(ln, stdlibLn, x)),
      { numRuns: 20_000 },
    );
    // Where the samplers call it: (0, 1], and near 1, where the branches of the algorithm meet.
    const next = numbers(1);
    for (let i = 0; i < 200_000; i++) {
      sameBits(ln, stdlibLn, next());
      sameBits(ln, stdlibLn, 0.5 + 1.5 * next());
      sameBits(ln, stdlibLn, 1 + (next() - 0.5) * 1e-5);
    }
  });
});

describe("lnInto", () => {
  it("takes the logarithms of a stretch, unusual numbers included", () => {
    const values = Float64Array.of(9, 2, 1e-310, 0, -1, Number.POSITIVE_INFINITY, 9);
    const expected = [9, ...Array.from(values.subarray(1, 6), ln), 9];
    lnInto(values, 1, 6);
    expect(Array.from(values)).toEqual(expected);
  });
});

describe("exp", () => {
  it("has the bits of @stdlib's exp wherever the result is a normal number", () => {
    for (const x of [
      0,
      -0,
      1,
      -1,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      710,
      -746,
    ]) {
      expect(exp(x)).toBe(stdlibExp(x));
    }
    const next = numbers(2);
    for (let i = 0; i < 200_000; i++) {
      sameBits(exp, stdlibExp, -708 + 1417 * next());
      sameBits(exp, stdlibExp, 4 * (next() - 0.5));
      sameBits(exp, stdlibExp, (next() - 0.5) * 1e-7);
    }
  });

  it("rounds results below 2⁻¹⁰²² to the nearest subnormal number, or its neighbour", () => {
    const next = numbers(3);
    for (let i = 0; i < 1000; i++) {
      const x = -745.1 + 37 * next();
      // Subnormals are multiples of 2⁻¹⁰⁷⁴.
      expect(Math.abs(exp(x) - Math.exp(x))).toBeLessThanOrEqual(Number.MIN_VALUE + 2e-16 * Math.exp(x));
    }
  });
});

/** Largest deviation from `theirs` in units of its value, and where. */
function worst(
  ours: (x: number) => number,
  theirs: (x: number) => number,
  points: readonly number[],
): number {
  let largest = 0;
  for (const x of points) {
    const off = Math.abs(ours(x) - theirs(x)) / Math.abs(theirs(x));
    if (!(off <= largest)) largest = off;
  }
  return largest;
}

describe("atanh", () => {
  it("agrees with Math.atanh and takes Math.tanh back", () => {
    const next = numbers(5);
    const points = Array.from({ length: 50_000 }, () => [
      next(),
      -next(),
      0.1 * next(),
      1e-9 * (1 + next()),
      1 - 1e-9 * (1 + next()),
    ]).flat();
    // ln of (1 + x)/(1 − x), rounded three times, is at least 0.1 where no series is used.
    expect(worst(atanh, Math.atanh, points)).toBeLessThan(1e-14);
    // Relative to w. d atanh / dx = 1 / (1 − x²) is at most e^6 / 4 = 100 here, times the rounding of tanh.
    const back = points.map((u) => 3 * u);
    expect(
      worst(
        (w) => atanh(Math.tanh(w)),
        (w) => w,
        back,
      ),
    ).toBeLessThan(1e-13);
    expect(atanh(1)).toBe(Number.POSITIVE_INFINITY);
    expect(atanh(-1)).toBe(Number.NEGATIVE_INFINITY);
    expect(atanh(1.5)).toBeNaN();
    expect(atanh(0)).toBe(0);
  });
});
