/**
 * Shrinkage plots: from what each level's own rows say to what the model says of it.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { ArgumentError, didYouMean, listOf, show } from "../errors.ts";
import { choleskyInto, solveLowerInto, solveLowerTransposedInto } from "../linalg/cholesky.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { RandomTerm } from "../model/randomTerms.ts";
import { type Predicting, predicting } from "./byRow.ts";
import { CHAIN_COLORS, labelOf, plotOptions } from "./common.ts";
import { ownTicks } from "./panels.ts";

/** A REML fit or a posterior. */
export interface Pooling extends Predicting {
  fixef(): Readonly<Record<string, number>>;
  /** Modes, or posterior means. */
  ranef(): readonly {
    readonly group: string;
    readonly level: string;
    readonly term: string;
    readonly mode?: number;
    readonly mean?: number;
  }[];
}

/** Options of {@link shrinkage}. */
export interface ShrinkageOptions {
  /** A random term as in `priors.terms`; defaults to the first one with two columns or more, else the first. */
  readonly term?: string;
  /** Width of the plot in pixels; defaults to 560. */
  readonly width?: number;
}

/** One level and one coefficient of the term, fixed effect included, in the units of the data. */
export interface ShrinkageArrow {
  readonly level: string;
  readonly coefficient: string;
  /** By least squares on the level's rows alone, the rest of the model held; `NaN` where they do not suffice. */
  readonly alone: number;
  /** By the model. */
  readonly pooled: number;
  /** Of the population. */
  readonly population: number;
}

/** The term asked for. @throws `unknown-term` */
function termOf({ random }: LinearMixedModel, name: string | undefined): RandomTerm {
  if (name === undefined) return random.find(({ columns }) => columns.length > 1) ?? random[0];
  const found = random.find((term) => term.name === name);
  if (found !== undefined) return found;
  const names = random.map((term) => term.name);
  const near = didYouMean(name, names);
  throw new ArgumentError(
    "unknown-term",
    `The model has no random term ${show(name)}.`,
    near === undefined ? `It has ${listOf(names)}.` : `Did you mean "${near}"?`,
    { name },
  );
}

/**
 * The arrows of {@link shrinkage}, level after level.
 *
 * Alone: with o the prediction without the term's own effects, the least-squares b of y − o on the level's rows of Z, plus
 * the fixed effects. Where the fixed part holds the same columns this is the level's own regression line.
 *
 * @throws {ArgumentError} `unknown-term`
 */
export function shrinkageData(source: Pooling, options: ShrinkageOptions = {}): ShrinkageArrow[] {
  const { model } = predicting(source as Predicting);
  const { n } = model;
  const { codes, columns, group, levels, z } = termOf(model, options.term);
  const k = columns.length;
  const fixed = columns.map((name) => source.fixef()[name] ?? 0);
  const effects = new Map<string, number>();
  for (const row of source.ranef()) {
    if (row.group === group) effects.set(JSON.stringify([row.level, row.term]), row.mode ?? row.mean ?? 0);
  }
  const pooled = Float64Array.from(
    levels.flatMap((level) => columns.map((name) => effects.get(JSON.stringify([level, name])) ?? 0)),
  );
  const predicted = source.predict();
  const A = new Float64Array(levels.length * k * k);
  const own = new Float64Array(levels.length * k);
  for (let i = 0; i < n; i++) {
    const j = codes[i];
    const w = model.weights?.[i] ?? 1;
    let rest = model.response.values[i] - predicted[model.rows[i]].estimate;
    for (let c = 0; c < k; c++) rest += z[i + c * n] * pooled[j * k + c];
    for (let c = 0; c < k; c++) {
      own[j * k + c] += w * z[i + c * n] * rest;
      for (let d = 0; d < k; d++) A[(j * k + d) * k + c] += w * z[i + c * n] * z[i + d * n];
    }
  }
  return levels.flatMap((level, j) => {
    const diagonal = columns.map((_, c) => A[(j * k + c) * k + c]);
    const solvable = choleskyInto(A, k, j * k * k) < 0;
    // A pivot that is all rounding is no pivot.
    const sound = columns.every((_, c) => A[(j * k + c) * k + c] ** 2 > 1e-10 * diagonal[c]);
    if (solvable && sound) {
      solveLowerInto(own, j * k, A, j * k * k, k);
      solveLowerTransposedInto(own, j * k, A, j * k * k, k);
    }
    return columns.map((coefficient, c) => ({
      level,
      coefficient,
      alone: solvable && sound ? fixed[c] + own[j * k + c] : Number.NaN,
      pooled: fixed[c] + pooled[j * k + c],
      population: fixed[c],
    }));
  });
}

/**
 * An arrow for every level, from its own least-squares estimate to the model's, with the population as a cross: in the
 * plane of the first two coefficients of the term, or level by level where it has one. MixedModels.jl: `shrinkageplot`.
 *
 * @throws {ArgumentError} `unknown-term`
 * @example
 * ```ts
 * Plot.plot(shrinkage(fit));
 * ```
 */
export function shrinkage(source: Pooling, options: ShrinkageOptions = {}): Plot.PlotOptions {
  plotOptions("shrinkage()", options, ["term", "width"]);
  const rows = shrinkageData(source, options);
  const { columns, group } = termOf(source.model, options.term);
  const [across, up] = columns;
  const of = (name: string): ShrinkageArrow[] => rows.filter(({ coefficient }) => coefficient === name);
  const first = of(across);
  const ascending = [...first].sort((a, b) => a.pooled - b.pooled).map(({ level }) => level);
  const second = up === undefined ? undefined : of(up);
  const arrows = first.map((row, j) => ({
    level: row.level,
    x1: row.alone,
    x2: row.pooled,
    y1: second === undefined ? row.level : second[j].alone,
    y2: second === undefined ? row.level : second[j].pooled,
  }));
  const population = second === undefined ? [] : [{ x: first[0].population, y: second[0].population }];
  const longest = Math.max(3, ...ascending.map((level) => level.length));
  const ownX = ownTicks(arrows.flatMap(({ x1, x2 }) => [x1, x2]));
  const ownY =
    second === undefined
      ? undefined
      : ownTicks(
          second.flatMap(({ alone, pooled }) => [alone, pooled]),
          60,
        );
  return {
    width: options.width ?? 560,
    height: second === undefined ? Math.max(160, 14 * ascending.length + 60) : 440,
    marginLeft: ownY?.room ?? 20 + 6.6 * longest,
    marginRight: 30,
    style: { fontVariantNumeric: "tabular-nums" },
    x: { label: labelOf(across), grid: true, nice: true, ...ownX.ticks },
    y:
      second === undefined
        ? { label: labelOf(group), labelAnchor: "top", labelArrow: "none", type: "point", domain: ascending }
        : { label: labelOf(up), grid: true, nice: true, ...ownY?.ticks },
    color: {
      domain: ["alone", "by the model"],
      range: [CHAIN_COLORS[1], CHAIN_COLORS[0]],
      legend: true,
    },
    marks: [
      ...(second === undefined
        ? [Plot.ruleX([first[0].population], { stroke: "currentColor", strokeDasharray: "3,3" })]
        : []),
      Plot.arrow(arrows, {
        x1: "x1",
        y1: "y1",
        x2: "x2",
        y2: "y2",
        stroke: "currentColor",
        strokeOpacity: 0.45,
        headLength: 6,
        insetEnd: 3,
      }),
      Plot.dot(arrows, { x: "x1", y: "y1", r: 2.6, fill: () => "alone" }),
      Plot.dot(arrows, {
        x: "x2",
        y: "y2",
        r: 3,
        fill: () => "by the model",
        tip: true,
        title: ({ level }: { level: string }) => `${group} ${level}`,
      }),
      Plot.dot(population, {
        x: "x",
        y: "y",
        symbol: "times",
        r: 6,
        stroke: "currentColor",
        strokeWidth: 2.5,
      }),
    ],
  };
}
