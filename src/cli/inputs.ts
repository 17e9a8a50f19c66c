/**
 * What commands read: data, and options of the library from options of the line.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { show } from "../errors.ts";
import { ArgumentError, type LmmOptions, parseCsv, type Table } from "../index.ts";
import { utf8 } from "../io/files.ts";
import { readTable } from "../io/readTable.ts";
import type { Arguments } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The table of a file, or with `-` that of CSV text on standard input.
 *
 * @throws as `readTable`; {ArgumentError} `usage` for a formula
 */
export async function readData(path: string, { stdin }: Terminal): Promise<Table> {
  if (/.~.*\|/.test(path) && !existsSync(path))
    throw new ArgumentError(
      "usage",
      `${show(path)} is a formula, not DATA.`,
      "Name the file before the formula.",
    );
  if (path !== "-") return readTable(path);
  return parseCsv(utf8(await buffer(stdin), "Standard input"));
}

/** Options of `lmm` as given; it checks them. */
export function modelOptions(args: Arguments): LmmOptions {
  const levels = Object.entries(args.pairs("levels")).map(([name, labels]) => [name, labels.split(",")]);
  return {
    ...args.options(["weights", "sigma-by", "missing", "collinear"], (name) => args.text(name)),
    contrasts: args.pairs("contrasts") as NonNullable<LmmOptions["contrasts"]>,
    levels: Object.fromEntries(levels),
  };
}
