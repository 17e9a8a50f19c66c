/**
 * What the plots of posterior predictive checks share: their panels and colours.
 *
 * @module
 */

import { ArgumentError, checkKind, didYouMean, listOf, show, wrongKind } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { CHAIN_COLORS, namesIn } from "./common.ts";

/** Options of plots with one panel per level of a group. */
export interface CheckPanelOptions {
  /** Of a posterior: a column or group to check for each of its levels; defaults to all rows together. */
  readonly group?: string;
  /** Levels, in the order wanted; defaults to all. */
  readonly levels?: readonly string[];
  /** Panels in a row; defaults to 3, or 1 without groups. */
  readonly columns?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
  /** Height of one panel in pixels; defaults to 90, or 240 without groups. */
  readonly panelHeight?: number;
}

/** Names of {@link CheckPanelOptions}. */
export const CHECK: readonly string[] = ["group", "levels", "columns", "width", "panelHeight"];

/** A check, or that of the posterior given. */
export function checkOf<T extends { readonly rows: readonly object[] }>(
  input: T | Posterior,
  type: string,
  member: string,
  check: (posterior: Posterior) => T,
): T {
  const what = `a posterior, or a check of type "${type}"`;
  const remedy = `Pass the posterior, or ppCheck(posterior, { type: "${type}" }).`;
  if (typeof input === "object" && input !== null && "draws" in input && "model" in input)
    return check(input);
  checkKind("The plot", input, ["rows"], what, remedy);
  const [first] = (input as T).rows;
  if (first !== undefined && !(typeof first === "object" && member in first))
    throw wrongKind("The plot", "a check of another type", what, remedy);
  return input as T;
}

/** The name of replicated responses in legends. */
export const REPLICATED = "y_rep";

/** Colours of the response, which is as dark as the text on its ground, and of its replications. */
export const yColors: { domain: string[]; range: string[]; legend: boolean } = {
  domain: ["y", REPLICATED],
  range: ["currentColor", CHAIN_COLORS[4]],
  legend: true,
};

/** The levels to show; `null` for rows checked together. @throws `unknown-level` */
export function levelsOf(
  rows: readonly { readonly group: string | null }[],
  wanted: readonly string[] | undefined,
): (string | null)[] {
  const known = [...new Set(rows.map(({ group }) => group))];
  if (wanted === undefined) return known;
  return namesIn("levels", wanted).map((level) => {
    if (known.includes(level)) return level;
    const names = known.map(String);
    const near = didYouMean(level, names);
    throw new ArgumentError(
      "unknown-level",
      `There is no level ${show(level)}.`,
      near === undefined ? `There are ${listOf(names, 8)}.` : `Did you mean ${show(near)}?`,
      { level },
    );
  });
}

/** Sizes of the panels, with their defaults. */
export function sizesOf(
  levels: readonly (string | null)[],
  options: CheckPanelOptions,
): { columns: number; width: number; panelHeight: number } {
  const many = levels.length > 1;
  const { columns = many ? 3 : 1, width = 720, panelHeight = many ? 90 : 240 } = options;
  return { columns: Math.min(columns, levels.length), width, panelHeight };
}

/** Titles of the panels: levels, or the name of the response. */
export function titlesOf(levels: readonly (string | null)[], response: string): string[] {
  return levels.map((level) => level ?? response);
}
