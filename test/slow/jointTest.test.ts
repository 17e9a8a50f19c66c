import { describe, expect, it } from "vitest";
import { jointTest } from "../../src/check/jointTest.ts";
import {
  exponential,
  fixed,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
} from "../../src/gibbs/priors.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { RandomStream } from "../../src/random/stream.ts";

const stream = new RandomStream(4);
const rows = Array.from({ length: 24 }, (_, i) => ({
  y: stream.normal(),
  x: stream.normal(),
  w: 0.5 + stream.uniform(),
  g: `g${i % 4}`,
  h: `h${i % 5}`,
  f: "abc"[(i >> 2) % 3],
  s: i % 2 === 0 ? "u" : "v",
}));
const square = [[2, 0.5], [0.5, 1]]; // biome-ignore format: a matrix

/** Formula, priors, options; σ and β have their own in every one. */
const CASES: readonly (readonly [
  formula: string,
  terms: NonNullable<Priors["terms"]>,
  options?: LmmOptions,
])[] = [
  ["y ~ x + (1 | g)", { g: halfT(4, 1) }, { weights: "w" }],
  ["y ~ x + (1 | g)", { g: inverseGamma(2, 1) }],
  ["y ~ x + (1 | g)", { g: exponential(1) }],
  ["y ~ x + (x | g)", { g: huangWand({ scale: 1 }) }],
  ["y ~ x + (x | g)", { g: inverseWishart(5, square) }],
  ["y ~ x + (x | g)", { g: lkj(2, [halfNormal(1), halfT(4, 1)]) }],
  ["y ~ x + (x | g) + (1 | h)", { g: huangWand({ scale: 1 }), h: fixed(0.7) }],
  ["y ~ x + (1 | h) + (1 | g)", { g: halfT(4, 1), h: halfT(4, 1) }],
];
const STRUCTURED: typeof CASES = [
  ["y ~ x + cs(0 + f | g)", { g: halfT(4, 1) }],
  ["y ~ x + (1 | g)", { g: halfNormal(1) }, { weights: "w", sigmaBy: "s" }],
];

describe.each(["blocked", "full-conditionals", "crossed", "collapsed"] as const)(
  "Geweke's test: %s",
  (scheme) => {
    const structured = scheme === "blocked" || scheme === "full-conditionals" ? STRUCTURED : [];
    const named = [...CASES, ...structured].map(
      (cell) => [`${cell[0]}, ${JSON.stringify(cell[1])}`, cell] as const,
    );
    it.each(named)("%s", async (_, [formula, terms, options]) => {
      const model = lmm(formula, rows, options);
      const priors = { beta: { Intercept: normal(0, 1), x: normal(1, 2) }, sigma: inverseGamma(3, 2), terms };
      const cheap = structured.length > 0;
      const sizes = { simulations: cheap ? 1000 : 200, turns: cheap ? 20 : 8 };
      const { rows: found } = await jointTest(model, { priors, scheme, seed: 8, ...sizes });
      // Bonferroni 1% over some 550 statistics of the file.
      for (const { variable, statistic, p } of found) {
        expect(p, `${variable} ${statistic}`).toBeGreaterThan(0.01 / 550);
      }
    });
  },
);
