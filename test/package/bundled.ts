/**
 * What bundlers make of the built package.
 *
 * @module
 */

import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes of `program` with what it imports of the package, minified for browsers, as text and as gzip -9. */
export async function sizeOf(program: string): Promise<{ readonly bytes: number; readonly gzip: number }> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, "../..") },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    // The paths of tsconfig.json lead to src/; what is published is dist/.
    tsconfigRaw: "{}",
    logLevel: "error",
  });
  const [{ contents }] = outputFiles;
  return { bytes: contents.length, gzip: gzipSync(contents, { level: 9 }).length };
}
