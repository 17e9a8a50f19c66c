/**
 * Other engines, from the npm registry into a folder that is not committed.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../out/engines");

/** The path of `node`, `deno` or `bun`; undefined before {@link installEngines}. */
export function engine(name: string): string | undefined {
  const path = join(home, "node_modules/.bin", name);
  return existsSync(path) ? path : undefined;
}

/** Installs Node 24, Deno 2 and Bun 1, once. */
export function installEngines(): void {
  if (engine("bun") !== undefined) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "private": true }\n');
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "node@24", "deno@2", "bun@1"], { cwd: home });
}
