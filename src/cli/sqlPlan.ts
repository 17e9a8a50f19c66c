/**
 * `blmm sql-plan`.
 *
 * @module
 */

import { harmless, show } from "../errors.ts";
import { DataError } from "../index.ts";
import { readJson } from "../io/files.ts";
import { toJson } from "../io/json.ts";
import { VERSION } from "../save/version.ts";
import { sqlPlan as planOf, type SqlEngine, type SqlPlan, type SqlRows } from "../sql/index.ts";
import type { Arguments } from "./arguments.ts";
import { estimate } from "./estimate.ts";
import { exitCodes } from "./exitCodes.ts";
import { modelOptions } from "./inputs.ts";
import { print, type Terminal } from "./terminal.ts";

/** Prints the queries of a round; after the results of the last one, what `blmm fit` prints. */
export async function sqlPlan(args: Arguments, terminal: Terminal): Promise<number> {
  const schema = { table: args.needed("table"), columns: await columnsOf(args) };
  const dialect = args.needed("dialect") as SqlEngine;
  let step: ReturnType<SqlPlan["load"]> = planOf(args.operands[0], schema, dialect, modelOptions(args));
  const files = args.all("results");
  for (const [round, path] of files.entries()) {
    if (!("queries" in step)) throw args.fault(`takes the results of ${round} rounds`);
    step = step.load(resultsIn(path, await readJson(path)));
  }
  if (!("queries" in step)) return estimate(step, args, terminal);
  if (args.has("json")) {
    print(terminal.stdout, toJson({ version: VERSION, round: files.length + 1, queries: step.queries }));
    return exitCodes.fine;
  }
  const script = String(step);
  if (harmless(script) !== script) {
    throw new DataError(
      "unsafe-name",
      "A name in the queries has control characters, which a terminal would obey.",
      "Take the queries from --json.",
    );
  }
  print(terminal.stdout, script);
  return exitCodes.fine;
}

/** Types by column: a JSON file, or `name:TYPE,name:TYPE`. */
async function columnsOf(args: Arguments): Promise<Record<string, string>> {
  const schema = args.needed("schema");
  // Commas in parentheses belong to a type: NUMERIC(10,2).
  const pairs = schema.split(/,(?![^(]*\))/).map((part) => part.split(/:(.*)/).map((word) => word.trim()));
  const types: unknown = schema.endsWith(".json") ? await readJson(schema) : Object.fromEntries(pairs);
  const words = typeof types === "object" && types !== null ? Object.entries(types).flat() : [];
  if (words.length > 0 && words.every((word) => typeof word === "string" && word !== ""))
    return types as Record<string, string>;
  throw args.fault(
    `takes types as --schema, got ${show(schema)}`,
    'Write name:TYPE,name:TYPE, or name a file that ends in .json and holds { "name": "TYPE" }.',
  );
}

function resultsIn(path: string, json: unknown): SqlRows[] {
  const rows = (value: unknown): value is SqlRows =>
    Array.isArray(value) && value.every((row) => typeof row === "object" && row !== null);
  if (Array.isArray(json) && json.every(rows)) return json;
  throw new DataError(
    "bad-result",
    `"${path}" does not hold the results of a round.`,
    "Write an array with the rows of each query, in order: [[{ … }, …], …].",
    { path },
  );
}
