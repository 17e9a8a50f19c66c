/**
 * Caterpillar plots: the effects of the levels of a grouping factor, in order.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { ArgumentError, checkKind, didYouMean, listOf, show } from "../errors.ts";
import { shortName } from "../model/variables.ts";
import { mean, quantileSorted, sorted } from "../stats/descriptive.ts";
import { normalQuantile } from "../stats/normal.ts";
import { CHAIN_COLORS, checkProbability, type DrawsLike, drawsOf, labelOf, plotOptions } from "./common.ts";
import { gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";

/** Options of {@link caterpillar}. */
export interface CaterpillarOptions {
  /** Grouping factor as printed; defaults to the first that has draws. */
  readonly group?: string;
  /** Probability of the intervals; defaults to 0.95. */
  readonly prob?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
}

/** A REML or ML fit. */
export interface WithModes {
  ranef(): readonly {
    readonly group: string;
    readonly level: string;
    readonly term: string;
    readonly mode: number;
    readonly sd: number;
  }[];
}

/** The effect of one level on one coefficient, in the response's units. */
export interface CaterpillarRow {
  readonly variable: string;
  readonly group: string;
  readonly term: string;
  readonly level: string;
  /** Posterior mean, or conditional mode. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Posterior means and central intervals of the group effects (of a fit: conditional modes with normal intervals), levels in ascending order of their first coefficient.
 * lme4: `dotplot(ranef(fit))`.
 *
 * @throws `unknown-group`; `no-group-effects` where none were kept.
 */
export function caterpillarData(
  input: DrawsLike | WithModes,
  options: CaterpillarOptions = {},
): CaterpillarRow[] {
  const { prob = 0.95 } = options;
  checkProbability("prob", prob);
  checkKind("The plot", input, [], "a posterior or a fit", "Pass what reml(), ml() or gibbs() returns.");
  const all =
    "ranef" in input && !("draws" in input) ? modesOf(input, prob) : meansOf(input as DrawsLike, prob);
  const groups = [...new Set(all.map((row) => row.group))];
  if (groups.length === 0) {
    throw new ArgumentError(
      "no-group-effects",
      "The draws hold no group effects.",
      'Sample with keep: "all" to keep them.',
    );
  }
  const group = options.group ?? groups[0];
  if (!groups.includes(group)) {
    const near = didYouMean(group, groups);
    throw new ArgumentError(
      "unknown-group",
      `There are no effects of a group ${show(group)}.`,
      near === undefined ? `There are ${listOf(groups)}.` : `Did you mean "${near}"?`,
    );
  }
  const rows = all.filter((row) => row.group === group);
  const first = rows.filter((row) => row.term === rows[0].term).sort((a, b) => a.mean - b.mean);
  const rank = new Map(first.map((row, k) => [row.level, k]));
  return rows.sort((a, b) => (rank.get(a.level) ?? 0) - (rank.get(b.level) ?? 0));
}

/** Posterior means and central intervals of all group effects. */
function meansOf(input: DrawsLike, prob: number): CaterpillarRow[] {
  const kept = drawsOf(input);
  const has = kept.info.some((info) => info.kind === "group");
  const draws = !has && "effects" in input ? input.effects() : kept;
  return draws.info
    .filter((info) => info.kind === "group")
    .map(({ name, group = "", term = "", level = "" }) => {
      const ascending = sorted(draws.get(name));
      const [low, high] = [(1 - prob) / 2, (1 + prob) / 2].map((p) => quantileSorted(ascending, p));
      return { variable: name, group, term, level, mean: mean(ascending), low, high };
    });
}

/** Conditional modes, and as many of their SDs to either side as a normal takes. */
function modesOf(fit: WithModes, prob: number): CaterpillarRow[] {
  const width = normalQuantile(0.5 + prob / 2);
  return fit.ranef().map(({ group, term, level, mode, sd }) => {
    const variable = `r_${group}[${level},${shortName(term)}]`;
    return {
      variable,
      group,
      term,
      level,
      mean: mode,
      low: mode - width * sd,
      high: mode + width * sd,
    };
  });
}

/**
 * Effects of the levels with their intervals, one panel per coefficient. lme4: `dotplot(ranef(fit))`.
 *
 * @throws `unknown-group`; `no-group-effects`.
 * @example
 * ```ts
 * Plot.plot(caterpillar(posterior, { group: "Subject" }));
 * ```
 */
export function caterpillar(
  input: DrawsLike | WithModes,
  options: CaterpillarOptions = {},
): Plot.PlotOptions {
  plotOptions("caterpillar()", options, ["group", "prob", "width"]);
  const rows = caterpillarData(input, options);
  const terms = [...new Set(rows.map((row) => row.term))];
  const levels = [...new Set(rows.map((row) => row.level))];
  const cells = terms.map((_, column) => ({ column, row: 0 }));
  const ranges = terms.map((term) =>
    rangeOf(
      rows.filter((row) => row.term === term).flatMap((row) => [row.low, row.high]),
      5,
    ),
  );
  const marks = rows.map((row) => {
    const k = terms.indexOf(row.term);
    const [low, high, x] = [row.low, row.high, row.mean].map((value) => place(ranges[k], value));
    return { ...cells[k], level: row.level, low, high, x };
  });
  const zeros = cells
    .map((cell, k) => ({ ...cell, x: place(ranges[k], 0) }))
    .filter(({ x }) => x >= 0 && x <= 1);
  // Labels of hundreds of levels would cover each other: every so many-th is written.
  const every = Math.ceil(levels.length / 60);
  const labels = [...levels.keys()]
    .filter((k) => k % every === 0)
    .map((k) => ({ column: 0, row: 0, level: levels[k], text: labelOf(levels[k], 42) }));
  const longest = Math.max(3, ...levels.map((level) => level.length));
  const panelHeight = Math.max(60, Math.min(levels.length, 60) * 13);
  const panel = { fx: "column", fy: "row" } as const;
  const { width = 720 } = options;
  const left = Math.min(260, 16 + 6.2 * longest);
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 28, gapY: 30, left, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, type: "point", domain: [...levels].reverse() },
    marks: [
      ...ticksX(cells, ranges),
      Plot.ruleX(zeros, {
        ...panel,
        x: "x",
        stroke: "currentColor",
        strokeDasharray: "2,2",
        strokeOpacity: 0.6,
      }),
      Plot.text(labels, {
        ...panel,
        y: "level",
        text: "text",
        frameAnchor: "left",
        textAnchor: "end",
        dx: -8,
      }),
      Plot.link(marks, {
        ...panel,
        x1: "low",
        x2: "high",
        y1: "level",
        y2: "level",
        stroke: CHAIN_COLORS[0],
        strokeWidth: 1.3,
      }),
      Plot.dot(marks, {
        ...panel,
        x: "x",
        y: "level",
        r: 2.6,
        fill: CHAIN_COLORS[0],
        stroke: "white",
        strokeWidth: 0.7,
      }),
      titles(cells, terms, titleLength(cells, width - left)),
    ],
  };
}
