/**
 * Bits, elementary functions and distributions against published words, decimal constants and closed forms.
 *
 * @module
 */

import { nextWord, seededState } from "../../random/bits.ts";
import { fillNormals } from "../../random/normals.ts";
import { mean } from "../../stats/descriptive.ts";
import {
  betaCdf,
  betaQuantile,
  chiSquareCdf,
  chiSquareUpper,
  fCdf,
  fUpper,
  tQuantile,
  tTwoSided,
  tUpper,
} from "../../stats/distributions.ts";
import { lnGamma } from "../../stats/gamma.ts";
import { normalCdf, normalQuantile, normalUpper } from "../../stats/normal.ts";
import { atanh, exp, ln } from "../../stats/special.ts";
import { studentizedRangeUpper } from "../../stats/studentizedRange.ts";
import type { Compare } from "./comparison.ts";

/** The first words of xoshiro128++ from the state 1, 2, 3, 4, as its authors publish them. */
const WORDS = [
  ...[641, 1573767, 3222811527, 3517856514, 836907274],
  ...[4247214768, 3867114732, 1355841295, 495546011, 621204420],
];

/** x, and the doubles nearest to f(x), from forty decimal digits. */
const ELEMENTARY: readonly (readonly [name: string, f: (x: number) => number, x: number, value: number])[] = [
  ["ln", ln, 2, Math.LN2],
  ["ln", ln, 3, 1.0986122886681098],
  ["ln", ln, 10, Math.LN10],
  ["ln", ln, 1.5, 0.4054651081081644],
  ["ln", ln, 1000000007, 20.72326584394641],
  ["ln", ln, 2 ** -1074, -744.4400719213812],
  ["exp", exp, 1, Math.E],
  ["exp", exp, -1, 0.36787944117144233],
  ["exp", exp, 10, 22026.465794806718],
  ["exp", exp, -10, 4.5399929762484854e-5],
  ["exp", exp, 0.5, 1.6487212707001282],
  ["exp", exp, 100, 2.6881171418161356e43],
  ["atanh", atanh, 0.5, 0.5493061443340549],
];

/**
 * x and f(x), in closed form or from tables. Tails of whole and half degrees of freedom are elementary; those of the
 * normal distribution are R's `pnorm(x, lower.tail = FALSE)` and `qnorm(p)` to 16 digits.
 */
const distributions = (): readonly (readonly [what: string, value: number, expected: number])[] => [
  ["upper tail of t(1) at 3", tUpper(3, 1), Math.atan(1 / 3) / Math.PI],
  ["upper tail of t(1) at 10⁶", tUpper(1e6, 1), Math.atan(1e-6) / Math.PI],
  ["upper tail of t(2) at 1.5", tUpper(1.5, 2), 0.5 - 1.5 / (2 * Math.sqrt(4.25))],
  ["two tails of t(2) at 4", tTwoSided(4, 2), 1 - 4 / Math.sqrt(18)],
  ["upper tail of t(4) at 2", tUpper(2, 4), 0.5 - (3 / 8) * Math.SQRT2 * (1 - 1 / 6)],
  ["97.5% of t(1)", tQuantile(0.975, 1), 1 / Math.tan(0.025 * Math.PI)],
  ["97.5% of t(2)", tQuantile(0.975, 2), 0.95 / Math.sqrt(2 * 0.975 * 0.025)],
  ["0.5% of t(2)", tQuantile(0.005, 2), -0.99 / Math.sqrt(2 * 0.005 * 0.995)],
  ["97.5% of t(10)", tQuantile(0.975, 10), 2.228138851964939],
  ["upper tail of χ²(1) at 3.84", chiSquareUpper(3.84, 1), 5.004352124870522e-2],
  ["upper tail of χ²(2) at 7", chiSquareUpper(7, 2), Math.exp(-3.5)],
  ["upper tail of χ²(2) at 300", chiSquareUpper(300, 2), Math.exp(-150)],
  ["upper tail of χ²(4) at 9", chiSquareUpper(9, 4), Math.exp(-4.5) * 5.5],
  ["upper tail of χ²(6) at 5", chiSquareUpper(5, 6), Math.exp(-2.5) * (1 + 2.5 + 3.125)],
  ["lower tail of χ²(2) at 1", chiSquareCdf(1, 2), -Math.expm1(-0.5)],
  ["upper tail of F(2, 10) at 4", fUpper(4, 2, 10), 1.8 ** -5],
  ["upper tail of F(2, 51) at 100", fUpper(100, 2, 51), (1 + 200 / 51) ** -25.5],
  ["upper tail of F(1, 2) at 9", fUpper(9, 1, 2), 1 - 3 / Math.sqrt(11)],
  ["upper tail of F(4, 2) at 3", fUpper(3, 4, 2), 1 - (6 / 7) ** 2],
  ["lower tail of F(2, 4) at 1", fCdf(1, 2, 4), 1 - 1.5 ** -2],
  ["beta(3, 1) below 0.4", betaCdf(0.4, 3, 1), 0.4 ** 3],
  ["beta(1, 5) below 0.1", betaCdf(0.1, 1, 5), 1 - 0.9 ** 5],
  ["beta(2, 2) below 0.3", betaCdf(0.3, 2, 2), 0.09 * 2.4],
  ["20% of beta(4, 1)", betaQuantile(0.2, 4, 1), 0.2 ** 0.25],
  ["normal tail beyond 1", normalUpper(1), 0.1586552539314571],
  ["normal tail beyond 5", normalUpper(5), 2.866515718791939e-7],
  ["normal tail beyond 10", normalUpper(10), 7.619853024160527e-24],
  ["normal below −3", normalCdf(-3), 1.349898031630095e-3],
  ["97.5% of the normal", normalQuantile(0.975), 1.959963984540054],
  ["10⁻⁵ of the normal", normalQuantile(1e-5), -4.264890793922825],
  ["ln Γ(½)", lnGamma(0.5), Math.log(Math.PI) / 2],
  ["ln Γ(11)", lnGamma(11), Math.log(3628800)],
  ["ln Γ(20.5)", lnGamma(20.5), halfFactorial(20)],
  // The range of two means is √2 |t|.
  ["range of 2 with 7 df beyond 3", studentizedRangeUpper(3, 2, 7), tTwoSided(3 / Math.SQRT2, 7)],
  ["range of 2 with 30 df beyond 4.5", studentizedRangeUpper(4.5, 2, 30), tTwoSided(4.5 / Math.SQRT2, 30)],
];

/** ln Γ(n + ½) = ln √π + Σ ln(i − ½). */
function halfFactorial(n: number): number {
  let sum = Math.log(Math.PI) / 2;
  for (let i = 1; i <= n; i++) sum += Math.log(i - 0.5);
  return sum;
}

/** Random words and what comes of them, elementary functions, tails and quantiles. */
export function compareFunctions(compare: Compare): void {
  const state = Int32Array.of(1, 2, 3, 4);
  WORDS.forEach((word, i) => {
    compare(`word ${i} of xoshiro128++`, nextWord(state) >>> 0, word);
  });
  for (const [name, f, x, value] of ELEMENTARY) {
    // fdlibm stays below one unit in the last place, 2⁻⁵² of the value at most.
    compare(`${name} ${x}`, f(x), value, Number.EPSILON * Math.abs(value));
  }
  for (const [what, value, expected] of distributions()) {
    // Series and continued fractions, and closed forms that drop up to three digits: 1e-11 is left.
    compare(what, value, expected, 1e-11 * Math.abs(expected));
  }
  compareNormals(compare);
}

/** Moments of normals, and how many lie in the tails: within four standard errors, the seed being fixed. */
function compareNormals(compare: Compare): void {
  const size = 200_000;
  const draws = new Float64Array(size);
  fillNormals(draws, seededState(1));
  const moments = [1, 0, 1, 0, 3, 0, 15, 0, 105];
  for (let power = 1; power <= 4; power++) {
    const error = Math.sqrt((moments[2 * power] - moments[power] ** 2) / size);
    const value = mean(draws.map((x) => x ** power));
    compare(`mean of x^${power} of 200 000 normals`, value, moments[power], 4 * error);
  }
  for (const edge of [1, 2, 3]) {
    const share = 2 * normalUpper(edge);
    const found = draws.reduce((count, x) => count + +(Math.abs(x) > edge), 0) / size;
    const error = Math.sqrt((share * (1 - share)) / size);
    compare(`share of 200 000 normals beyond ${edge}`, found, share, 4 * error);
  }
}
