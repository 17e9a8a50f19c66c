/**
 * Files, read and written; what the system refuses is told in its words.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { access, constants, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ArgumentError, DataError, show } from "../errors.ts";

/** The content of a file. @throws {DataError} `no-such-file` */
export async function contentOf(path: string | URL): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw noSuchFile(path, error);
  }
}

/** What a JSON file says. @throws {DataError} `no-such-file`, `bad-json` */
export async function readJson(path: string | URL): Promise<unknown> {
  const content = await contentOf(path);
  try {
    // The decoder takes away the mark that editors on Windows put in front.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (error) {
    throw new DataError(
      "bad-json",
      `"${path}" is not JSON: ${(error as Error).message}.`,
      "Correct the file.",
      { path: String(path) },
    );
  }
}

/** The error for a file that cannot be opened. */
export function noSuchFile(path: string | URL, cause: unknown): DataError {
  if ((cause as { code?: unknown }).code === "EISDIR")
    return new DataError("no-such-file", `"${path}" is a folder.`, "Name a file in it.", {
      path: String(path),
    });
  return new DataError(
    "no-such-file",
    `"${path}" cannot be read: ${(cause as Error).message}.`,
    "Check the path, which is taken from the folder the program was started in.",
    { path: String(path) },
  );
}

/** Writes a file; folders are made as needed. @throws `no-access`, `invalid-argument` */
export async function writeContent(path: string, content: string | Uint8Array): Promise<void> {
  if (typeof path !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The path of a file must be text, got ${show(path)}.`,
      "Pass one.",
    );
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    throw noAccess(error, `"${path}" cannot be written: `);
  }
}

/** Refuses a path that cannot be written, before the work on what goes there; folders need not be there. @throws `no-access` */
export async function checkTarget(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory())
    throw new DataError("no-access", `"${path}" is a folder.`, "Name a file in it.", { path });
  let at = path;
  while (at !== dirname(at) && !existsSync(at)) at = dirname(at);
  try {
    await access(at, constants.W_OK);
  } catch (error) {
    throw noAccess(error, `"${path}" cannot be written: `);
  }
}

/** What the system says of a file that it does not let us read or write. @param what - the beginning of the sentence */
export function noAccess(cause: unknown, what = ""): DataError {
  return new DataError(
    "no-access",
    `${what}${(cause as Error).message}.`,
    "Check the path and its permissions.",
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
