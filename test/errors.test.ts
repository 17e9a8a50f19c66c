import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as check from "../src/check/index.ts";
import * as datasets from "../src/datasets/index.ts";
import { BlmmError, type Warning } from "../src/errors.ts";
import * as blmm from "../src/index.ts";
import * as node from "../src/io/node.ts";
import * as matrix from "../src/linalg/matrix.ts";
import * as plot from "../src/plot/index.ts";
import * as sql from "../src/sql/index.ts";

// docs/errors.md has a section for every code: the smallest input in a `js` block, then what it says in a `text`
// block. UPDATE_DOCS=1 writes what is said into the page.

const root = join(import.meta.dirname, "..");
const path = join(root, "docs/errors.md");
const page = readFileSync(path, "utf8");
const [head, ...rest] = page.split(/^(?=###? )/m);
const sections = rest.filter((text) => text.startsWith("### ")).map(readSection);
const tried = sections.filter(({ code }) => code !== undefined);

interface Section {
  readonly name: string;
  readonly text: string;
  /** The smallest input; a code that no input leads to has none. */
  readonly code: string | undefined;
  readonly said: string | undefined;
}

function readSection(text: string): Section {
  const [, name] = /^### (\S+)/.exec(text) as RegExpExecArray;
  const [, code, said] = /^```js\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```\n/m.exec(text) ?? [];
  return { name, text, code, said };
}

interface Mendable {
  readonly warnings: readonly Warning[];
  readonly model?: unknown;
}

type Scope = Record<string, unknown>;

/** Runs a block where everything public is in scope. */
async function run(body: string, scope: Scope): Promise<unknown> {
  const AsyncFunction = (async () => {}).constructor as new (
    ...words: string[]
  ) => (...values: unknown[]) => unknown;
  return new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
}

/** A block that returns the value of its last statement. */
const returning = (code: string): string => code.replace(/^(?=\w)(?![\s\S]*\n\w)/m, "return ");

/** What a block says: the error it throws, or the warning of its value that has the code. */
async function outcome({ name, code }: Section, scope: Scope): Promise<string> {
  try {
    const value = (await run(returning(code as string), scope)) as {
      warnings?: Warning[];
      notes?: Warning[];
    };
    const warnings = [...(value.warnings ?? []), ...(value.notes ?? [])];
    const own = warnings.find((warning) => warning.code === name);
    expect(own, `warns of ${warnings.map((warning) => warning.code).join(", ") || "nothing"}`).toBeDefined();
    const { message, fix } = own as Warning;
    return `Warning: ${message}\n${fix === undefined ? "" : `fix: ${fix}\n`}`;
  } catch (error) {
    if (!(error instanceof BlmmError)) throw error;
    expect(error.code).toBe(name);
    return `${error.name}: ${[error.reason, error.remedy].filter((words) => words !== "").join("\n")}\n`;
  }
}

/**
 * The codes that the sources throw or warn of, those that their doc comments name, and the files where a code comes from
 * elsewhere.
 */
function codesOfSources(): { thrown: Set<string>; named: Set<string>; indirect: Set<string> } {
  const [thrown, named, indirect] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const errors = "(?:Blmm|Formula|Data|Model|Prior|Numerical|Argument)Error";
  const made = new RegExp(`(?:new ${errors}|\\bwarning|\\bformulaError|(\\bfault))\\(\\s*([^,]*)`, "g");
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(root, "src", file), "utf8");
    for (const [comment] of text.matchAll(/@throws[^@/]*/g))
      for (const [, code] of comment.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)) named.add(code);
    const bare = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [, fault, argument] of bare.matchAll(made)) {
      const codes = [...argument.matchAll(/"([a-z]+(?:-[a-z]+)*)"/g)].map(([, code]) => code);
      for (const code of codes) thrown.add(code);
      if (codes.length === 0 && fault === undefined) indirect.add(file.replaceAll("\\", "/"));
    }
  }
  return { thrown, named, indirect };
}

describe("docs/errors.md", () => {
  const { thrown, named, indirect } = codesOfSources();
  const known = sections.map(({ name }) => name);
  const scope: Scope = { ...datasets, ...matrix, ...plot, ...check, ...sql, ...node, ...blmm };

  beforeAll(async () => {
    const [, prelude] = /^```js\n([\s\S]*?)^```\n/m.exec(head) as RegExpExecArray;
    const names = [...prelude.matchAll(/^const (\w+)/gm)].map(([, name]) => name);
    Object.assign(scope, await run(`${prelude}return { ${names.join(", ")} };`, scope));
  });

  it("has a section for every code of the sources", () => {
    const missing = [...thrown].filter((code) => !known.includes(code));
    expect(
      missing,
      'add "### <code>" to docs/errors.md with the smallest input in a js block, an empty text block after it, ' +
        "and run UPDATE_DOCS=1 npx vitest run test/errors.test.ts",
    ).toEqual([]);
  });

  it("has no section twice, and none of a code that the sources do not have", () => {
    expect(known.filter((code, i) => !thrown.has(code) || known.indexOf(code) !== i)).toEqual([]);
  });

  const updated = new Map<string, string>();
  it.each(tried)("$name", async (section) => {
    const said = await outcome(section, scope);
    if (process.env["UPDATE_DOCS"] === "1") {
      updated.set(
        section.text,
        section.text.replace(`\`\`\`text\n${section.said}`, () => `\`\`\`text\n${said}`),
      );
    } else expect(said).toBe(section.said);
  });
  afterAll(() => {
    if (updated.size > 0)
      writeFileSync(path, [head, ...rest].map((text) => updated.get(text) ?? text).join(""));
  });

  it.each(tried.filter(({ said }) => said?.includes("\nfix: ")))(
    "$name is mended by its fix",
    async (section) => {
      const [, fix] = /\nfix: (.*)\n/.exec(section.said as string) as RegExpExecArray;
      const result = (await run(returning(section.code as string), scope)) as Mendable;
      const mended = (await run(returning(fix), {
        ...scope,
        model: result.model ?? result,
        posterior: result,
      })) as Mendable;
      const codes = (warnings: readonly Warning[]): string[] => warnings.map(({ code }) => code);
      expect(codes(result.warnings)).toContain(section.name);
      expect(codes(mended.warnings)).not.toContain(section.name);
    },
  );

  it("names, for a code without an input, the test that reaches it", () => {
    for (const { name, text, code } of sections) {
      if (code !== undefined) continue;
      const files = [...text.matchAll(/`(test\/[\w./]+\.test\.ts)`/g)].map(([, file]) => file);
      const tests = files.map((file) =>
        existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "",
      );
      expect(
        tests.some((test) => test.includes(`"${name}"`)),
        name,
      ).toBe(true);
    }
  });

  it("answers every problem it lists with a code it has", () => {
    const table = rest.find((text) => text.startsWith("## By problem")) ?? "";
    const links = [...table.matchAll(/\[`([a-z-]+)`\]\(#([a-z-]+)\)/g)];
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(([, code, anchor]) => code !== anchor || !known.includes(code))).toEqual([]);
  });

  it("has every code that doc comments say is thrown", () => {
    expect([...named].filter((code) => !known.includes(code))).toEqual([]);
  });

  it("reads codes where they are made; these files take them from callers, which are read, or from other files", () => {
    expect([...indirect].sort()).toEqual([
      "errors.ts",
      "formula/fault.ts",
      "model/sameData.ts",
      "sql/frame.ts",
      "teaching/code/exportCode.ts",
    ]);
  });
});
