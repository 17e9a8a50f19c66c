/**
 * What the files of draws share: numbers as text, what the variables are, the order of rows.
 *
 * @module
 */

import { isPlainNumber } from "../data/table.ts";
import { DataError, show } from "../errors.ts";
import { shortName } from "../model/variables.ts";
import { Draws, drawsIn, nameOf, type VariableInfo } from "../posterior/draws.ts";
import { infoOf } from "../posterior/drawsFrom.ts";

/** Where formats with room for it say what the variables are: JSON of an array of `VariableInfo`. */
export const VARIABLES = "blmm_variables";
/** The columns before the variables in tables of draws, all from 0. */
export const PLACE: readonly string[] = ["chain", "iteration", "draw"];

/** Draws, or a posterior: anything that carries draws and may say how they came about. */
export type DrawsSource = Draws | DrawsRun;

/** What files say of the run that made the draws. */
export interface DrawsRun {
  readonly draws: Draws;
  readonly model?: { readonly formula: string };
  readonly seed?: number;
  /** Iterations per chain before the first kept one. */
  readonly warmup?: number;
  readonly thin?: number;
}

/** Draws with what is known of their run. */
export function runOf(source: DrawsSource): DrawsRun {
  const draws = drawsIn("A file of draws", source);
  return "draws" in source ? source : { draws };
}

/** The fewest digits that read back to the same double; `NaN`, `Inf` and `-Inf` as R and Stan's readers take them. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? String(value) : nameOf(value);
}

const WORDS = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
]);

/**
 * The number that text stands for. @param where - `line 3, column "sigma"`
 * @throws `not-a-number` for anything but a number, NaN and infinities; an empty cell too
 */
export function numberIn(text: string, where: () => string): number {
  const cell = text.trim();
  if (isPlainNumber(cell)) return Number(cell);
  const [, sign, word] = /^([+-]?)([a-z]+)$/i.exec(cell) ?? [];
  const value = WORDS.get(word?.toLowerCase());
  if (value !== undefined) return sign === "-" ? -value : value;
  throw new DataError(
    "not-a-number",
    `There is ${cell === "" ? "nothing" : show(cell)} where a draw should be, in ${where()}.`,
    "Write a number, or NaN, Inf or -Inf.",
  );
}

const KINDS: readonly VariableInfo["kind"][] = ["fixed", "sd", "cor", "df", "sigma", "group", "other"];

/**
 * What variables are, by name, from the JSON under {@link VARIABLES}. Names alone may be ambiguous: a label may hold a
 * comma.
 *
 * @throws `bad-draws`
 */
export function describedIn(json: string, where: string): ReadonlyMap<string, VariableInfo> {
  const isInfo = (value: unknown): value is VariableInfo => {
    if (typeof value !== "object" || value === null) return false;
    const { name, kind, ...rest } = value as Partial<VariableInfo>;
    const parts = Object.values(rest).every((part) => typeof part === "string");
    return typeof name === "string" && KINDS.some((known) => known === kind) && parts;
  };
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list) || !list.every(isInfo)) {
    throw new DataError(
      "bad-draws",
      `${where} does not describe variables: ${show(json.length > 60 ? `${json.slice(0, 60)}…` : json)}.`,
      "Leave it as it was written, or take it out: variables are then known by their names.",
    );
  }
  return new Map(list.map((info) => [info.name, info]));
}

/** What the variables of a file are: as described there, or else by their names. */
export function infoFor(
  names: readonly string[],
  described: ReadonlyMap<string, VariableInfo>,
): VariableInfo[] {
  return names.map((name) => described.get(name) ?? infoOf(name));
}

/** Refuses a table that does not begin with {@link PLACE}. @throws `bad-draws` */
export function checkPlace(names: readonly string[]): void {
  if (PLACE.every((name, j) => names[j] === name)) return;
  throw new DataError(
    "bad-draws",
    `The first columns are not ${PLACE.join(", ")}.`,
    "Pass what was written here; chains from elsewhere go to drawsFrom().",
  );
}

/**
 * The draws in the columns of a table whose rows run through the iterations of chain 0, then of chain 1, and so on.
 *
 * @param names - of the columns, {@link PLACE} first
 * @param where - names a row: `line 12`
 * @throws `bad-draws`, `no-draws`, `unequal-chains`
 */
export function drawsOfColumns(
  names: readonly string[],
  columns: readonly ArrayLike<number>[],
  described: ReadonlyMap<string, VariableInfo>,
  where: (row: number) => string,
): Draws {
  const { chains, iterations } = sizesOf(columns[0], columns[1], where);
  const variables = names.slice(PLACE.length);
  const values = new Float64Array(variables.length * chains * iterations);
  variables.forEach((_, v) => {
    values.set(columns[PLACE.length + v], v * chains * iterations);
  });
  return new Draws({ info: infoFor(variables, described), chains, iterations, values });
}

function sizesOf(
  chain: ArrayLike<number>,
  iteration: ArrayLike<number>,
  where: (row: number) => string,
): { chains: number; iterations: number } {
  const lengths: number[] = [];
  for (let row = 0; row < chain.length; row++) {
    if (chain[row] === lengths.length && iteration[row] === 0) lengths.push(0);
    const current = lengths.length - 1;
    if (chain[row] !== current || iteration[row] !== lengths[current]) {
      throw new DataError(
        "bad-draws",
        `In ${where(row)} there is iteration ${iteration[row]} of chain ${chain[row]}${row === 0 ? "" : `, after iteration ${lengths[current] - 1} of chain ${current}`}.`,
        "Keep the rows in the order they were written in; both count from 0.",
      );
    }
    lengths[current]++;
  }
  return { chains: lengths.length, iterations: lengthOf(lengths) };
}

/** The one length of all chains. @throws `no-draws`, `unequal-chains` */
export function lengthOf(lengths: readonly number[]): number {
  const [length = 0] = lengths;
  if (length === 0) throw new DataError("no-draws", "There are no draws in the file.", "Write it again.");
  const other = lengths.findIndex((own) => own !== length);
  if (other < 0) return length;
  throw new DataError(
    "unequal-chains",
    `Chain ${other} has ${lengths[other]} iterations, chain 0 has ${length}.`,
    "A file may have been cut short; write it again.",
    { chain: other },
  );
}

/** Random effects of a group that fill a table of levels and terms. */
export interface EffectGrid {
  /** `r_Subject` */
  readonly name: string;
  readonly group: string;
  readonly levels: readonly string[];
  /** As in names of variables: `Intercept`. */
  readonly terms: readonly string[];
  /** Places of the variables, level after level, term after term. */
  readonly places: readonly number[];
}

/** The groups whose effects are there for every level and term. */
export function effectGrids(info: readonly VariableInfo[]): EffectGrid[] {
  const groups = new Map<string, Map<string, number>>();
  const named = new Map(info.map(({ name }, place) => [name, place]));
  for (const { kind, group, name } of info) {
    if (kind !== "group" || group === undefined) continue;
    const members = groups.get(group) ?? new Map<string, number>();
    groups.set(group, members.set(name, named.get(name) as number));
  }
  return [...groups].flatMap(([group, members]) => {
    const own = [...members.values()].map((place) => info[place]);
    const levels = [...new Set(own.map(({ level = "" }) => level))];
    const terms = [...new Set(own.map(({ term = "" }) => shortName(term)))];
    const places = levels.flatMap((level) =>
      terms.map((term) => members.get(`r_${group}[${level},${term}]`)),
    );
    const full = places.length === members.size && places.every((place) => place !== undefined);
    return full ? [{ name: `r_${group}`, group, levels, terms, places }] : [];
  });
}
