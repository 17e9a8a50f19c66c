/**
 * What a file holds.
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
