/**
 * Reference data that may not be in the project: some licences do not allow copying them here, some are large.
 *
 * They are looked for in the folder that the environment variable BLMM_REFERENCE names (`../shared`, next to the
 * project, when it is not set); that folder holds `data/` and `reference/`.
 */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const project = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(project, process.env["BLMM_REFERENCE"] ?? "../shared");
const announced = new Set<string>();

/** Files of the reference folder that a test needs. */
export interface SharedFiles {
  /** Whether all of them are there: `it.skipIf(!available)`. */
  readonly available: boolean;
  /** The title of a test that needs them: says what is absent when something is. */
  title(text: string): string;
}

/** Looks for files of the reference folder; prints once which are absent. */
export function sharedFiles(...paths: readonly string[]): SharedFiles {
  const absent = paths.filter((path) => !existsSync(resolve(folder, path)));
  for (const path of absent) {
    if (announced.has(path)) continue;
    announced.add(path);
    console.warn(`Skipped: tests that need ${path}, which is not in the reference folder (BLMM_REFERENCE).`);
  }
  const available = absent.length === 0;
  return {
    available,
    title: (text) =>
      available ? text : `${text} (skipped: ${absent.join(", ")} absent, see BLMM_REFERENCE)`,
  };
}

/** The text of a file of the reference folder; `.gz` files are unpacked. */
export function readShared(path: string): string {
  const bytes = readFileSync(resolve(folder, path));
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}
