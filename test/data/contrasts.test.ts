import { describe, expect, it } from "vitest";
import { type ContrastName, contrastCoding } from "../../src/data/contrasts.ts";

const levels = ["a", "b", "c", "d"];
const columns = (name: ContrastName): number[][] => {
  const { suffixes, values } = contrastCoding(name, levels);
  return suffixes.map((_, j) => [...values.slice(j * 4, j * 4 + 4)]);
};

// Treatment, sum and poly against model.matrix() are in test/model/design.test.ts.
describe("contrastCoding()", () => {
  it("codes as contr.treatment(4), contr.sum(4) and contr.helmert(4)", () => {
    expect(columns("treatment")).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ]);
    expect(columns("sum")).toEqual([
      [1, 0, 0, -1],
      [0, 1, 0, -1],
      [0, 0, 1, -1],
    ]);
    expect(columns("helmert")).toEqual([
      [-1, 1, 0, 0],
      [-1, -1, 2, 0],
      [-1, -1, -1, 3],
    ]);
  });

  it("names columns as R does", () => {
    expect(contrastCoding("treatment", levels).suffixes).toEqual(["b", "c", "d"]);
    expect(contrastCoding("sum", levels).suffixes).toEqual(["1", "2", "3"]);
    expect(contrastCoding("poly", [...levels, "e", "f"]).suffixes).toEqual([".L", ".Q", ".C", "^4", "^5"]);
  });

  it("makes orthonormal polynomials with rising ends, of 50 levels too", () => {
    const k = 50;
    const { values } = contrastCoding(
      "poly",
      Array.from({ length: k }, (_, i) => String(i)),
    );
    for (let i = 0; i < k - 1; i++) {
      expect(values[i * k + k - 1]).toBeGreaterThan(0);
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let r = 0; r < k; r++) dot += values[i * k + r] * values[j * k + r];
        // Rounding of a sum of 50 products.
        expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-13);
      }
    }
  });
});
