/**
 * Priors beside posteriors.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { checkKind } from "../errors.ts";
import { drawFactorFromPrior, drawSdFromPrior } from "../gibbs/priorDraws.ts";
import type { ResolvedPriors } from "../gibbs/resolvePriors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Draws, VariableInfo } from "../posterior/draws.ts";
import { RandomStream } from "../random/stream.ts";
import { density } from "../stats/density.ts";
import { CHAIN_COLORS, chosen, PANEL, type PanelOptions, plotOptions, supportOf } from "./common.ts";
import { baseline, gridOf, gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";

/** What {@link priorPosterior} reads of a posterior. */
export interface WithPriors {
  readonly model: LinearMixedModel;
  readonly draws: Draws;
  readonly priors: ResolvedPriors;
}

/** A point of the density of a prior or a posterior, in the variable's units. */
export interface PriorPosteriorRow {
  readonly variable: string;
  readonly source: "prior" | "posterior";
  readonly value: number;
  /** Per unit of the variable. */
  readonly density: number;
}

const POINTS = 160;
const PRIOR_DRAWS = 20_000;

/** Draws of one variable's prior; none where it is flat. */
type PriorSample = (info: VariableInfo) => Float64Array | undefined;

/** Draws of every prior of the model that can be drawn from, term by term. */
function priorSamples({ model, priors }: WithPriors): PriorSample {
  const samples = new Map<string, Float64Array>();
  const filled = (each: () => number): Float64Array => Float64Array.from({ length: PRIOR_DRAWS }, each);
  const stream = new RandomStream(1);
  for (const [name, prior] of priors.beta) {
    if (prior.type === "normal")
      samples.set(
        `fixed ${name}`,
        filled(() => prior.mean + prior.sd * stream.normal()),
      );
  }
  const { sigma } = priors;
  if (sigma.type !== "uniformSd" && sigma.type !== "fixed") {
    samples.set(
      "sigma",
      filled(() => drawSdFromPrior(sigma, "sigma", stream)),
    );
  }
  model.random.forEach(({ columns, group }, t) => {
    const { prior, structure } = priors.terms[t];
    const sds = prior.type === "lkj" ? [prior.sds].flat() : [prior];
    if (prior.type === "fixed" || structure === "cs" || sds.some(({ type }) => type === "uniformSd")) return;
    const k = columns.length;
    const tau = columns.map(() => new Float64Array(PRIOR_DRAWS));
    const rho = columns.map((_, i) => Array.from({ length: i }, () => new Float64Array(PRIOR_DRAWS)));
    for (let d = 0; d < PRIOR_DRAWS; d++) {
      const L = drawFactorFromPrior(prior, structure, group, k, stream);
      const product = (i: number, j: number): number => {
        let sum = 0;
        for (let c = 0; c <= j; c++) sum += L[i + c * k] * L[j + c * k];
        return sum;
      };
      for (let i = 0; i < k; i++) {
        tau[i][d] = Math.sqrt(product(i, i));
        for (let j = 0; j < i; j++) rho[i][j][d] = product(i, j) / (tau[i][d] * tau[j][d]);
      }
    }
    columns.forEach((term, i) => {
      samples.set(`sd ${group} ${term}`, tau[i]);
      for (let j = 0; j < i; j++) samples.set(`cor ${group} ${columns[j]} ${term}`, rho[i][j]);
    });
  });
  return ({ kind, group, term, term2 }) => {
    if (kind === "fixed") return samples.get(`fixed ${term}`);
    if (kind === "sigma") return samples.get("sigma");
    if (kind === "sd") return samples.get(`sd ${group} ${term}`);
    return samples.get(`cor ${group} ${term} ${term2}`) ?? samples.get(`cor ${group} ${term2} ${term}`);
  };
}

/**
 * The curves of {@link priorPosterior}, the prior's from 20 000 draws of it, as far as the posterior reaches: the range of
 * its draws, widened by a half to either side.
 *
 * @throws `unknown-variable`
 */
export function priorPosteriorData(posterior: WithPriors, options: PanelOptions = {}): PriorPosteriorRow[] {
  checkKind("The plot", posterior, ["draws", "priors"], "a posterior", "Pass what gibbs() returns.");
  const { draws } = posterior;
  const prior = priorSamples(posterior);
  return chosen(draws, options.variables).flatMap((info) => {
    const values = draws.get(info.name).filter(Number.isFinite);
    const support = supportOf(info);
    const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const margin = 0.5 * (high - low) || Math.abs(high) / 10 || 1;
    const from = Math.max(low - margin, support.lower ?? Number.NEGATIVE_INFINITY);
    const to = Math.min(high + margin, support.upper ?? Number.POSITIVE_INFINITY);
    const grid = { ...support, from, to, points: POINTS };
    const curve = (
      source: "prior" | "posterior",
      sample: Float64Array,
      share: number,
    ): PriorPosteriorRow[] => {
      const { x, density: height } = density(sample, grid);
      return Array.from(x, (value, i) => ({
        variable: info.name,
        source,
        value,
        density: share * height[i],
      }));
    };
    const rows = curve("posterior", values, 1);
    const all = prior(info);
    if (all === undefined) return rows;
    const wide = 0.5 * (to - from);
    const near = all.filter((value) => value >= from - wide && value <= to + wide);
    // Too few to draw a curve of: the prior has next to nothing here.
    if (near.length < 50)
      return [
        ...rows,
        { variable: info.name, source: "prior", value: from, density: 0 },
        { variable: info.name, source: "prior", value: to, density: 0 },
      ];
    return [...rows, ...curve("prior", near, near.length / all.length)];
  });
}

/**
 * Density of each parameter's prior and posterior, one panel per parameter with scales of its own; flat priors have no
 * curve. A posterior that looks like its prior has learnt nothing from the data.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(priorPosterior(posterior, { variables: ["sd_Subject__Days", "sigma"] }));
 * ```
 */
export function priorPosterior(posterior: WithPriors, options: PanelOptions = {}): Plot.PlotOptions {
  plotOptions("priorPosterior()", options, PANEL);
  const { columns = 2, width = 720, panelHeight = 100 } = options;
  const rows = priorPosteriorData(posterior, options);
  const names = [...new Set(rows.map(({ variable }) => variable))];
  const cells = gridOf(names.length, columns);
  const own = names.map((name) => rows.filter(({ variable }) => variable === name));
  const ranges = own.map((of) =>
    rangeOf(
      of.map(({ value }) => value),
      5,
      0,
    ),
  );
  const points = own.flatMap((of, k) => {
    const highest = of.reduce((most, row) => Math.max(most, row.density), 0) || 1;
    return of.map(({ source, value, density: height }) => ({
      ...cells[k],
      source,
      x: place(ranges[k], value),
      y: height / highest,
    }));
  });
  const panel = { fx: "column", fy: "row", x: "x", z: "source" } as const;
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 28, gapY: 44, left: 22, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1.05] },
    color: { domain: ["prior", "posterior"], range: [CHAIN_COLORS[1], CHAIN_COLORS[0]], legend: true },
    marks: [
      ...ticksX(cells, ranges),
      Plot.areaY(points, { ...panel, y1: () => 0, y2: "y", fill: "source", fillOpacity: 0.25 }),
      Plot.line(points, { ...panel, y: "y", stroke: "source", strokeWidth: 1.4 }),
      baseline(cells),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
