import { QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { oats, sleepstudy } from "../../src/datasets/index.ts";
import { lmm, reml } from "../../src/index.ts";
import { toMatrix } from "../../src/linalg/matrix.ts";

describe("toMatrix", () => {
  it("hands the design to a QR decomposition, whose least squares are REML's in a balanced design", () => {
    const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
    const X = toMatrix(model.X());
    expect([X.rows, X.columns]).toEqual([180, 2]);
    const y = toMatrix(Array.from(model.response.values, (value) => [value]));
    const ols = new QrDecomposition(X).solve(y).to1DArray();
    const { "(Intercept)": intercept, Days } = reml(model).fixef();
    expect(ols[0]).toBeCloseTo(intercept, 8);
    expect(ols[1]).toBeCloseTo(Days, 8);
  });

  it("hands covariances to an SVD", () => {
    const V = reml(lmm("yield ~ variety + nitrogen + (1 | block)", oats)).vcov();
    const { rank, diagonal } = new SingularValueDecomposition(toMatrix(V));
    expect(rank).toBe(6);
    expect(diagonal.every((value) => value > 0)).toBe(true);
  });

  it("copies", () => {
    const rows = [[1, 2]];
    toMatrix(rows).set(0, 0, 9);
    expect(rows).toEqual([[1, 2]]);
  });

  it("refuses what is not a matrix", () => {
    for (const rows of [[], [[]], [[1, 2], [3]]]) {
      expect(() => toMatrix(rows)).toThrow("rows of one length");
    }
  });
});
