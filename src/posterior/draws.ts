/**
 * Draws of named variables from several chains, in one packed buffer.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import {
  ArgumentError,
  checkKind,
  checkList,
  didYouMean,
  integerIn,
  knownOptions,
  listOf,
  show,
} from "../errors.ts";

/** What a variable is, so that nobody needs a regular expression on its name. */
export interface VariableInfo {
  /** brms's name: `b_Days`, `sd_Subject__Days`, `cor_Subject__Intercept__Days`, `sigma`, `r_Subject[308,Days]`. */
  readonly name: string;
  readonly kind: "fixed" | "sd" | "cor" | "df" | "sigma" | "group" | "other";
  /** Coefficient, by R's name. */
  readonly term?: string;
  /** Second coefficient of a correlation. */
  readonly term2?: string;
  /** Grouping factor as printed: `Subject`, `cask:batch`. */
  readonly group?: string;
  /** Level of the grouping factor, for `kind: "group"`; the stratum, for `kind: "sigma"`. */
  readonly level?: string;
}

/**
 * The draws of what has some.
 *
 * @param call - what takes them, at the beginning of a sentence
 * @throws {ArgumentError} `invalid-argument`
 */
export function drawsIn(call: string, input: Draws | { readonly draws: Draws }): Draws {
  const draws = typeof input === "object" && input !== null && "draws" in input ? input.draws : input;
  checkKind(
    call,
    draws,
    ["info", "values"],
    "a posterior or draws",
    "Pass the posterior that gibbs() returns.",
  );
  return draws;
}

/** What {@link Draws} is made of. */
export interface DrawsParts {
  readonly info: readonly VariableInfo[];
  readonly chains: number;
  /** Kept iterations per chain. */
  readonly iterations: number;
  /** Laid out [variable][chain][iteration]; kept, not copied. */
  readonly values: Float64Array;
}

/** Which part of the draws to keep. Everything is kept of what is not named. */
export interface DrawsSelection {
  /** Names, in the order wanted. */
  readonly variables?: readonly string[];
  /** Chain numbers, from 0. */
  readonly chains?: readonly number[];
  /** Iteration numbers, from 0. */
  readonly iterations?: readonly number[];
}

/** One draw as a row: `chain`, `iteration` and `draw` count from 0; the other columns are the variables. */
export type DrawRow = { chain: number; iteration: number; draw: number } & Record<string, number>;

const RESERVED = ["chain", "iteration", "draw"];

/**
 * Draws of a posterior (or of anything): V variables × C chains × I iterations. posterior: `draws_array`.
 *
 * @example
 * ```ts
 * posterior.draws.get("sigma");                                // all chains, one after the other
 * posterior.draws.subset({ variables: ["b_Days"], chains: [0] });
 * ```
 */
export class Draws {
  readonly variables: readonly string[];
  readonly info: readonly VariableInfo[];
  readonly chains: number;
  readonly iterations: number;
  /** Laid out [variable][chain][iteration]. */
  readonly values: Float64Array;
  readonly #index: ReadonlyMap<string, number>;

  /** @throws `invalid-argument` for sizes that do not fit; `duplicate-variable`; `reserved-name`. */
  constructor({ info, chains, iterations, values }: DrawsParts) {
    integerIn("chains", chains, 1, Number.MAX_SAFE_INTEGER);
    integerIn("iterations", iterations, 1, Number.MAX_SAFE_INTEGER);
    const wanted = info.length * chains * iterations;
    if (values.length !== wanted) {
      throw new ArgumentError(
        "invalid-argument",
        `${info.length} variables × ${chains} chains × ${iterations} iterations are ${wanted} numbers, got ${values.length}.`,
        "Lay the values out as [variable][chain][iteration].",
      );
    }
    this.info = info;
    this.variables = info.map((variable) => variable.name);
    this.chains = chains;
    this.iterations = iterations;
    this.values = values;
    this.#index = indexOf(this.variables);
    showAs(this, () => this.#text());
  }

  /** Draws per variable over all chains. */
  get size(): number {
    return this.chains * this.iterations;
  }

  /** All draws of a variable, chain after chain: a view, not a copy. @throws `unknown-variable` */
  get(name: string): Float64Array {
    const start = this.#position(name) * this.size;
    return this.values.subarray(start, start + this.size);
  }

  /** The draws of a variable in one chain (from 0): a view. @throws `unknown-variable`, `invalid-argument` */
  chain(name: string, chain: number): Float64Array {
    integerIn("chain", chain, 0, this.chains - 1);
    const start = this.#position(name) * this.size + chain * this.iterations;
    return this.values.subarray(start, start + this.iterations);
  }

  /** The draws of a variable as one view per chain, as the diagnostics take them. @throws `unknown-variable` */
  chainsOf(name: string): Float64Array[] {
    return Array.from({ length: this.chains }, (_, c) => this.chain(name, c));
  }

  /** What a variable is. @throws `unknown-variable` */
  describe(name: string): VariableInfo {
    return this.info[this.#position(name)];
  }

  /**
   * A copy with the variables, chains and iterations named. posterior: `subset_draws`.
   *
   * @throws {ArgumentError} `unknown-variable`, `invalid-argument`, `unknown-option`, `duplicate-variable`
   */
  subset(selection: DrawsSelection): Draws {
    checkKind("subset()", selection, [], "a selection", "Pass { variables: […] }, for example.");
    knownOptions("subset()", selection, ["variables", "chains", "iterations"]);
    for (const [name, list] of Object.entries(selection)) checkList("subset()", name, list);
    const places = selection.variables?.map((name) => this.#position(name)) ?? [...this.info.keys()];
    const chains = positions("chains", selection.chains, this.chains);
    const iterations = positions("iterations", selection.iterations, this.iterations);
    const values = new Float64Array(places.length * chains.length * iterations.length);
    let k = 0;
    for (const place of places) {
      for (const c of chains) {
        const start = place * this.size + c * this.iterations;
        for (const i of iterations) values[k++] = this.values[start + i];
      }
    }
    const info = places.map((place) => this.info[place]);
    return new Draws({ info, chains: chains.length, iterations: iterations.length, values });
  }

  /** A copy with every n-th iteration, from the first. posterior: `thin_draws`. */
  thin(n: number): Draws {
    integerIn("n", n, 1, this.iterations);
    const length = Math.ceil(this.iterations / n);
    return this.subset({ iterations: Array.from({ length }, (_, i) => i * n) });
  }

  /** One object per draw, chain after chain. posterior: `as_draws_df`. */
  toRows(): DrawRow[] {
    const rows: DrawRow[] = [];
    for (let draw = 0; draw < this.size; draw++) {
      const cells: [string, number][] = [
        ["chain", Math.floor(draw / this.iterations)],
        ["iteration", draw % this.iterations],
        ["draw", draw],
      ];
      this.variables.forEach((name, v) => {
        cells.push([name, this.values[v * this.size + draw]]);
      });
      // Properties are defined, not assigned: a variable called __proto__ is a column like any other.
      rows.push(Object.fromEntries(cells) as DrawRow);
    }
    return rows;
  }

  /** One array per variable, beside `chain`, `iteration` and `draw`. The variables' arrays are views. */
  toColumns(): Record<string, ArrayLike<number>> {
    const count = (f: (draw: number) => number): Int32Array =>
      Int32Array.from({ length: this.size }, (_, k) => f(k));
    return Object.fromEntries<ArrayLike<number>>([
      ["chain", count((draw) => Math.floor(draw / this.iterations))],
      ["iteration", count((draw) => draw % this.iterations)],
      ["draw", count((draw) => draw)],
      ...this.variables.map((name): [string, Float64Array] => [name, this.get(name)]),
    ]);
  }

  /** Plain JSON that {@link drawsFrom} reads back; numbers that JSON lacks become `"NaN"`, `"Inf"`, `"-Inf"`. */
  toJSON(): DrawsJson {
    const values = Array.from(this.values, (value) => (Number.isFinite(value) ? value : nameOf(value)));
    return { info: this.info, chains: this.chains, iterations: this.iterations, values };
  }

  /** Sizes and the first names. */
  #text(): string {
    const names = listOf(this.variables, 8);
    return `Draws of ${this.variables.length} variables from ${this.chains} chains of ${this.iterations} iterations: ${names}`;
  }

  #position(name: string): number {
    const place = this.#index.get(name);
    if (place !== undefined) return place;
    throw unknownVariable(name, this.variables, "draws");
  }
}

/** The error for a name that is not there. @param what - what there is to choose among */
export function unknownVariable(name: unknown, names: readonly string[], what: string): ArgumentError {
  const near = typeof name === "string" ? didYouMean(name, names) : undefined;
  const isEffect = what === "draws" && typeof name === "string" && /^r_.*\[/.test(name);
  const left =
    isEffect && !names.some((one) => one.startsWith("r_"))
      ? 'keep: "hyper" leaves random effects out; effects() of the posterior makes them again. '
      : "";
  return new ArgumentError(
    "unknown-variable",
    `There is no variable ${show(name)} among the ${what}.`,
    near === undefined ? `${left}There are ${listOf(names, 8)}.` : `Did you mean "${near}"?`,
    { name },
  );
}

/** The JSON form of {@link Draws}. */
export interface DrawsJson {
  readonly info: readonly VariableInfo[];
  readonly chains: number;
  readonly iterations: number;
  readonly values: readonly (number | string)[];
}

/** What stands for a number that JSON lacks. */
export function nameOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Inf" : "-Inf";
}

function indexOf(variables: readonly string[]): Map<string, number> {
  const index = new Map<string, number>();
  for (const [place, name] of variables.entries()) {
    if (RESERVED.includes(name)) {
      throw new ArgumentError(
        "reserved-name",
        `A variable is called "${name}", which is a column of every table of draws.`,
        "Rename the variable.",
      );
    }
    if (index.has(name)) {
      throw new ArgumentError("duplicate-variable", `Two variables are called ${show(name)}.`, "Rename one.");
    }
    index.set(name, place);
  }
  return index;
}

function positions(name: string, wanted: readonly number[] | undefined, total: number): number[] {
  return wanted?.map((place) => integerIn(name, place, 0, total - 1)) ?? [...Array(total).keys()];
}
