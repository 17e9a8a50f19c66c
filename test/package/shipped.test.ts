import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const dist = join(import.meta.dirname, "../../dist");
const scripts = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".js"))
  .map((path) => ({
    path,
    code: readFileSync(join(dist, path), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""),
  }));
const withPattern = (pattern: RegExp): string[] =>
  scripts.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

describe("the scripts of the built package", () => {
  it("are there", () => {
    expect(scripts.length).toBeGreaterThan(200);
  });

  it("make no code from text, which strict content security policies refuse", () => {
    expect(withPattern(/\beval\s*\(|\bnew Function\b|(?<![\w$.])Function\s*\(|\bimportScripts\b/)).toEqual(
      [],
    );
  });

  it("print nothing, but for the command line", () => {
    // dist/bundled/ holds the same modules once more.
    expect(withPattern(/\bconsole\.\w+\(/).filter((path) => !/^(bundled|cli)\b/.test(path))).toEqual([]);
  });

  it("import what was drawn in from nowhere else", () => {
    expect(withPattern(/from "(@stdlib\/|d3-dsv")/)).toEqual([]);
  });
});

describe("the files for engines that load modules one by one", () => {
  /** A file and all that it imports at once. */
  function loaded(path: string, found = new Set<string>()): Set<string> {
    if (found.has(path)) return found;
    found.add(path);
    const code = readFileSync(path, "utf8");
    for (const [, from] of code.matchAll(/^(?:import|export|\}) [^"';]*?from "(\.[^"]+)";/gm))
      loaded(join(path, "..", from), found);
    return found;
  }
  // Each waits for those that name it: a page asks its server file after file.
  it.each([
    ["index.js", 5],
    ["plot/index.js", 6],
    ["workers/worker.js", 3],
    ["datasets/index.js", 2],
    ["cli.js", 5],
  ])("are few: %s and what it imports are at most %i", (entry, most) => {
    const files = loaded(join(dist, "bundled", entry));
    expect(files.size).toBeGreaterThan(1);
    expect(files.size).toBeLessThanOrEqual(most);
  });
});
