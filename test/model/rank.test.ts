import { describe, expect, it } from "vitest";
import { analyseRank } from "../../src/model/rank.ts";
import { numbers, spread } from "../linalg/numbers.ts";

const n = 300;
const names = (p: number): string[] => Array.from({ length: p }, (_, j) => `x${j}`);

/** An intercept and columns of any size and any distance from 0. */
function columns(seed: number, p: number, far: number): Float64Array[] {
  const next = numbers(seed);
  return Array.from({ length: p }, (_, j) => {
    const [size, mean] = [10 ** (20 * next() - 10), far * spread(next)];
    return Float64Array.from({ length: n }, () => (j === 0 ? 1 : size * (mean + spread(next))));
  });
}

describe("analyseRank()", () => {
  it.each([1, 2, 7, 40])("keeps %i independent columns, whatever their units and however far from 0", (p) => {
    for (const far of [0, 1, 1e4, 1e7]) {
      expect(analyseRank(names(p), columns(p, p, far), true)).toEqual({
        kept: Array.from({ length: p }, (_, j) => j),
        relations: [],
      });
    }
  });

  it("judges by the share that is new, down to 1e-8 of the length", () => {
    for (const far of [0, 1e3]) {
      for (const [share, isNew] of [
        [1e-1, true],
        [1e-2, true],
        [1e-4, true],
        [1e-7, true],
        [1e-9, false],
        [0, false],
      ] as const) {
        const X = columns(4, 30, far);
        const own = numbers(1);
        const length = Math.hypot(...X[11].map((x) => x - X[11].reduce((sum, v) => sum + v, 0) / n));
        X[25] = X[11].map((x) => 3 * x + (share * length * spread(own)) / Math.sqrt(n));
        const { kept, relations } = analyseRank(names(30), X, true);
        expect(kept.includes(25)).toBe(isNew);
        expect(kept).toHaveLength(isNew ? 30 : 29);
        if (!isNew) expect(relations[0].text).toBe("{x25} = 3 * {x11}");
      }
    }
  });

  it("takes a constant beside the intercept, and nothing at all, for what they are", () => {
    const X = columns(2, 3, 1);
    X[1].fill(2010);
    expect(analyseRank(names(3), X, true).relations[0].text).toBe("{x1} = 2010 * {x0}");
    X[1].fill(0);
    expect(analyseRank(names(3), X, true).relations[0].text).toBe("{x1} is 0 in every row");
    expect(analyseRank([], [], true)).toEqual({ kept: [], relations: [] });
  });

  it("takes sizes whose squares are beyond doubles", () => {
    const X = columns(3, 4, 0);
    X[1] = X[1].map((x) => x * 1e180);
    X[2] = X[2].map((x) => x * 1e-190);
    expect(analyseRank(names(4), X, true).kept).toEqual([0, 1, 2, 3]);
  });
});
