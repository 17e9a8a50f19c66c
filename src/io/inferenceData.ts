/**
 * Draws as ArviZ's InferenceData, in the JSON that `arviz.from_json` reads.
 *
 * @see https://python.arviz.org/en/stable/schema/schema.html
 * @module
 */

import { ArgumentError, DataError, knownOptions, show } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { Draws, nameOf } from "../posterior/draws.ts";
import { VERSION } from "../save/version.ts";
import {
  type DrawsSource,
  describedIn,
  effectGrids,
  infoFor,
  numberIn,
  runOf,
  VARIABLES,
} from "./drawsFile.ts";

/** Numbers nested by dimension; numbers that JSON lacks are `"NaN"`, `"Inf"`, `"-Inf"`. */
export type Nested = number | string | readonly Nested[];

/** The groups of InferenceData that are written. Variables of draws are nested [chain][draw], then by `dims`. */
export interface InferenceData {
  readonly posterior: Readonly<Record<string, Nested>>;
  readonly log_likelihood?: Readonly<Record<string, Nested>>;
  readonly observed_data?: Readonly<Record<string, Nested>>;
  /** Labels along a dimension. */
  readonly coords?: Readonly<Record<string, readonly (string | number)[]>>;
  /** Dimensions of a variable beyond chain and draw. */
  readonly dims?: Readonly<Record<string, readonly string[]>>;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** Options of {@link toInferenceData}. */
export interface InferenceDataOptions {
  /** Whether to add the log-likelihood of every row at every draw, as `arviz.loo` needs it; defaults to `false`. */
  readonly logLik?: boolean;
}

/**
 * A posterior as InferenceData: an object for `JSON.stringify`, whose file `arviz.from_json` opens. Numbers keep all their
 * bits, but JSON drops the sign of zero; draws that are not finite are words, which Python has to be told to read.
 *
 * Every variable keeps its name, but the effects of a group are one array, `r_Subject`, over the dimensions
 * `Subject__level` and `Subject__term`. `observed_data` has the response where the model holds its rows; `attrs` the
 * formula, seed, warm-up and thinning.
 *
 * @param source - a posterior, or draws
 * @throws {ArgumentError} `unknown-option`; `invalid-argument` for the log-likelihood of draws without a model
 * @throws {ModelError} `needs-rows`
 * @example
 * writeFileSync("sleep.json", JSON.stringify(toInferenceData(posterior, { logLik: true })));
 */
export function toInferenceData(
  source: DrawsSource | Posterior,
  options: InferenceDataOptions = {},
): InferenceData {
  knownOptions("toInferenceData()", options, ["logLik"]);
  const run = runOf(source);
  const { draws } = run;
  const grids = effectGrids(draws.info);
  const inGrid = new Set(grids.flatMap(({ places }) => places));
  const scalars = draws.variables.flatMap((name, v): [string, Nested][] =>
    inGrid.has(v) ? [] : [[name, nest(draws, (at) => word(draws.values[v * draws.size + at]))]],
  );
  const arrays = grids.map(({ name, terms, places }): [string, Nested] => {
    const rows = Array.from({ length: places.length / terms.length }, (_, j) =>
      places.slice(j * terms.length, (j + 1) * terms.length),
    );
    const values = (at: number): Nested =>
      rows.map((row) => row.map((v) => word(draws.values[v * draws.size + at])));
    return [name, nest(draws, values)];
  });
  const dimensions = grids.map(({ group }) => [`${group}__level`, `${group}__term`]);
  const coords = grids.flatMap(({ levels, terms }, g): [string, readonly string[]][] => [
    [dimensions[g][0], levels],
    [dimensions[g][1], terms],
  ]);
  const rows = rowGroups(source, options.logLik ?? false);
  const attrs = {
    inference_library: "blmm",
    inference_library_version: VERSION,
    formula: run.model?.formula,
    seed: run.seed,
    tuning_steps: run.warmup,
    thin: run.thin,
    [VARIABLES]: JSON.stringify(draws.info),
  };
  return {
    posterior: Object.fromEntries([...scalars, ...arrays]),
    ...rows.groups,
    coords: Object.fromEntries(coords),
    dims: Object.fromEntries([...grids.map(({ name }, g) => [name, dimensions[g]]), ...rows.dims]),
    attrs: Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== undefined)),
  };
}

/** What has an entry per row of the data, of a model that has rows. */
function rowGroups(
  source: DrawsSource | Posterior,
  logLik: boolean,
): { groups: Partial<InferenceData>; dims: [string, string[]][] } {
  const posterior = "logLik" in source ? source : undefined;
  if (logLik && posterior === undefined) {
    throw new ArgumentError(
      "invalid-argument",
      "Draws alone have no log-likelihood.",
      "Pass a posterior, or leave logLik out.",
    );
  }
  if (posterior === undefined || (!logLik && !posterior.model.hasRows)) return { groups: {}, dims: [] };
  const { draws, model } = posterior;
  const { name, values } = model.response;
  const observed = { observed_data: { [name]: Array.from(values, word) } };
  const dims: [string, string[]][] = [[name, ["row"]]];
  if (!logLik) return { groups: observed, dims };
  const byDraw = posterior.logLik();
  const likelihood = nest(draws, (at) => Array.from(byDraw[at], word));
  return { groups: { ...observed, log_likelihood: { [name]: likelihood } }, dims };
}

/** Nests [chain][draw] what there is at each draw, chain after chain. */
function nest({ chains, iterations }: Draws, value: (at: number) => Nested): Nested {
  return Array.from({ length: chains }, (_, c) =>
    Array.from({ length: iterations }, (__, i) => value(c * iterations + i)),
  );
}

function word(value: number): number | string {
  return Number.isFinite(value) ? value : nameOf(value);
}

/**
 * Reads the posterior of InferenceData: what {@link toInferenceData} made, or ArviZ wrote. Elements of arrays get names
 * such as `theta[Choate]`, by their coordinates, or by their number from 0 where they have none.
 *
 * @param source - the object, or its JSON text; `NaN` and `Infinity`, which Python writes, are understood there
 * @throws {DataError} `bad-json`, `bad-draws` for what is not InferenceData, `unequal-chains`, `not-a-number`
 * @throws {ArgumentError} `duplicate-variable`, `reserved-name`
 * @example
 * const draws = fromInferenceData(readFileSync("sleep.json", "utf8"));
 */
export function fromInferenceData(source: InferenceData | string): Draws {
  const { posterior, coords, dims, attrs } = contentOf(source);
  const [first, firstNested] = Object.entries(posterior)[0] ?? [];
  const [chains, iterations] = shapeOf(firstNested);
  if (first === undefined || chains === 0 || iterations === 0)
    throw new DataError("no-draws", "There are no draws in the group posterior.", "Write it again.");
  const columns = new Map<string, Float64Array>();
  for (const [name, nested] of Object.entries(posterior)) {
    const [ownChains, ownIterations, ...rest] = shapeOf(nested);
    if (ownIterations === undefined) {
      throw new DataError(
        "bad-draws",
        `"${name}" is not nested by chain and draw.`,
        "Chains come first, then draws, then the variable's own dimensions.",
        { variable: name },
      );
    }
    if (ownChains !== chains || ownIterations !== iterations) {
      throw new DataError(
        "unequal-chains",
        `"${name}" has ${ownChains} chains of ${ownIterations}, "${first}" has ${chains} of ${iterations}.`,
        "Give every variable the same chains.",
        { variable: name },
      );
    }
    const leaves: number[] = [];
    collect(leaves, nested, [ownChains, ownIterations, ...rest], `posterior.${name}`);
    const labels = rest.map((length, d) => {
      const own = coords[dims[name]?.[d] ?? ""];
      return own?.length === length ? own.map(String) : Array.from({ length }, (_, i) => String(i));
    });
    const elements = labels.reduce<string[][]>(
      (before, own) => before.flatMap((place) => own.map((label) => [...place, label])),
      [[]],
    );
    elements.forEach((place, e) => {
      const values = Float64Array.from(
        { length: chains * iterations },
        (_, at) => leaves[at * elements.length + e],
      );
      columns.set(place.length === 0 ? name : `${name}[${place.join(",")}]`, values);
    });
  }
  const json = attrs[VARIABLES];
  const described = describedIn(typeof json === "string" ? json : "[]", `The attribute ${VARIABLES}`);
  // In the order they were written in, where it is known.
  const names = [
    ...new Set([...[...described.keys()].filter((name) => columns.has(name)), ...columns.keys()]),
  ];
  const values = new Float64Array(names.length * chains * iterations);
  names.forEach((name, v) => {
    values.set(columns.get(name) as Float64Array, v * chains * iterations);
  });
  return new Draws({ info: infoFor(names, described), chains, iterations, values });
}

/** @throws `bad-json`, `bad-draws` */
function contentOf(
  source: unknown,
): Required<Pick<InferenceData, "posterior" | "coords" | "dims" | "attrs">> {
  const content = (typeof source === "string" ? parsed(source) : source) as InferenceData | null | undefined;
  const { posterior, coords = {}, dims = {}, attrs = {} } = content ?? ({} as Partial<InferenceData>);
  const parts = Object.entries({ posterior, coords, dims, attrs });
  const [part] = parts.find(([, value]) => typeof value !== "object" || value === null) ?? [];
  if (posterior !== undefined && part === undefined) return { posterior, coords, dims, attrs };
  throw new DataError(
    "bad-draws",
    `There is no group "${part}" of draws in what was passed.`,
    "Pass what toInferenceData() made, or the JSON of an InferenceData of ArviZ.",
  );
}

function parsed(marked: string): unknown {
  const text = marked.replace(/^\uFEFF/, "");
  try {
    return JSON.parse(text);
  } catch {
    // Python writes NaN and Infinity bare. What is in quotation marks stays as it is.
    const mended = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (part) =>
      part.startsWith('"') ? part : `"${part}"`,
    );
    try {
      return JSON.parse(mended);
    } catch (cause) {
      const place = /position (\d+)/.exec((cause as Error).message);
      const before = mended.slice(0, place === null ? undefined : Number(place[1]));
      throw new DataError(
        "bad-json",
        `Line ${before.split("\n").length} of the JSON text cannot be read after ${show(before.slice(-30))}.`,
        "The file may have been cut short or edited; write it again.",
      );
    }
  }
}

function shapeOf(nested: unknown): number[] {
  return Array.isArray(nested) ? [nested.length, ...shapeOf(nested[0])] : [];
}

/** Appends the numbers of a nested array. @throws `unequal-chains` for another shape, `not-a-number` */
function collect(
  leaves: number[],
  nested: unknown,
  [length, ...rest]: readonly number[],
  path: string,
): void {
  if (length === undefined && !Array.isArray(nested)) {
    leaves.push(
      typeof nested === "number"
        ? nested
        : numberIn(typeof nested === "string" ? nested : show(nested), () => path),
    );
    return;
  }
  if (length === undefined || !Array.isArray(nested) || nested.length !== length) {
    throw new DataError(
      "unequal-chains",
      `${path} has ${Array.isArray(nested) ? nested.length : "no"} entries, others beside it have ${length ?? "none"}.`,
      "Write the file again: it may have been cut short or edited.",
    );
  }
  nested.forEach((part, i) => {
    collect(leaves, part, rest, `${path}[${i}]`);
  });
}
