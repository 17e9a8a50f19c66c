/**
 * Arrow files. The only door to apache-arrow, which users install when they need it.
 *
 * @module
 */

import { type Table, toTable } from "../data/table.ts";
import { DataError } from "../errors.ts";
import type { Draws } from "../posterior/draws.ts";
import {
  checkPlace,
  type DrawsSource,
  describedIn,
  drawsOfColumns,
  PLACE,
  runOf,
  VARIABLES,
} from "./drawsFile.ts";
import { optionalPackage } from "./optional.ts";

function arrow(): Promise<typeof import("apache-arrow")> {
  return optionalPackage("apache-arrow", "Arrow files are read and written", () => import("apache-arrow"));
}

/**
 * Draws as an Arrow IPC file (Feather 2): the columns of `drawsToCsv`, numbers as doubles.
 *
 * @param source - a posterior, or draws
 * @throws {ArgumentError} `missing-package` without apache-arrow
 * @example
 * await writeFile("draws.arrow", await drawsToArrow(posterior));
 */
export async function drawsToArrow(source: DrawsSource): Promise<Uint8Array> {
  const { Field, RecordBatch, Schema, Struct, Table, makeData, makeVector, tableToIPC } = await arrow();
  const { draws } = runOf(source);
  const places = draws.toColumns();
  // Lists, not objects of columns, which put a variable called 1 first and lose one called __proto__.
  const columns = [
    ...PLACE.map((name) => ({ name, vector: makeVector(places[name] as Int32Array) })),
    ...draws.variables.map((name) => ({ name, vector: makeVector(draws.get(name)) })),
  ];
  const fields = columns.map(({ name, vector }) => new Field(name, vector.type, false));
  const children = columns.map(({ vector }) => vector.data[0]);
  const schema = new Schema(fields, new Map([[VARIABLES, JSON.stringify(draws.info)]]));
  const data = makeData({ type: new Struct(fields), length: draws.size, nullCount: 0, children });
  return tableToIPC(new Table(new RecordBatch(schema, data)), "file");
}

/**
 * Reads what {@link drawsToArrow} wrote.
 *
 * @throws {DataError} `bad-arrow` for what is not an Arrow file or one cut short; `bad-draws` for other columns or rows out
 *   of order; `not-a-number` for nulls; `unequal-chains`, `no-draws`
 * @throws {ArgumentError} `missing-package`, `duplicate-variable`, `reserved-name`
 * @example
 * const draws = await drawsFromArrow(await readFile("draws.arrow"));
 */
export async function drawsFromArrow(bytes: Uint8Array | ArrayBuffer): Promise<Draws> {
  const table = await read(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
  const names = table.schema.fields.map(({ name }) => name);
  checkPlace(names);
  const columns = names.map((name, j) => {
    const vector = table.getChildAt(j);
    const values: unknown = vector?.toArray();
    const numbers = values instanceof Float64Array || values instanceof Int32Array;
    if (vector?.nullCount === 0 && numbers) return values;
    throw new DataError(
      "not-a-number",
      `Column "${name}" holds nulls, or something other than draws.`,
      "Pass what drawsToArrow() wrote.",
      { column: name },
    );
  });
  const described = describedIn(table.schema.metadata.get(VARIABLES) ?? "[]", "The metadata of the file");
  return drawsOfColumns(names, columns, described, (row) => `row ${row}`);
}

/** How an Arrow IPC file ends (`ARROW1`), and how a stream does. */
const FILE_END = [65, 82, 82, 79, 87, 49];
const STREAM_END = [255, 255, 255, 255, 0, 0, 0, 0];

function ends(bytes: Uint8Array, end: readonly number[]): boolean {
  return end.every((byte, i) => bytes[bytes.length - end.length + i] === byte);
}

/**
 * The table in an Arrow IPC file or stream; doubles without nulls stay where they are in `bytes`.
 *
 * @throws `bad-arrow`, `missing-package`
 */
export async function arrowTable(bytes: Uint8Array): Promise<Table> {
  return toTable(await read(bytes));
}

function batchesOf(
  reader: import("apache-arrow").RecordBatchFileReader,
): import("apache-arrow").RecordBatch[] {
  const batches: import("apache-arrow").RecordBatch[] = [];
  while (batches.length < reader.numRecordBatches) {
    const batch = reader.readRecordBatch(batches.length);
    if (batch === null) throw new Error(`batch ${batches.length} is missing`);
    batches.push(batch);
  }
  return batches;
}

async function read(bytes: Uint8Array): Promise<import("apache-arrow").Table> {
  const { RecordBatchReader, Table } = await arrow();
  try {
    // The package itself takes a stream that was cut between two batches for a whole one.
    if (!ends(bytes, FILE_END) && !ends(bytes, STREAM_END)) throw new Error("its end is missing");
    const reader = RecordBatchReader.from(bytes).open();
    // Batch by batch, not by tableFromIPC(), which looks forever where a file names as a batch what is none.
    const batches = reader.isFile() ? batchesOf(reader) : reader.readAll();
    return new Table(reader.schema, batches);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DataError(
      "bad-arrow",
      `The Arrow file cannot be read: ${message}.`,
      /compress/.test(message)
        ? 'Write it without compression: write_feather(x, file, compression = "uncompressed").'
        : "It may have been cut short; write it again.",
    );
  }
}
