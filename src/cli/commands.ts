/**
 * The commands: what each takes, and where it is. Nothing here loads the library, so that help comes at once.
 *
 * @module
 */

import type { Arguments } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";
import type { Operand, Option, Usage } from "./usage.ts";

/** A command. */
export interface Command extends Usage {
  /** Loads what carries it out and returns the exit code. */
  readonly run: (args: Arguments, terminal: Terminal) => Promise<number>;
}

const data: Operand = {
  name: "DATA",
  help: "a file (CSV, CSV.gz, Arrow, Parquet), or - for CSV on standard input",
};
const formula: Operand = { name: "FORMULA", help: 'as for lme4, in quotation marks: "y ~ x + (x | g)"' };

const model: readonly Option[] = [
  { name: "weights", value: "COLUMN", help: "prior weights: the variance of a row is σ²/weight" },
  { name: "levels", value: "COLUMN=A,B,...", help: "levels in this order, the reference first", many: true },
  { name: "contrasts", value: "COLUMN=NAME", help: "treatment, sum, helmert or poly", many: true },
  { name: "missing", value: "WHAT", help: "rows with missing values: drop (default) or error" },
  { name: "collinear", value: "WHAT", help: "redundant columns: error (default) or drop" },
];
const rowModel: readonly Option[] = [
  ...model,
  { name: "sigma-by", value: "COLUMN", help: "a residual SD for each label of this column" },
];

const sampling: readonly Option[] = [
  { name: "seed", value: "N", number: true, help: "the same seed gives the same draws; else one is drawn" },
  { name: "draws", value: "N", number: true, help: "draws per chain; else as many as convergence takes" },
  { name: "chains", value: "N", number: true, help: "independent chains (4)" },
  { name: "warmup", value: "N", number: true, help: "iterations before the first draw that is kept" },
  { name: "thin", value: "N", number: true, help: "keeps every Nth draw (1)" },
  {
    name: "max-draws",
    value: "N",
    number: true,
    help: "draws per chain to stop at, without --draws (10000)",
  },
  { name: "max-time", value: "SECONDS", number: true, help: "time to stop at" },
  { name: "scheme", value: "NAME", help: "auto, collapsed, crossed, blocked, full-conditionals" },
  { name: "priors", value: "FILE", help: "priors as JSON; the default is default@1" },
  { name: "workers", value: "N", number: true, help: "threads to run the chains on" },
];
/** Names of the options of a run, which mean nothing where nothing is sampled. */
export const samplingNames: readonly string[] = sampling.map(({ name }) => name);
const json: Option = { name: "json", help: "one JSON document in place of text" };
const estimators: readonly Option[] = [
  { name: "reml", help: "estimates by REML in place of a posterior" },
  { name: "ml", help: "estimates by maximum likelihood" },
];
const files: readonly Option[] = [
  { name: "save", value: "FILE", help: "writes the result, for readSave() of blmm/node" },
  { name: "draws-csv", value: "FILE", help: "writes every draw to a CSV file" },
];

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: "fit",
    about: "Samples the posterior of a model, or estimates it by REML or ML.",
    operands: [data, formula],
    options: [
      ...estimators,
      { name: "report", value: "FILE", help: "writes posterior, REML and plots to a page" },
      ...files,
      json,
      ...rowModel,
      ...sampling,
    ],
    run: async (args, terminal) => (await import("./fit.ts")).fit(args, terminal),
  },
  {
    name: "compare",
    about: "Holds a posterior against REML, or several formulas against each other.",
    operands: [data, { ...formula, many: true }],
    options: [
      { name: "gibbs", help: "several formulas: posteriors and leave-one-out, not tests" },
      { name: "ml", help: "maximum likelihood in place of REML" },
      json,
      ...rowModel,
      ...sampling,
    ],
    run: async (args, terminal) => (await import("./compare.ts")).compare(args, terminal),
  },
  {
    name: "report",
    about: "Writes one HTML page on a model: both estimators, diagnostics, plots.",
    operands: [data, formula, { name: "PAGE", help: "the file to write" }],
    options: [...rowModel, ...sampling],
    run: async (args, terminal) => (await import("./report.ts")).report(args, terminal),
  },
  {
    name: "sql-plan",
    about: "Prints the queries of a model of data in a database, round by round.",
    operands: [formula],
    options: [
      { name: "dialect", value: "NAME", help: "duckdb, postgres, bigquery, snowflake, spark, trino" },
      { name: "table", value: "NAME", help: "the table, or a query in its place" },
      { name: "schema", value: "TYPES", help: "types: y:FLOAT64,g:STRING, or a file .json" },
      { name: "results", value: "FILE", help: "results of a round, as JSON", many: true },
      ...estimators,
      ...files,
      json,
      ...model,
      ...sampling,
    ],
    run: async (args, terminal) => (await import("./sqlPlan.ts")).sqlPlan(args, terminal),
  },
  {
    name: "demo",
    about: "Shows a bundled data set at work, and the JavaScript that does the same.",
    operands: [{ name: "NAME", help: "sleepstudy (default), oats, cake, Penicillin, ...", optional: true }],
    options: [
      { name: "csv", help: "prints the data instead, as CSV" },
      json,
      {
        name: "seed",
        value: "N",
        number: true,
        help: "the same seed gives the same draws (1)",
        default: "1",
      },
    ],
    run: async (args, terminal) => (await import("./demo.ts")).demo(args, terminal),
  },
];
