/**
 * Draws as Stan CSV: one text per chain, as CmdStan writes its files.
 *
 * @see https://mc-stan.org/docs/cmdstan-guide/stan_csv_apdx.html
 * @module
 */

import { ArgumentError, DataError, show } from "../errors.ts";
import { Draws, type VariableInfo } from "../posterior/draws.ts";
import { infoOf } from "../posterior/drawsFrom.ts";
import { VERSION } from "../save/version.ts";
import { checkEnd, numbersIn } from "./drawsCsv.ts";
import {
  type DrawsRun,
  type DrawsSource,
  describedIn,
  effectGrids,
  lengthOf,
  numberText,
  runOf,
} from "./drawsFile.ts";

/**
 * Writes draws as Stan CSV, one text per chain, for programs that read CmdStan's files: ArviZ, posterior, shinystan.
 *
 * Columns are named as Stan would: effects `r_Subject[308,Days]` are elements of an array, `r_Subject.1.2`, and what no
 * Stan variable can have in its name becomes `_`. Comments hold the formula, seed, warm-up and thinning, and for each column
 * the name it stands for, so that {@link drawsFromStanCsv} gives back the same draws. The columns of NUTS (`lp__`,
 * `divergent__`, …) are not there.
 *
 * @param source - a posterior, or draws
 * @example
 * drawsToStanCsv(posterior).forEach((text, chain) => writeFileSync(`sleep-${chain + 1}.csv`, text));
 */
export function drawsToStanCsv(source: DrawsSource): string[] {
  const run = runOf(source);
  const { draws } = run;
  const columns = stanNames(draws.info);
  const described = draws.info.map((info, v) => `# column ${columns[v]} = ${JSON.stringify(info)}`);
  return Array.from({ length: draws.chains }, (_, chain) => {
    const values = draws.variables.map((name) => draws.chain(name, chain));
    const lines = [...settings(run, chain), ...described, columns.join(",")];
    for (let i = 0; i < draws.iterations; i++) lines.push(values.map((own) => numberText(own[i])).join(","));
    return `${lines.join("\n")}\n`;
  });
}

/** Comments that say how the draws came about, under CmdStan's names. */
function settings({ draws, model, seed, warmup, thin = 1 }: DrawsRun, chain: number): string[] {
  const known = (name: string, value: unknown): string[] =>
    value === undefined ? [] : [`# ${name} = ${value}`];
  return [
    `# blmm_version = ${VERSION}`,
    ...known("model", model?.formula.replace(/\s+/g, " ")),
    "# method = sample",
    ...known("  num_samples", draws.iterations * thin),
    ...known("  num_warmup", warmup),
    "#   save_warmup = false",
    ...known("  thin", thin),
    `# id = ${chain + 1}`,
    ...known("  seed", seed),
  ];
}

/** A name for every column that Stan's readers take: letters, digits and `_`, indices after dots, no `__` at the end. */
function stanNames(info: readonly VariableInfo[]): string[] {
  const names = new Array<string>(info.length);
  const taken = new Set<string>();
  const free = (name: string): string => {
    const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
    let own = plain;
    for (let k = 2; taken.has(own) || own.endsWith("__"); k++) own = `${plain}_${k}`;
    taken.add(own);
    return own;
  };
  for (const { name, terms, places } of effectGrids(info)) {
    const array = free(name);
    places.forEach((place, k) => {
      names[place] = `${array}.${Math.floor(k / terms.length) + 1}.${(k % terms.length) + 1}`;
    });
  }
  return info.map(({ name }, v) => names[v] ?? free(name));
}

/** What one file holds. */
interface StanChain {
  readonly names: readonly string[];
  readonly described: ReadonlyMap<string, VariableInfo>;
  readonly rows: readonly Float64Array[];
}

/**
 * Reads Stan CSV, one text per chain: what {@link drawsToStanCsv} wrote, or CmdStan. Of CmdStan's own columns, whose names
 * end in `__`, only `lp__` is kept; `theta.1.2` becomes `theta[1,2]`; warm-up draws are left out.
 *
 * @throws {DataError} `bad-csv` for ragged lines, ends within a line or fewer draws than announced; `not-a-number`;
 *   `different-variables`, `unequal-chains`, `repeated-chain`; `bad-draws`, `no-draws`
 * @throws {ArgumentError} `invalid-argument`, `duplicate-variable`, `reserved-name`
 * @example
 * const draws = drawsFromStanCsv(["sleep-1.csv", "sleep-2.csv"].map((path) => readFileSync(path, "utf8")));
 */
export function drawsFromStanCsv(texts: readonly string[]): Draws {
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new ArgumentError(
      "invalid-argument",
      `drawsFromStanCsv() takes an array of texts, one per chain, got ${show(texts)}.`,
      "Pass the contents of the files.",
    );
  }
  const chains = texts.map((text, chain) => readChain(text, ` of chain ${chain}`));
  const [{ names, described }] = chains;
  chains.forEach((other, chain) => {
    const j = [...names, ...other.names].findIndex((_, place) => names[place] !== other.names[place]);
    if (j < 0) return;
    throw new DataError(
      "different-variables",
      `Column ${j + 1} of chain ${chain} is ${show(other.names[j])}, of chain 0 ${show(names[j])}.`,
      "Pass the files of one run.",
      { chain },
    );
  });
  refuseRepeated(chains);
  const iterations = lengthOf(chains.map(({ rows }) => rows.length));
  const kept = [...names.keys()].filter((j) => !names[j].endsWith("__") || names[j] === "lp__");
  const values = new Float64Array(kept.length * chains.length * iterations);
  let k = 0;
  for (const j of kept) for (const { rows } of chains) for (const row of rows) values[k++] = row[j];
  const info = kept.map((j) => described.get(names[j]) ?? infoOf(foreignName(names[j])));
  return new Draws({ info, chains: chains.length, iterations, values });
}

/** Refuses a file given twice, or two runs of one seed: chains that agree by copying would look converged. */
function refuseRepeated(chains: readonly StanChain[]): void {
  chains.forEach(({ rows }, chain) => {
    const first = chains.findIndex((other) =>
      rows.every((row, i) => row.every((value, j) => Object.is(value, other.rows[i]?.[j]))),
    );
    if (first === chain || rows.length < 2) return;
    throw new DataError(
      "repeated-chain",
      `Chains ${first} and ${chain} hold the same draws, number by number.`,
      "Pass each file once, from chains of different seeds or ids.",
      { chains: [first, chain] },
    );
  });
}

/** Reads one file. */
function readChain(text: unknown, whose: string): StanChain {
  checkEnd(text, whose);
  const settings = new Map<string, string>();
  const described = new Map<string, VariableInfo>();
  let names: readonly string[] | undefined;
  let rows: Float64Array[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const where = `line ${index + 1}${whose}`;
    if (line.startsWith("#")) {
      const [, column, json] = /^# column (\S+) = (.*)$/.exec(line) ?? [];
      if (column !== undefined) {
        for (const info of describedIn(`[${json}]`, `The comment in ${where}`).values())
          described.set(column, info);
      }
      // What comes before is the warm-up.
      if (/^# *Adaptation terminated/.test(line)) rows = [];
      const [, key, value] = /^# *(\w+) = (\d+)/.exec(line) ?? [];
      if (key !== undefined) settings.set(key, value);
    } else if (line !== "") {
      const cells = line.split(",");
      if (names === undefined) names = cells;
      else rows.push(numbersIn(cells, names, where));
    }
  }
  const announced = Math.ceil(Number(settings.get("num_samples")) / Number(settings.get("thin") ?? 1));
  if (announced >= 0 && announced !== rows.length) {
    throw new DataError(
      "bad-csv",
      `There are ${rows.length} draws in the text${whose}, but its comments announce ${announced}.`,
      "The file may have been cut short; write it again.",
    );
  }
  return { names: names ?? [], described, rows };
}

/** `theta.1.2` of CmdStan as `theta[1,2]`. */
function foreignName(column: string): string {
  return column.replace(/((?:\.\d+)+)$/, (indices) => `[${indices.slice(1).replaceAll(".", ",")}]`);
}
