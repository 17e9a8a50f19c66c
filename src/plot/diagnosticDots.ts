/**
 * R-hat and effective sample sizes of all variables at a glance.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { essBulk, rhat } from "../posterior/diagnostics.ts";
import { CHAIN_COLORS, type DrawsLike, drawsOf, labelOf, namesIn, plotOptions } from "./common.ts";

/** Options of {@link rhatDots} and {@link essDots}. */
export interface DotsOptions {
  /** Names; defaults to every variable, group effects included. */
  readonly variables?: readonly string[];
  /** Variables shown at most, the worst ones; defaults to 40. */
  readonly most?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
}

/** A diagnostic of one variable. */
export interface DotRow {
  readonly variable: string;
  readonly value: number;
  readonly verdict: "good" | "fair" | "bad";
}

/** Bounds between good, fair and bad: of R-hat as in Vehtari et al. 2021; of ESS per draw as in bayesplot. */
const RHAT = [1.01, 1.05] as const;
const RATIO = [0.5, 0.1] as const;

function diagnosed(
  input: DrawsLike,
  { variables, most = 40 }: DotsOptions,
  measure: (chains: Float64Array[]) => number,
  judge: (value: number) => DotRow["verdict"],
  worse: (a: number, b: number) => number,
): { rows: DotRow[]; left: number } {
  const draws = drawsOf(input);
  const rows = (variables === undefined ? draws.variables : namesIn("variables", variables))
    .map((variable) => ({ variable, value: measure(draws.chainsOf(variable)) }))
    // Constants, such as fixed variances, have none.
    .filter(({ value }) => Number.isFinite(value))
    .map((row) => ({ ...row, verdict: judge(row.value) }))
    .sort((a, b) => worse(a.value, b.value));
  return { rows: rows.slice(0, most), left: Math.max(0, rows.length - most) };
}

const rhatRows = (input: DrawsLike, options: DotsOptions): { rows: DotRow[]; left: number } =>
  diagnosed(
    input,
    options,
    rhat,
    (value) => (value <= RHAT[0] ? "good" : value <= RHAT[1] ? "fair" : "bad"),
    (a, b) => b - a,
  );

const essRows = (input: DrawsLike, options: DotsOptions): { rows: DotRow[]; left: number } => {
  const { size } = drawsOf(input);
  return diagnosed(
    input,
    options,
    (chains) => essBulk(chains) / size,
    (value) => (value >= RATIO[0] ? "good" : value >= RATIO[1] ? "fair" : "bad"),
    (a, b) => a - b,
  );
};

/** R-hat of each variable, worst first; constants are left out. bayesplot: `mcmc_rhat_data`. @throws `unknown-variable` */
export function rhatDotsData(input: DrawsLike, options: DotsOptions = {}): DotRow[] {
  return rhatRows(input, options).rows;
}

/**
 * Bulk ESS over the number of draws of each variable, worst first; constants are left out. bayesplot: `mcmc_neff_data`.
 *
 * @throws `unknown-variable`
 */
export function essDotsData(input: DrawsLike, options: DotsOptions = {}): DotRow[] {
  return essRows(input, options).rows;
}

/**
 * R-hat of each variable, worst first. Up to 1.01 is good, up to 1.05 fair. bayesplot: `mcmc_rhat`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(rhatDots(posterior));
 * ```
 */
export function rhatDots(input: DrawsLike, options: DotsOptions = {}): Plot.PlotOptions {
  plotOptions("rhatDots()", options, ["variables", "most", "width"]);
  return dots(rhatRows(input, options), options, "R-hat", 1, RHAT);
}

/**
 * Bulk ESS over the number of draws of each variable, worst first. From 0.5 on good, from 0.1 on fair. bayesplot:
 * `mcmc_neff`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(essDots(posterior));
 * ```
 */
export function essDots(input: DrawsLike, options: DotsOptions = {}): Plot.PlotOptions {
  plotOptions("essDots()", options, ["variables", "most", "width"]);
  return dots(essRows(input, options), options, "ESS per draw", 0, RATIO);
}

function dots(
  { rows, left }: { rows: DotRow[]; left: number },
  { width = 720 }: DotsOptions,
  label: string,
  origin: number,
  bounds: readonly number[],
): Plot.PlotOptions {
  const longest = Math.max(4, ...rows.map(({ variable }) => variable.length));
  const furthest = rows.reduce((most, { value }) => Math.max(most, value), bounds[0]);
  const nearest = rows.reduce((least, { value }) => Math.min(least, value), origin);
  return {
    width,
    height: 44 + 15 * rows.length,
    marginTop: 8,
    marginBottom: 36,
    marginLeft: Math.min(0.45 * width, 16 + 6.6 * longest),
    marginRight: 24,
    style: { fontVariantNumeric: "tabular-nums" },
    ...(left === 0 ? {} : { caption: `the ${rows.length} worst; ${left} more are better` }),
    x: { label, domain: [nearest, furthest + 0.04 * (furthest - nearest)], grid: true },
    y: {
      label: null,
      type: "point",
      domain: rows.map(({ variable }) => variable),
      tickFormat: (name: string) => labelOf(name, 50),
    },
    color: {
      domain: ["good", "fair", "bad"],
      range: [CHAIN_COLORS[4], CHAIN_COLORS[1], CHAIN_COLORS[5]],
      legend: true,
    },
    marks: [
      Plot.ruleX(
        bounds.filter((bound) => bound <= furthest),
        { stroke: "currentColor", strokeDasharray: "2,3", strokeOpacity: 0.6 },
      ),
      Plot.ruleY(rows, { y: "variable", x1: () => origin, x2: "value", stroke: "verdict" }),
      Plot.dot(rows, {
        x: "value",
        y: "variable",
        fill: "verdict",
        r: 3.2,
        tip: true,
        title: ({ variable, value }: DotRow) => `${variable}: ${value.toPrecision(4)}`,
      }),
    ],
  };
}
