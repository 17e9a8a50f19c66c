import { describe, expect, it } from "vitest";
import * as d from "../../src/stats/distributions.ts";

/** R 4.2.2 to 16 digits; 1e-11 relative leaves room for the incomplete gamma and beta functions of two libraries. */
function agrees(actual: number, expected: number, tolerance = 1e-11): void {
  expect(Math.abs(actual / expected - 1), `${actual} against ${expected}`).toBeLessThan(tolerance);
}

describe("distributions", () => {
  it("keep the digits of upper tails, as R's lower.tail = FALSE", () => {
    agrees(d.chiSquareUpper(3.84, 1), 5.004352124870522e-2);
    agrees(d.chiSquareUpper(200, 1), 2.088487583762545e-45);
    agrees(d.chiSquareUpper(150, 2), 2.678636961808078e-33);
    agrees(d.chiSquareUpper(0.5, 3), 9.188914116546759e-1);
    agrees(d.chiSquareUpper(900, 7), 4.801227624336679e-190);
    agrees(d.chiSquareUpper(12, 10), 2.850565003166312e-1);
    agrees(d.chiSquareUpper(2100, 2000), 5.867111137731809e-2);
    agrees(d.chiSquareUpper(3, 2.5), 3.05849629445818e-1);
    agrees(d.fUpper(3, 3, 20), 5.485861866829508e-2);
    agrees(d.fUpper(400, 2, 30), 2.347726138151602e-22);
    agrees(d.fUpper(1e-3, 5, 7), 9.999998523002307e-1);
    agrees(d.tUpper(2, 5), 5.096973941492914e-2);
    agrees(d.tUpper(50, 30), 9.357708829611422e-31);
    agrees(d.normalUpper(10), 7.619853024160527e-24);
  });

  it("give R's quantiles, far tails included", () => {
    agrees(d.normalQuantile(1e-300), -3.70470962993612e1);
    agrees(d.normalQuantile(1e-17), -8.4937932241096);
    agrees(d.normalQuantile(0.01), -2.326347874040841);
    agrees(d.normalQuantile(1e-5), -4.264890793922826);
    agrees(d.normalQuantile(0.999), 3.090232306167813);
    agrees(d.normalQuantile(0.4), -2.533471031357998e-1);
    agrees(d.tQuantile(0.975, 17.3), 2.107032003753468);
    // Bisection stops at 1e-14 absolutely, a few 1e-13 of the smallest of these.
    agrees(d.betaQuantile(0.1586553, 30.5, 570.2), 4.185931370197881e-2);
    agrees(d.betaQuantile(0.8413447, 2, 1.5), 8.289902404205466e-1);
    agrees(d.betaQuantile(0.1586553, 2000, 40), 9.77334356395624e-1);
  });

  it("take infinite degrees of freedom as the limit", () => {
    expect(d.tTwoSided(1.96, Number.POSITIVE_INFINITY)).toBe(2 * d.normalCdf(-1.96));
    expect(d.tQuantile(0.975, Number.POSITIVE_INFINITY)).toBe(d.normalQuantile(0.975));
    expect(d.fUpper(2, 3, Number.POSITIVE_INFINITY)).toBe(d.chiSquareUpper(6, 3));
    // At 1e8 degrees of freedom t differs from the normal by about 1/1e8 relative.
    agrees(d.tCdf(-1.96, 1e8), d.normalCdf(-1.96), 1e-7);
  });

  it("answer at the ends of their ranges and nowhere beyond", () => {
    expect(d.normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(d.normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(d.normalQuantile(1.1)).toBeNaN();
    expect(d.chiSquareUpper(0, 3)).toBe(1);
    expect(d.chiSquareUpper(1, 0)).toBeNaN();
    expect(d.fUpper(0, 2, 3)).toBe(1);
    expect(d.tCdf(Number.POSITIVE_INFINITY, 3)).toBe(1);
  });
});
