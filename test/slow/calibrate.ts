/** Simulation-based calibration, cell by cell, and the section of docs/calibration.md that it makes. */

import { afterAll, describe, expect, it } from "vitest";
import { writeSection } from "../../bench/measure.ts";
import type { Priors } from "../../src/gibbs/priors.ts";
import { chiSquareUpper } from "../../src/stats/distributions.ts";
import { chiSquareOfRanks, type Design, ranksOf } from "./sbc.ts";

/** Scheme, design, parts of the model that are special in words, priors, iterations between kept draws; simulations, 1000 where left out. */
export type Cell = readonly [
  scheme: "collapsed" | "crossed" | "blocked" | "full-conditionals",
  design: Design,
  words: string,
  priors: Required<Pick<Priors, "sigma" | "terms">>,
  thin: number,
  simulations?: number,
];

// Fewer simulations into another page: a try-out of the mechanism, no calibration.
const fewer = process.env["BLMM_SIMULATIONS"];
const SIMULATIONS = Number(fewer ?? 1000);
const PAGE = process.env["BLMM_CALIBRATION_PAGE"] ?? "docs/calibration.md";

/**
 * Tests every cell, by Bonferroni at 1%, and writes the section when all have run.
 *
 * @param section - its mark in the page
 * @param statistics - how many the cells have in all
 */
export function calibrate(
  section: string,
  title: string,
  seed: number,
  statistics: number,
  cells: readonly Cell[],
): void {
  const rows: string[] = [];
  let count = 0;
  let smallest = 1;

  describe(title, () => {
    it.each(cells.map((cell) => [`${cell[0]}: ${cell[1].name}, ${cell[2]}`, cell] as const))(
      "%s",
      (_, cell) => {
        const [scheme, design, words, priors, thin, most = SIMULATIONS] = cell;
        const simulations = fewer === undefined ? most : SIMULATIONS;
        const { variables, ranks, draws } = ranksOf(design, priors, scheme, simulations, thin, seed);
        const found = variables.map((name, v) => {
          const statistic = chiSquareOfRanks(ranks[v], draws);
          return { name, statistic, p: chiSquareUpper(statistic, 19) };
        });
        const [least] = found.toSorted((a, b) => a.p - b.p);
        const texts = [
          scheme,
          design.name,
          words,
          simulations,
          found.length,
          least.name,
          least.statistic.toFixed(1),
          least.p.toFixed(3),
        ];
        rows.push(`| ${texts.map((text) => String(text).replaceAll("|", "\\|")).join(" | ")} |`);
        smallest = Math.min(smallest, least.p);
        count += found.length;
        for (const { name, p } of found) expect(p, name).toBeGreaterThan(0.01 / statistics);
      },
    );

    afterAll(() => {
      if (rows.length < cells.length) return;
      expect(count).toBe(statistics);
      const text = [
        "| scheme | design | priors | simulations | statistics | least uniform | χ² | p |",
        "|---|---|---|---|---|---|---|---|",
        ...rows,
        "",
        `${count} statistics in all; the smallest p is ${smallest.toFixed(4)}, and Bonferroni at 1% asks for ${(0.01 / count).toFixed(5)}. ${new Date().toISOString().slice(0, 10)}.`,
      ].join("\n");
      writeSection(section, text, PAGE);
    });
  });
}
