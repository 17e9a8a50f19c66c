import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { BlmmError } from "../../src/errors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";

/**
 * One-way designs in the manner of NIST's analysis-of-variance sets (SmLs01–09): nine groups, differences of tenths on
 * an offset that takes up more and more of a number's sixteen digits. Balanced, so REML has closed forms, evaluated
 * here in whole numbers. The table of docs/benchmarks.md is made of these digits.
 */

const CENTRES = [4, 3, 5, 2, 6, 1, 7, 0, 8];

interface Design {
  readonly y: readonly number[];
  readonly g: readonly string[];
}

/** The first of each group in the middle, the others a tenth below and above in turn. */
function design(replicates: number, offset: number): Design {
  const y: number[] = [];
  const g: string[] = [];
  CENTRES.forEach((centre, group) => {
    for (let j = 0; j < replicates; j++) {
      const within = j === 0 ? 0 : j % 2 === 1 ? -1 : 1;
      y.push(offset + (centre + within) / 10);
      g.push(`g${group}`);
    }
  });
  return { y, g };
}

/** A number as a ratio of whole numbers. */
type Ratio = readonly [numerator: bigint, denominator: bigint];

/** Exact REML estimates of σ² and σ_b² for whole responses, nine groups of m. */
function exactVariances(y: readonly bigint[], m: bigint): { residual: Ratio; between: Ratio } {
  const n = 9n * m;
  const square = (v: bigint): bigint => v * v;
  const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
  const totals = CENTRES.map((_, g) => sum(y.slice(g * Number(m), (g + 1) * Number(m))));
  // Sums of squares times n, so that everything stays whole.
  const groups = 9n * sum(totals.map(square));
  const within = n * sum(y.map(square)) - groups;
  const between = groups - square(sum(totals));
  // MSW = within / (n (n − 9)), MSB = between / (8 n), σ_b² = (MSB − MSW) / m.
  return {
    residual: [within, n * (n - 9n)],
    between: [between * (n - 9n) - 8n * within, 8n * n * (n - 9n) * m],
  };
}

// Doubles of 10³ and more are whole multiples of 2⁻⁴³; both estimates are then in units of 2⁻⁸⁶.
const UNIT = 2 ** 43;
const exactly = (y: readonly number[]): bigint[] => y.map((value) => BigInt(value * UNIT));

/** −log₁₀ of the relative error of an estimate, at most 16. */
function digits(estimate: number, [numerator, denominator]: Ratio, unit = UNIT): number {
  // estimate · unit² is a power of two away from the estimate: exact, and whole after 2⁶⁰ more.
  const fine = 2n ** 60n;
  const scaled = BigInt(Math.round(estimate * unit * unit * 2 ** 60));
  const error = scaled * denominator - numerator * fine;
  // Twenty digits of the quotient before it becomes a double.
  const relative = Number((error * 10n ** 20n) / (numerator * fine)) / 1e20;
  return Math.min(16, -Math.log10(Math.abs(relative)));
}

interface Stored {
  readonly replicates: number;
  readonly power: number;
  readonly sum: number;
  readonly default: readonly [number, number];
  readonly tight: readonly [number, number];
}

const { fits }: { fits: readonly Stored[] } = JSON.parse(
  readFileSync(new URL("../golden/stress.json", import.meta.url), "utf8"),
);

/**
 * Digits asked for. Left of them: a mean square adds up to 1809 squares, 1e-13 of it at worst and some 1e-15 as a rule,
 * and the optimiser stops within 1e-8 standard errors of θ.
 */
const DIGITS = 12;

/** The mean square within groups had every tenth been stored exactly: (m − 1)/100 in each group over m − 1. */
const within = (m: number): number => (9 * (m - 1 - (m % 2 === 1 ? 0 : 1 / m))) / (9 * (m - 1)) / 100;

/** Rows of the table in docs/benchmarks.md, which UPDATE_DOCS=1 puts there. */
const lines: string[] = [];

afterAll(() => {
  if (process.env["UPDATE_DOCS"] === undefined) return;
  const page = new URL("../../docs/benchmarks.md", import.meta.url);
  const marked = /(<!-- stress -->\n\n.*\n.*\n)[\s\S]*?(\n\n<!-- end -->)/;
  writeFileSync(page, readFileSync(page, "utf8").replace(marked, `$1${lines.join("\n")}$2`));
});

describe("one-way designs on an offset, nine groups", () => {
  for (const { replicates, power, sum, default: usual, tight } of fits) {
    const { y, g } = design(replicates, 10 ** power);
    const exact = exactVariances(exactly(y), BigInt(replicates));

    it(`${9 * replicates} rows on 1e${power}: σ² and σ_b² to ${DIGITS} digits, more than lme4's`, () => {
      // The peer saw the same numbers.
      expect(y.reduce((a, b) => a + b, 0)).toBe(sum);
      const fit = reml(lmm("y ~ 1 + (1 | g)", { y, g }));
      expect(fit.convergence.ok).toBe(true);
      const residual = digits(fit.sigma ** 2, exact.residual);
      const between = digits(fit.varCorr()[0].covariance, exact.between);
      const peers = [usual, tight].flatMap((pair) => [
        digits(pair[0], exact.residual),
        digits(pair[1], exact.between),
      ]);
      // What storing the numbers left of the variance of tenths, the same for everybody.
      const carried = digits(within(replicates), exact.residual);
      const row = [carried, residual, between, ...peers].map((v) => Math.max(0, v).toFixed(1)).join(" | ");
      lines.push(`| ${9 * replicates} | 10^${power} | ${row} |`);
      expect(residual).toBeGreaterThanOrEqual(DIGITS);
      expect(between).toBeGreaterThanOrEqual(DIGITS);
      expect(Math.min(residual, between)).toBeGreaterThan(Math.max(...peers));
    });
  }

  it("says so when the offset leaves no digits", () => {
    for (const power of [14, 15, 16, 20]) {
      const { y, g } = design(21, 10 ** power);
      let code = "";
      try {
        reml(lmm("y ~ 1 + (1 | g)", { y, g }));
      } catch (error) {
        code = error instanceof BlmmError ? error.code : String(error);
      }
      expect([power, code]).toEqual([power, expect.stringMatching(/^(perfect-fit|constant-response)$/)]);
    }
  });
});
