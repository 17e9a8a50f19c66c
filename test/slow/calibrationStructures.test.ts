import { describe, expect, it } from "vitest";
import { halfNormal, halfT } from "../../src/gibbs/priors.ts";
import { chiSquareUpper } from "../../src/stats/distributions.ts";
import { chiSquareOfRanks, ranksOf, structured } from "./sbc.ts";

const SIMULATIONS = 1000;
const symmetric = structured("y ~ x + cs(0 + f | g)");
const strata = structured("y ~ x + (1 | g)", { sigmaBy: "s" });
const both = structured("y ~ x + cs(0 + f | g)", { sigmaBy: "s" });
const priors = { sigma: halfT(4, 1), terms: { g: halfNormal(1) } };

describe("simulation-based calibration of structured variances", () => {
  // As in calibration.test.ts; the textbook scheme needs more iterations between kept draws.
  const cells = [
    ["blocked", symmetric, 15],
    ["blocked", strata, 15],
    ["blocked", both, 15],
    ["full-conditionals", both, 200],
  ] as const;
  it.each(cells.map((cell) => [`${cell[0]}: ${cell[1].name}`, cell] as const))("%s", (_, cell) => {
    const [scheme, design, thin] = cell;
    const { variables, ranks, draws } = ranksOf(design, priors, scheme, SIMULATIONS, thin, 2424);
    variables.forEach((name, v) => {
      const p = chiSquareUpper(chiSquareOfRanks(ranks[v], draws), 19);
      // Bonferroni 1% over the 32 statistics of this file.
      expect(p, name).toBeGreaterThan(0.01 / 32);
    });
  });
});
