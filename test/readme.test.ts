import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Block, pages, pageText, programsOf, root } from "./pages.ts";

// Every ts block of the Markdown pages, and js blocks but those of docs/errors.md, run against the built package, as files
// of their own; the text block that follows one, if any, is what it prints. UPDATE_DOCS=1 writes what is printed into the
// pages instead.

const out = join(root, "out/pages");
const run = promisify(execFile);

/** Runs the blocks one after the other in one process; what each printed. */
async function runBlocks(folder: string, blocks: readonly Block[]): Promise<string[]> {
  const mark = "\u0001\n";
  const lines = blocks.map((block, i) => {
    // A js block is a CommonJS file: what it says of import() is true there only.
    const name = `${i}.${block.language === "js" ? "cjs" : "ts"}`;
    writeFileSync(join(folder, name), block.code);
    return `await import("./${name}");\nprocess.stdout.write(${JSON.stringify(mark)});`;
  });
  writeFileSync(join(folder, "all.ts"), lines.join("\n"));
  const tsx = join(root, "node_modules/.bin/tsx");
  const { stdout } = await run(tsx, ["--tsconfig", "tsconfig.build.json", join(folder, "all.ts")], {
    cwd: root,
  });
  return stdout.split(mark).slice(0, -1);
}

/** Runs a block that is a test file, as in a project without settings. */
async function runTest(folder: string, { code }: Block): Promise<void> {
  writeFileSync(join(folder, "page.test.ts"), code);
  writeFileSync(join(folder, "vitest.config.mjs"), "export default {};");
  await run(join(root, "node_modules/.bin/vitest"), ["run", "--root", folder], { cwd: root });
}

describe.each(pages)("%s", (page) => {
  const text = pageText(page);
  const blocks = programsOf(page);
  const isTest = ({ code }: Block): boolean => code.includes('from "vitest"');

  if (blocks.length > 0) {
    it(`runs, and prints what it says (${blocks.length} blocks)`, async () => {
      const folder = join(out, page.replace(/\W/g, "-"));
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const scripts = blocks.filter((block) => !isTest(block));
      const printed = await runBlocks(folder, scripts);
      if (process.env["UPDATE_DOCS"] === "1") {
        let updated = text;
        scripts.toReversed().forEach(({ printed: old, start, end }, i) => {
          if (old === undefined) return;
          updated = updated.slice(0, start) + printed[scripts.length - 1 - i] + updated.slice(end);
        });
        writeFileSync(join(root, page), updated);
        return;
      }
      scripts.forEach((block, i) => {
        if (block.printed !== undefined) expect(printed[i]).toBe(block.printed);
      });
      for (const block of blocks.filter(isTest)) await runTest(folder, block);
    });
  }

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
    const folder = join(root, page, "..");
    expect(links.filter((path) => !exists(join(folder, path)))).toEqual([]);
  });

  it("names source files that exist", () => {
    const named = [...text.matchAll(/`((?:[\w-]+\/)+(?:[\w.]+\.ts)?)`/g)].map(([, path]) => path);
    const missing = named.filter((path) => !exists(join(root, path)) && !exists(join(root, "src", path)));
    expect(missing.filter((path) => !/^(dist|out)\//.test(path))).toEqual([]);
  });
});

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EISDIR";
  }
}
