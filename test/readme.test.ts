import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

// Every ```ts block of the Markdown pages runs against the built package as a file of its own; the ```text block
// that follows it, if any, is what it prints. UPDATE_DOCS=1 writes what is printed into the pages instead.

const root = join(import.meta.dirname, "..");
const out = join(root, "out/pages");
const run = promisify(execFile);
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly code: string;
  /** What the page says it prints; where that stands in the page. */
  readonly printed: string | undefined;
  readonly start: number;
  readonly end: number;
}

function blocksOf(text: string): Block[] {
  const pattern = /^```ts\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const end = match.index + match[0].length - "```\n".length;
    return { code: match[1], printed: match[2], start: end - (match[2] ?? "").length, end };
  });
}

/** Runs the blocks one after the other in one process; what each printed. */
async function runBlocks(folder: string, blocks: readonly Block[]): Promise<string[]> {
  const mark = "\u0001\n";
  const lines = blocks.map((block, i) => {
    writeFileSync(join(folder, `${i}.ts`), block.code);
    return `await import("./${i}.ts");\nprocess.stdout.write(${JSON.stringify(mark)});`;
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
  const text = readFileSync(join(root, page), "utf8");
  const blocks = blocksOf(text);
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
