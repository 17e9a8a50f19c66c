/**
 * Tables from files.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { CsvReader, parseCsv } from "../data/csv.ts";
import { type Table, type TableLike, toTable } from "../data/table.ts";
import { BlmmError, DataError } from "../errors.ts";
import { arrowTable } from "./arrow.ts";
import { contentOf, noSuchFile, readJson, utf8 } from "./files.ts";
import { parquetTable } from "./parquet.ts";

/**
 * Reads a table from a file, by the ending of its name:
 *
 * - `.arrow`, `.feather`: an Arrow IPC file without compression, with the package apache-arrow; doubles without nulls are
 *   not copied;
 * - `.parquet`: with the package \@duckdb/node-api;
 * - `.json`: an array of row objects, or an object of columns, as `lmm` takes them;
 * - everything else: CSV in UTF-8 by the rules of `parseCsv`, gunzipped where the name ends in `.gz`. The text is read in
 *   pieces, so a file may be longer than a string can be. R: `read.csv`.
 *
 * @throws {DataError} `no-such-file`; `bad-csv`, `bad-arrow`, `bad-parquet`, `bad-json` for files that cannot be read as
 * such
 * @throws {ArgumentError} `missing-package`
 * @example
 * const model = lmm("y ~ x + (1 | g)", await readTable("measurements.csv.gz"));
 */
export async function readTable(path: string | URL): Promise<Table> {
  const address = path instanceof URL ? path.href : path;
  if (typeof address === "string" && /^https?:/i.test(address)) {
    throw new DataError(
      "no-such-file",
      `"${address}" is an address, and readTable() reads files.`,
      "For CSV write parseCsv(await (await fetch(address)).text()).",
      { path: address },
    );
  }
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const info = await stat(file).catch((cause) => {
    throw noSuchFile(path, cause);
  });
  if (/\.(arrow|feather)$/i.test(file)) return arrowTable(await contentOf(file));
  if (/\.parquet$/i.test(file)) return parquetTable(file);
  if (/\.json$/i.test(file)) return toTable((await readJson(file)) as TableLike);
  // What is not a file, such as a pipe, can be read but once.
  if (!info.isFile()) return parseCsv(utf8(await contentOf(file), `"${file}"`));
  const reader = await readCsv(file);
  return (reader.mistaken ? await readCsv(file, reader.labels) : reader).table();
}

async function readCsv(file: string, labels?: ReadonlySet<number>): Promise<CsvReader> {
  const reader = new CsvReader(labels);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const stored = createReadStream(file);
  // Faults of reading reach the loop; those of the loop end the reading, and are thrown as they are.
  const bytes = /\.gz$/i.test(file) ? pipeline(stored, createGunzip(), () => {}) : stored;
  try {
    for await (const piece of bytes) reader.add(decoder.decode(piece, { stream: true }));
    reader.add(decoder.decode());
  } catch (cause) {
    if (cause instanceof BlmmError) throw cause;
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw noSuchFile(file, cause);
    const { message } = cause as Error;
    throw new DataError(
      "bad-csv",
      `"${file}" cannot be read: ${message}.`,
      'Text must be UTF-8, and a compressed file whole; spreadsheets save "CSV UTF-8".',
      { path: file },
    );
  }
  reader.end();
  return reader;
}
