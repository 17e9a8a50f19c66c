import { describe, expect, it } from "vitest";
import { oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { connectedParts } from "../../src/linalg/parts.ts";
import { effectCount } from "../../src/linalg/residual.ts";
import { lmm } from "../../src/model/lmm.ts";

const systemOf = (formula: string, data: readonly object[]) => lmm(formula, data).crossProducts;

describe("the connected parts of a design", () => {
  it("are the levels of one factor, the outermost levels of nested ones, and the whole of crossed ones", () => {
    const sizes = (formula: string, data: readonly object[]): number[] =>
      connectedParts(systemOf(formula, data)).map(effectCount);
    expect(sizes("Reaction ~ Days + (Days | Subject)", sleepstudy)).toEqual(new Array(18).fill(2));
    // 30 casks, three in each of ten batches, and the batch itself.
    expect(sizes("strength ~ 1 + (1 | batch/cask)", Pastes)).toEqual(new Array(10).fill(4));
    expect(sizes("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin)).toEqual([30]);
  });

  it("hold every block of the whole once", () => {
    const system = systemOf("yield ~ nitrogen + (nitrogen | block) + (1 | block:variety)", oats);
    const parts = connectedParts(system);
    const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
    system.factors.forEach(({ levels, ztz, ztx }, f) => {
      const own = parts.map(({ factors }) => factors[f]);
      expect(own.reduce((total, factor) => total + factor.levels, 0)).toBe(levels);
      // The same numbers in another order: rounding of a sum of some hundred.
      expect(own.reduce((total, factor) => total + sum(factor.ztz), 0)).toBeCloseTo(sum(ztz), 9);
      expect(own.reduce((total, factor) => total + sum(factor.ztx), 0)).toBeCloseTo(sum(ztx), 9);
    });
    const entries = parts.reduce((total, { pairs }) => total + pairs[0][0].column.length, 0);
    expect(entries).toBe(system.pairs[0][0].column.length);
    for (const { factors, pairs } of parts) {
      const [pair] = pairs[0];
      expect(pair.rowStart).toHaveLength(factors[0].levels + 1);
      expect(pair.column.every((level) => level < factors[1].levels)).toBe(true);
    }
  });
});
