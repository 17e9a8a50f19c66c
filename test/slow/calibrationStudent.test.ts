import { describe, expect, it } from "vitest";
import { halfT, lkj } from "../../src/gibbs/priors.ts";
import { student } from "../../src/model/student.ts";
import { chiSquareUpper } from "../../src/stats/distributions.ts";
import { chiSquareOfRanks, oneFactor, ranksOf, structured } from "./sbc.ts";

const SIMULATIONS = 1000;
const sds = { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } };
const slopes = { sigma: halfT(4, 1), terms: { g: lkj(2, halfT(4, 1)) } };

describe("simulation-based calibration of Student-t residuals and effects", () => {
  // Design, words, priors, iterations between kept draws: σ and ν pull at each other where ν is estimated.
  const cells = [
    [oneFactor("y ~ x + (1 | g)", { residuals: student({ df: 4 }) }), "residuals with 4 df", sds, 15],
    [oneFactor("y ~ x + (1 | g)", { residuals: student() }), "residuals", sds, 25],
    [oneFactor("y ~ x + (1 | g)", { effects: { g: student() } }), "effects", sds, 25],
    [
      oneFactor("y ~ x + (x | g)", { residuals: student(), effects: { g: student({ df: 3 }) } }),
      "residuals, effects with 3 df",
      slopes,
      25,
    ],
    [
      structured("y ~ x + (1 | g)", {
        sigmaBy: "s",
        residuals: student(),
        effects: { g: student({ df: 3 }) },
      }),
      "residuals in two strata, effects with 3 df",
      sds,
      25,
    ],
  ] as const;
  it.each(cells.map((cell) => [`${cell[0].name}: ${cell[1]}`, cell] as const))("%s", (_, cell) => {
    const [design, , priors, thin] = cell;
    const { variables, ranks, draws } = ranksOf(design, priors, "blocked", SIMULATIONS, thin, 5252);
    variables.forEach((name, v) => {
      const p = chiSquareUpper(chiSquareOfRanks(ranks[v], draws), 19);
      // Bonferroni 1% over the 33 statistics of this file.
      expect(p, name).toBeGreaterThan(0.01 / 33);
    });
  });
});
