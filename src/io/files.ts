/**
 * What files hold.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { DataError } from "../errors.ts";

/** The content of a file. @throws {DataError} `no-such-file` */
export async function contentOf(path: string | URL): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw noSuchFile(path, error);
  }
}

/** The error for a file that cannot be opened. */
export function noSuchFile(path: string | URL, cause: unknown): DataError {
  return new DataError(
    "no-such-file",
    `"${path}" cannot be read: ${(cause as Error).message}.`,
    "Check the path, which is taken from the folder the program was started in.",
    { path: String(path) },
  );
}

/**
 * The text of bytes. Letters that are no UTF-8 would all become the same one, and different labels one label.
 *
 * @param source - what it was read from, as the beginning of a sentence
 * @throws {DataError} `bad-csv`
 */
export function utf8(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataError(
      "bad-csv",
      `${source} cannot be read: ${(error as Error).message}.`,
      "Text must be UTF-8; what is longer than a string can be must be a file.",
    );
  }
}
