/**
 * Draws made elsewhere (another sampler, a file) as {@link Draws}.
 *
 * @module
 */

import { ArgumentError, checkKind, show } from "../errors.ts";
import { asChains } from "./chains.ts";
import { Draws, type DrawsJson, type VariableInfo } from "./draws.ts";

/** Chains by variable name: one array per chain, or one array for a single chain. */
export type ForeignDraws = Readonly<Record<string, readonly ArrayLike<number>[] | ArrayLike<number>>>;

/**
 * Makes {@link Draws} of chains by variable name, or reads back what {@link Draws.toJSON} wrote.
 * What each variable is (`info`) is read from names in brms's pattern; other names are of kind `"other"`.
 *
 * @throws `invalid-argument`, `no-draws`, `unequal-chains`, `not-a-number`, `duplicate-variable`, `reserved-name`.
 * @example
 * ```ts
 * const draws = drawsFrom({ mu: [[0.1, 0.4, 0.2], [0.3, 0.2, 0.5]] });   // two chains of three iterations
 * ```
 */
export function drawsFrom(source: ForeignDraws | DrawsJson): Draws {
  checkKind("drawsFrom()", source, [], "chains by variable", "Pass { name: [chain, chain] }.");
  if (isJson(source)) {
    const values = Float64Array.from(source.values, (value) =>
      typeof value === "number" ? value : numberOf(value),
    );
    return new Draws({ info: source.info, chains: source.chains, iterations: source.iterations, values });
  }
  const read = Object.entries(source).map(([name, chains]) => ({ name, ...asChains(chains) }));
  if (read.length === 0) throw new ArgumentError("no-draws", "There are no variables.", "Pass at least one.");
  const { starts, length } = read[0];
  const size = starts.length * length;
  const values = new Float64Array(read.length * size);
  for (const [v, one] of read.entries()) {
    if (one.starts.length !== starts.length || one.length !== length) {
      throw new ArgumentError(
        "unequal-chains",
        `"${one.name}" has ${one.starts.length} chains of ${one.length}, "${read[0].name}" has ${starts.length} of ${length}.`,
        "Give every variable the same chains.",
        { variable: one.name },
      );
    }
    values.set(one.values, v * size);
  }
  return new Draws({
    info: read.map((one) => infoOf(one.name)),
    chains: starts.length,
    iterations: length,
    values,
  });
}

function isJson(source: ForeignDraws | DrawsJson): source is DrawsJson {
  return Array.isArray(source.info) && typeof source.chains === "number" && Array.isArray(source.values);
}

function numberOf(text: string): number {
  const known: ReadonlyMap<string, number> = new Map([
    ["NaN", Number.NaN],
    ["Inf", Number.POSITIVE_INFINITY],
    ["-Inf", Number.NEGATIVE_INFINITY],
  ]);
  const value = known.get(text);
  if (value !== undefined) return value;
  throw new ArgumentError("not-a-number", `A draw is ${show(text)}.`, "Pass what toJSON() wrote.");
}

/**
 * Reads a variable name in brms's pattern. Names that a grouping factor or coefficient with `__` or `,` makes
 * ambiguous are split at the first mark.
 */
export function infoOf(name: string): VariableInfo {
  const term = (text: string): string => (text === "Intercept" ? "(Intercept)" : text);
  if (name === "sigma") return { name, kind: "sigma" };
  if (name.startsWith("sigma_")) return { name, kind: "sigma", level: name.slice(6) };
  if (name.startsWith("b_")) return { name, kind: "fixed", term: term(name.slice(2)) };
  const parts = name.split("__");
  if (name.startsWith("sd_") && parts.length >= 2) {
    return { name, kind: "sd", group: parts[0].slice(3), term: term(parts.slice(1).join("__")) };
  }
  // The one correlation of a term with compound symmetry.
  if (name.startsWith("cor_") && parts.length === 2) {
    return { name, kind: "cor", group: parts[0].slice(4), term: parts[1] };
  }
  if (name.startsWith("cor_") && parts.length === 3) {
    return { name, kind: "cor", group: parts[0].slice(4), term: term(parts[1]), term2: term(parts[2]) };
  }
  const open = name.indexOf("[");
  const comma = name.lastIndexOf(",");
  if (name.startsWith("r_") && name.endsWith("]") && open > 0 && comma > open) {
    const level = name.slice(open + 1, comma);
    return { name, kind: "group", group: name.slice(2, open), level, term: term(name.slice(comma + 1, -1)) };
  }
  return { name, kind: "other" };
}
