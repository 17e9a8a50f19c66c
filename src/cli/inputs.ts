/**
 * What commands read: data, JSON files, and options of the library from options of the line.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { DataError, type LmmOptions, parseCsv, type Table } from "../index.ts";
import { readTable } from "../io/readTable.ts";
import type { Arguments } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The table of a file, or with `-` that of CSV text on standard input.
 *
 * @throws as `readTable`
 */
export async function readData(path: string, { stdin }: Terminal): Promise<Table> {
  if (path !== "-") return readTable(path);
  const bytes = await buffer(stdin);
  let text: string;
  try {
    // Letters that are no UTF-8 would all become the same one, and different labels one label.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataError(
      "bad-csv",
      `Standard input cannot be read: ${(error as Error).message}.`,
      "Text must be UTF-8; what is longer than a string can be must be a file.",
    );
  }
  return parseCsv(text);
}

/** Reads a JSON file. @throws {DataError} `bad-json` */
export async function readJson(path: string): Promise<unknown> {
  const content = await readFile(path, "utf8");
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new DataError(
      "bad-json",
      `"${path}" is not JSON: ${(error as Error).message}.`,
      "Correct the file.",
      { path },
    );
  }
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
