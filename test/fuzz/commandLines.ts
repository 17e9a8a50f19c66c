/** Command lines of any words, on a small file of data. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { exitCodes } from "../../src/cli/exitCodes.ts";
import { blmm, folder } from "../cli/pretend.ts";
import { name } from "./hostile.ts";
import { type Trial, trial } from "./trial.ts";

const place = folder();
const file = (own: string, content: string | Uint8Array): string => {
  const path = join(place, own);
  writeFileSync(path, content);
  return path;
};
const wave = (k: number): number[] =>
  Array.from({ length: 24 }, (_, i) => Math.sin((i + 1) * (k + 0.37)) * 2);
const rows = wave(1).map((y, i) => `${y},${wave(2)[i]},g${i % 4}`);
const csv = `y,x,g\n${rows.join("\n")}\n`;

const FILES = [
  file("data.csv", csv),
  file("ragged.csv", `${csv}1,2\n`),
  file("bytes.csv", new Uint8Array([0xff, 0xfe, 0, 1, 2, 0x22])),
  file("empty.csv", ""),
  file("cut.csv.gz", new Uint8Array([0x1f, 0x8b, 8, 0])),
  file("no.arrow", "ARROW1 this is not"),
  file("no.parquet", "PAR1"),
  file("priors.json", '{"sigma":{"type":"exponential","rate":1}}'),
  file("odd.json", '{"__proto__":{"type":"constructor"},"terms":[[[]]]}'),
  file("cut.json", '{"sigma"'),
  ...["-", place, join(place, "absent.csv"), "/dev/null"],
];
const FORMULAS = [
  "y ~ x + (1 | g)",
  "y ~ x + (x | g)",
  "y ~ 1 + (1 | g)",
  "log(y) ~ x + (1 | g)",
  "y ~ x",
  "~",
  "g ~ (1 | g)",
];
// What writes files, starts threads or draws without end is left out.
const SWITCHES = [
  "--reml",
  "--ml",
  "--gibbs",
  "--json",
  "--help",
  "-h",
  "--version",
  "--csv",
  "--",
  "-",
  "--no",
  "-x",
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  weights: ["x", "y", "g", "__proto__"],
  "sigma-by": ["g", "constructor"],
  levels: ["g=g0,g1,g2,g3", "g", "=", "__proto__=a", "g=,"],
  contrasts: ["g=sum", "g=toString", "x=sum"],
  missing: ["drop", "error", "valueOf"],
  collinear: ["drop", ""],
  seed: ["1", "-1", "1e99", "x"],
  draws: ["20", "0", "1.5", "NaN"],
  chains: ["1", "2", "0", "1e6"],
  warmup: ["10", "-1"],
  thin: ["1", "2", "0"],
  "max-time": ["1", "0", "Infinity"],
  scheme: ["auto", "blocked", "hasOwnProperty"],
  priors: FILES,
  dialect: ["duckdb", "bigquery", "__proto__", "toString"],
  table: ["t", "a.b", '"; DROP TABLE t; --', ""],
  schema: ["y:DOUBLE,x:DOUBLE,g:VARCHAR", "y:DOUBLE", "y", ":", "__proto__:DOUBLE", ...FILES],
  results: FILES,
};

const option = fc
  .constantFrom(...Object.keys(VALUES))
  .chain((own) =>
    fc
      .tuple(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...VALUES[own]) }, name), fc.boolean())
      .map(([value, joined]) => (joined ? [`--${own}=${value}`] : [`--${own}`, value])),
  );
const word = fc.oneof(
  fc.constantFrom(...SWITCHES),
  fc.constantFrom(...FORMULAS),
  fc.constantFrom(...FILES),
  name,
);
const line = fc
  .tuple(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom("fit", "compare", "sql-plan", "demo") }, word),
    fc.oneof({ weight: 3, arbitrary: fc.constant(FILES[0]) }, fc.constantFrom(...FILES)),
    fc.constantFrom(...FORMULAS),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: option },
        word.map((own) => [own]),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([command, data, formula, more]) => [
    command,
    ...(command === "fit" || command === "compare" ? [data] : []),
    formula,
    ...more.flat(),
  ])
  // Draws without end: only as many as are asked for.
  .map((argv) => (argv.some((own) => own.startsWith("--draws")) ? argv : [...argv, "--draws", "20"]));

const CODES: readonly number[] = [exitCodes.fine, exitCodes.mistake, exitCodes.usage, exitCodes.notConverged];

export const commandLines: readonly Trial[] = [
  trial("any words end with a documented exit code", [200, 6000], line, async (argv) => {
    const { code, out, err } = await blmm(argv, { stdin: csv });
    if (!CODES.includes(code)) throw new Error(`exit code ${code}: ${err}`);
    if (/\n\s+at .*:\d+/.test(err)) throw new Error(`a stack: ${err}`);
    if (out === "" && err === "") throw new Error(`nothing said, exit code ${code}`);
  }),
];
