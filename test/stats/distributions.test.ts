import { describe, expect, it } from "vitest";
import * as d from "../../src/stats/distributions.ts";
import { normalCdf, normalQuantile, normalUpper } from "../../src/stats/normal.ts";

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
    agrees(normalUpper(10), 7.619853024160527e-24);
  });

  it("give R's quantiles, far tails included", () => {
    agrees(normalQuantile(1e-300), -3.70470962993612e1);
    agrees(normalQuantile(1e-17), -8.4937932241096);
    agrees(normalQuantile(0.01), -2.326347874040841);
    agrees(normalQuantile(1e-5), -4.264890793922826);
    agrees(normalQuantile(0.999), 3.090232306167813);
    agrees(normalQuantile(0.4), -2.533471031357998e-1);
    agrees(d.tQuantile(0.975, 17.3), 2.107032003753468);
    agrees(d.tQuantile(0.975, 4.7), 2.620726075353169);
    agrees(d.tQuantile(0.025, 1), -12.70620473617471);
    agrees(d.tQuantile(0.025, 0.4), -6.428272461565525e2);
    agrees(d.tQuantile(1e-4, 0.5), -1.028491156316328e7);
    agrees(d.tQuantile(1e-10, 3), -2.225769284683095e3);
    // 0.4999 as a double is off ½ − 1e-4 by up to 1e-16: 1e-12 of what the quantile is made from.
    agrees(d.tQuantile(0.4999, 2.5), -2.763891391801624e-4);
    agrees(d.tQuantile(0.995, 1e6), 2.575834220105334);
    agrees(d.tQuantile(0.3, 1e13), -5.244005127080573e-1);
    // Bisection stops at 1e-14 absolutely, a few 1e-13 of the smallest of these.
    agrees(d.betaQuantile(0.1586553, 30.5, 570.2), 4.185931370197881e-2);
    agrees(d.betaQuantile(0.8413447, 2, 1.5), 8.289902404205466e-1);
    agrees(d.betaQuantile(0.1586553, 2000, 40), 9.77334356395624e-1);
  });

  it("take infinite degrees of freedom as the limit", () => {
    expect(d.tTwoSided(1.96, Number.POSITIVE_INFINITY)).toBe(2 * normalCdf(-1.96));
    expect(d.tQuantile(0.975, Number.POSITIVE_INFINITY)).toBe(normalQuantile(0.975));
    expect(d.fUpper(2, 3, Number.POSITIVE_INFINITY)).toBe(d.chiSquareUpper(6, 3));
    // At 1e8 degrees of freedom t differs from the normal by about 1/1e8 relative.
    agrees(d.tCdf(-1.96, 1e8), normalCdf(-1.96), 1e-7);
  });

  it("answer at the ends of their ranges and nowhere beyond", () => {
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(1.1)).toBeNaN();
    expect(d.tQuantile(0, 3)).toBe(Number.NEGATIVE_INFINITY);
    expect(d.tQuantile(1, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(d.tQuantile(0.5, 3)).toBe(0);
    expect(d.tQuantile(1e-250, 0.3)).toBe(Number.NEGATIVE_INFINITY);
    expect(d.tQuantile(0.3, 0)).toBeNaN();
    expect(d.chiSquareUpper(0, 3)).toBe(1);
    expect(d.chiSquareUpper(1, 0)).toBeNaN();
    expect(d.fUpper(0, 2, 3)).toBe(1);
    expect(d.tCdf(Number.POSITIVE_INFINITY, 3)).toBe(1);
  });
});
