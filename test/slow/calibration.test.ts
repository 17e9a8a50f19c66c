import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import {
  exponential,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  type Priors,
} from "../../src/gibbs/priors.ts";
import { chiSquareUpper } from "../../src/stats/distributions.ts";
import {
  chiSquareOfRanks,
  crossed,
  type Design,
  nestedFactors,
  oneFactor,
  ranksOf,
  threeColumns,
} from "./sbc.ts";

type ProperPriors = Required<Pick<Priors, "sigma" | "terms">>;
type SchemeName = "collapsed" | "crossed" | "blocked" | "full-conditionals";

const SIMULATIONS = 1000;

const intercepts = oneFactor("y ~ x + (1 | g)");
const slopes = oneFactor("y ~ x + (x | g)");
const parabolas = threeColumns("y ~ x + (x + I(x^2) | g)");
const twoFactors = crossed("y ~ x + (1 | g) + (1 | h)");
const nested = nestedFactors("y ~ x + (1 | g/h)");
const crossedSlopes = crossed("y ~ x + (x | g) + (1 | h)");
const crossedTwoSlopes = crossed("y ~ x + (x | g) + (x | h)");

/**
 * Scheme, design, priors in words, priors, iterations between kept draws. In the textbook scheme β and b hold each
 * other in place: with 60 iterations between draws the ranks of β still show it.
 */
const CELLS: readonly (readonly [SchemeName, Design, string, ProperPriors, number])[] = [
  ["collapsed", intercepts, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } }, 4],
  [
    "collapsed",
    intercepts,
    "inverse-gamma",
    { sigma: inverseGamma(3, 2), terms: { g: inverseGamma(2, 1) } },
    4,
  ],
  [
    "collapsed",
    intercepts,
    "exponential, half-normal",
    { sigma: halfNormal(1), terms: { g: exponential(1) } },
    4,
  ],
  ["collapsed", slopes, "Huang–Wand", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } }, 6],
  ["collapsed", slopes, "inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 6], // biome-ignore format: a table
  ["collapsed", slopes, "LKJ(2), half-t", { sigma: halfT(4, 1), terms: { g: lkj(2, halfT(4, 1)) } }, 6],
  ["collapsed", parabolas, "LKJ(2), half-normal", { sigma: halfNormal(1), terms: { g: lkj(2, halfNormal(1)) } }, 15], // biome-ignore format: a table
  ["collapsed", parabolas, "Huang–Wand", { sigma: halfT(4, 1), terms: { g: huangWand({ df: 4, scale: 1 }) } }, 15], // biome-ignore format: a table
  ["collapsed", nested, "half-t", { sigma: halfT(4, 1), terms: { "h:g": halfT(4, 1), g: halfT(4, 1) } }, 6],
  ["collapsed", twoFactors, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1), h: halfT(4, 1) } }, 6],
  ["collapsed", crossedSlopes, "Huang–Wand, half-t", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }), h: halfT(4, 1) } }, 8], // biome-ignore format: a table
  ["crossed", twoFactors, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1), h: halfT(4, 1) } }, 8],
  ["crossed", nested, "half-t", { sigma: halfT(4, 1), terms: { "h:g": halfT(4, 1), g: halfT(4, 1) } }, 12],
  ["crossed", crossedSlopes, "Huang–Wand, half-t", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }), h: halfT(4, 1) } }, 12], // biome-ignore format: a table
  ["crossed", crossedTwoSlopes, "LKJ(2) and half-t, inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: lkj(2, halfT(4, 1)), h: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 12], // biome-ignore format: a table
  ["blocked", intercepts, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } }, 10],
  [
    "blocked",
    intercepts,
    "inverse-gamma",
    { sigma: inverseGamma(3, 2), terms: { g: inverseGamma(2, 1) } },
    10,
  ],
  [
    "blocked",
    intercepts,
    "exponential, half-normal",
    { sigma: halfNormal(1), terms: { g: exponential(1) } },
    10,
  ],
  ["blocked", slopes, "Huang–Wand", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } }, 15],
  ["blocked", slopes, "inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 15], // biome-ignore format: a table
  ["blocked", slopes, "LKJ(2), half-t", { sigma: halfT(4, 1), terms: { g: lkj(2, halfT(4, 1)) } }, 15],
  ["blocked", parabolas, "LKJ(2), half-normal", { sigma: halfNormal(1), terms: { g: lkj(2, halfNormal(1)) } }, 20], // biome-ignore format: a table
  ["blocked", twoFactors, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1), h: halfT(4, 1) } }, 15],
  ["blocked", crossedSlopes, "Huang–Wand, half-t", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }), h: halfT(4, 1) } }, 15], // biome-ignore format: a table
  ["full-conditionals", intercepts, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } }, 200],
  [
    "full-conditionals",
    intercepts,
    "inverse-gamma",
    { sigma: inverseGamma(3, 2), terms: { g: inverseGamma(2, 1) } },
    200,
  ],
  [
    "full-conditionals",
    slopes,
    "Huang–Wand",
    { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } },
    200,
  ],
  ["full-conditionals", slopes, "inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 200], // biome-ignore format: a table
];

const report: string[] = [];
const worst: { p: number; statistics: number } = { p: 1, statistics: 0 };

describe("simulation-based calibration", () => {
  it.each(CELLS.map((cell) => [`${cell[0]}: ${cell[1].name}, ${cell[2]}`, cell] as const))(
    "%s",
    (_, cell) => {
      const [scheme, design, words, priors, thin] = cell;
      const { variables, ranks, draws } = ranksOf(design, priors, scheme, SIMULATIONS, thin, 4242);
      const found = variables.map((name, v) => {
        const statistic = chiSquareOfRanks(ranks[v], draws);
        return { name, statistic, p: chiSquareUpper(statistic, 19) };
      });
      const [least] = [...found].sort((a, b) => a.p - b.p);
      worst.p = Math.min(worst.p, least.p);
      worst.statistics += found.length;
      report.push(
        `| ${scheme} | ${design.name.replaceAll("|", "\\|")} | ${words} | ${found.length} | ${least.name.replaceAll("|", "\\|")} | ${least.statistic.toFixed(1)} | ${least.p.toFixed(3)} |`,
      );
      // Bonferroni 1% over all statistics of the table, about 180 of them.
      for (const { name, p } of found) expect(p, name).toBeGreaterThan(0.01 / 180);
    },
  );

  afterAll(() => {
    if (report.length < CELLS.length) return;
    writeFileSync(
      new URL("../../docs/calibration.md", import.meta.url),
      [
        "# Calibration",
        "",
        `Simulation-based calibration (Talts et al. 2018), ${SIMULATIONS} simulations per row, ranks among 99 thinned draws in 20 bins (χ² with 19 degrees of freedom). Parameters are drawn from their priors (proper, with scales fixed as numbers), β by translation invariance, then data, then a posterior; the ranks of the parameters among the draws must be uniform. The last three columns show the least uniform statistic of each row.`,
        "",
        "| scheme | design | priors | statistics | least uniform | χ² | p |",
        "|---|---|---|---|---|---|---|",
        ...report,
        "",
        `${worst.statistics} statistics in all; the smallest p is ${worst.p.toFixed(4)}, and Bonferroni at 1% asks for ${(0.01 / worst.statistics).toFixed(5)}.`,
        "",
        "Made by `npm run test:slow` (`test/slow/calibration.test.ts`).",
        "",
      ].join("\n"),
    );
  });
});
