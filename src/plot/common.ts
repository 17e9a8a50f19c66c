/**
 * What all plots of draws share: their input, the choice of variables, colours.
 *
 * @module
 */

import { ArgumentError, integerIn, knownOptions, show } from "../errors.ts";
import { type Draws, drawsIn, type VariableInfo } from "../posterior/draws.ts";

/** A posterior, or anything else that carries draws, or the draws themselves. */
export type DrawsLike = Draws | { readonly draws: Draws } | { readonly draws: Draws; effects(): Draws };

/** Options of every plot with one panel per variable. */
export interface PanelOptions {
  /** Names, in the order wanted; defaults to every variable except group effects (`r_…`). */
  readonly variables?: readonly string[];
  /** Panels in a row; defaults to 2. */
  readonly columns?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
  /** Height of one panel in pixels; defaults to 90. */
  readonly panelHeight?: number;
}

/** Names of {@link PanelOptions}. */
export const PANEL: readonly string[] = ["variables", "columns", "width", "panelHeight"];

const SIZES = ["width", "panelHeight", "rowHeight", "overlap"];
const COUNTS = ["columns", "points", "most"];

/** Checks the options of a plot: that it knows them, and sizes and counts. @throws `unknown-option`, `invalid-argument` */
export function plotOptions(call: string, options: object, known: readonly string[]): void {
  knownOptions(call, options, known);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (COUNTS.includes(name)) integerIn(name, value, 1, Number.MAX_SAFE_INTEGER);
    const refuse = (cause: string, remedy: string): never => {
      throw new ArgumentError("invalid-argument", `"${name}" ${cause}.`, remedy, { name, value });
    };
    if (Array.isArray(value) && value.length === 0)
      refuse("is empty, which leaves nothing to draw", "Name something, or leave it out.");
    if (SIZES.includes(name) && !(typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY))
      refuse(`must be a positive number, got ${show(value)}`, "Pass such a number.");
  }
}

/** Okabe and Ito's colours, told apart with any colour vision; the dark ones first. */
export const CHAIN_COLORS: readonly string[] = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#000000",
  "#b3a400",
];

/** The draws in a posterior, or the draws themselves. */
export function drawsOf(input: DrawsLike): Draws {
  return drawsIn("The plot", input);
}

/** The variables to show. @throws `unknown-variable` */
export function chosen(draws: Draws, variables: readonly string[] | undefined): VariableInfo[] {
  if (variables !== undefined) return namesIn("variables", variables).map((name) => draws.describe(name));
  return draws.info.filter((info) => info.kind !== "group");
}

/** Checks a list of names. @throws `invalid-argument` */
export function namesIn(option: string, names: unknown): readonly string[] {
  if (Array.isArray(names)) return names;
  throw new ArgumentError(
    "invalid-argument",
    `"${option}" must be an array of names, got ${show(names)}.`,
    `Write { ${option}: [${typeof names === "string" ? show(names) : "…"}] }.`,
  );
}

/** @throws `invalid-argument` for what is not strictly between 0 and 1 */
export function checkProbability(name: string, value: unknown): void {
  if (typeof value === "number" && value > 0 && value < 1) return;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be a probability, got ${show(value)}.`,
    "Pass a number between 0 and 1.",
  );
}

/** Ends of the support: standard deviations from 0, correlations within ±1. */
export function supportOf({ kind }: VariableInfo): { lower?: number; upper?: number } {
  if (kind === "sd" || kind === "sigma") return { lower: 0 };
  if (kind === "df") return { lower: 1 };
  return kind === "cor" ? { lower: -1, upper: 1 } : {};
}

/** Name of a chain in legends. */
export function chainLabel(chain: number): string {
  return `chain ${chain}`;
}

/**
 * Text of a label: on one line what has line breaks, as headers of spreadsheets do, and not longer than `most`. Both ends
 * stay, because that of `r_Subject[308,Days]` says which effect it is.
 */
export function labelOf(name: string, most = 80): string {
  const line = name.replace(/\s+/g, " ");
  if (line.length <= most) return line;
  const tail = Math.floor(most / 4);
  return `${line.slice(0, most - 1 - tail)}…${line.slice(line.length - tail)}`;
}

/** A categorical colour scale for the chains, with its legend. */
export function chainColors(chains: number): { domain: string[]; range: string[]; legend: boolean } {
  const domain = Array.from({ length: chains }, (_, chain) => chainLabel(chain));
  return { domain, range: domain.map((_, c) => CHAIN_COLORS[c % CHAIN_COLORS.length]), legend: chains > 1 };
}
