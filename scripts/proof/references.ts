/** The reference numbers of test/golden/ made anew by R, and held against those that are kept. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asFactor, type Column, type TableLike, toTable } from "../../src/data/table.ts";
import * as datasets from "../../src/datasets/index.ts";

const golden = "test/golden";
const generate = `${golden}/generate`;

/** A script of test/golden/generate, the packages it needs, where it runs and what it is called with. */
interface Script {
  readonly name: string;
  readonly packages: readonly string[];
  readonly folder?: string;
  readonly words?: readonly string[];
  /** The file it writes, from the copy of the project; standard output where left out. */
  readonly writes?: string;
  /** The kept file, where its name is another one. */
  readonly kept?: string;
}

const SCRIPTS: readonly Script[] = [
  { name: "models", packages: ["lme4"], words: ["data"] },
  {
    name: "structures",
    packages: ["nlme", "lme4", "jsonlite"],
    folder: generate,
    writes: `${golden}/structures.json`,
  },
  { name: "stress", packages: ["lme4"], words: ["stress.json"], writes: "stress.json" },
  { name: "unbalanced", packages: ["lmerTest", "pbkrtest", "emmeans"] },
  {
    name: "design",
    packages: ["lme4", "jsonlite"],
    writes: `${golden}/design/design.json`,
    kept: "design/design",
  },
  { name: "student", packages: ["rjags", "posterior"] },
  { name: "knownVariances", packages: ["rjags", "posterior"] },
];

/** Versions of those R packages that are installed, and of R itself; empty without R. */
export function versions(packages: readonly string[]): Map<string, string> {
  const code = `for (p in commandArgs(TRUE)) if (requireNamespace(p, quietly = TRUE)) cat(p, as.character(packageVersion(p)), "\\n"); cat("R", as.character(getRversion()), "\\n")`;
  const { status, stdout } = spawnSync("Rscript", ["-e", code, ...packages], { encoding: "utf8" });
  if (status !== 0) return new Map();
  const lines = stdout.trim().split("\n");
  return new Map(lines.map((line) => line.trim().split(" ") as [string, string]));
}

type Json = number | string | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const parsed = (path: string): Json => JSON.parse(readFileSync(path, "utf8"));

/** Relative differences of all numbers that two values have at the same place; numbers below 1e-3 count as that. */
export function differences(kept: Json, made: Json): number[] {
  if (typeof kept === "number" && typeof made === "number")
    return [Math.abs(kept - made) / Math.max(Math.abs(kept), 1e-3)];
  if (typeof kept !== "object" || typeof made !== "object" || kept === null || made === null) return [];
  const [own, other] = [Object.entries(kept), new Map(Object.entries(made))];
  return own.flatMap(([key, value]) => {
    const its = other.get(key);
    return its === undefined ? [] : differences(value, its);
  });
}

const bundled: ReadonlyMap<string, TableLike> = new Map(Object.entries(datasets));

/** Data and formulas of the models that lme4 is asked for again. */
function writeModels(root: string, folder: string): void {
  const lines = readdirSync(join(root, golden, "models")).map((file) => {
    const { data, formula } = parsed(join(root, golden, "models", file)) as { data: string; formula: string };
    const id = file.replace(".json", "");
    const name = data.replace(".csv", "").replace("_missing", "Missing");
    const { names, columns, rowCount } = toTable(bundled.get(name) as TableLike);
    const cells = names.map((column) => textsOf(columns.get(column) as Column));
    const rows = Array.from({ length: rowCount }, (_, i) => cells.map((column) => column[i]).join(","));
    writeFileSync(join(folder, `${id}.csv`), `${[names.join(","), ...rows].join("\n")}\n`);
    const codings = names.flatMap((column) => {
      const own = columns.get(column) as Column;
      if (own.kind === "number") return [];
      const { ordered, levels } = asFactor(own);
      return [`${column}${ordered ? "<" : "="}${levels.join("|")}`];
    });
    return [id, formula, codings.join(";")].join("\t");
  });
  writeFileSync(join(folder, "models.tsv"), `${lines.join("\n")}\n`);
}

/** Cells of a column as CSV has them; nothing where one is missing. */
function textsOf(column: Column): string[] {
  if (column.kind === "number") return Array.from(column.values, (x) => (Number.isNaN(x) ? "" : String(x)));
  const { codes, levels } = asFactor(column);
  return Array.from(codes, (code) => levels[code] ?? "");
}

/** What of the kept models the script makes: coefficients by name become lists. */
function keptModels(root: string): Json {
  type Fit = Record<string, Json>;
  const list = (value: Json): Json => Object.values(value as Record<string, Json>);
  return Object.fromEntries(
    readdirSync(join(root, golden, "models")).map((file) => {
      const kept = parsed(join(root, golden, "models", file)) as { REML: Fit; ML: Fit };
      const part = ({ criterion, theta, beta, se, sigma }: Fit): Fit => ({
        ...{ criterion: [criterion], theta, beta: list(beta), se: list(se), sigma: [sigma] },
      });
      return [file.replace(".json", ""), { REML: part(kept.REML), ML: part(kept.ML) }];
    }),
  );
}

/**
 * Runs the scripts whose packages are here, in a copy, and says in a sentence what came out.
 *
 * @throws where deterministic numbers agree with the kept ones to fewer than 4 digits
 */
export function refreshed(root: string): string {
  const installed = versions([...new Set(SCRIPTS.flatMap(({ packages }) => packages))]);
  if (installed.size === 0) return "R is not here to make them anew.";
  const copy = join(root, "out/references");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(join(copy, golden, "design"), { recursive: true });
  mkdirSync(join(copy, "data"), { recursive: true });
  cpSync(join(root, generate), join(copy, generate), { recursive: true });
  writeModels(root, join(copy, "data"));
  for (const [name, from] of [
    ["oats", "oats-block"],
    ["cake", "cake-numeric"],
  ]) {
    cpSync(join(copy, "data", `${from}.csv`), join(copy, "data", `${name}.csv`));
  }
  const found: string[] = [];
  const absent: string[] = [];
  for (const { name, packages, folder = ".", words = [], writes, kept = name } of SCRIPTS) {
    if (packages.some((one) => !installed.has(one))) {
      absent.push(name);
      continue;
    }
    const { status, stdout, stderr } = spawnSync("Rscript", [join(copy, generate, `${name}.R`), ...words], {
      cwd: join(copy, folder),
      env: { ...process.env, LC_ALL: "C" },
      encoding: "utf8",
      maxBuffer: 1e9,
    });
    if (status !== 0) throw new Error(`${name}.R failed: ${stderr}`);
    const made: Json = writes === undefined ? JSON.parse(stdout) : parsed(join(copy, writes));
    const before = name === "models" ? keptModels(root) : parsed(join(root, golden, `${kept}.json`));
    const off = differences(before, made);
    const digits = Math.min(15, -Math.log10(Math.max(...off, 1e-15)));
    found.push(`${name} (${off.length} numbers, ${digits.toFixed(1)} digits)`);
    console.error(found.at(-1));
    if (off.length === 0 || digits < (packages.includes("rjags") ? 1 : 4))
      throw new Error(`What ${name}.R makes is not what test/golden/ keeps: ${found.at(-1)}.`);
  }
  const programs = [...installed].map(([name, version]) => `${name} ${version}`).join(", ");
  return `${programs} made the following anew, and the new ones agree with those that are kept: ${found.join(", ")}.${absent.length === 0 ? "" : ` Packages for ${absent.join(", ")} are not here.`}`;
}
