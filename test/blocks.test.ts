import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { blocksOf, isNotRun, notRun, pages, pageText, programsOf, root, scriptsOf } from "./pages.ts";

// Nothing in a fence escapes: it is run by a test, printed by what is run, or on the list of exceptions.

/** Everything in fences, read line by line, whatever its language, its indent and its marks. */
function fencesOf(text: string): { language: string; code: string; line: number }[] {
  const fences: { language: string; code: string; line: number }[] = [];
  let mark: string | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    const [, marks, language] = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (mark === undefined && marks !== undefined) {
      mark = marks;
      fences.push({ language, code: "", line: i + 1 });
    } else if (mark !== undefined && marks?.startsWith(mark)) mark = undefined;
    else if (mark !== undefined) fences[fences.length - 1].code += `${line}\n`;
  }
  expect(mark, "a fence that is never closed").toBeUndefined();
  return fences;
}

/** Blocks of docs/errors.md as `test/errors.test.ts` reads them: the names all stand on, and the first of a section. */
function faultsOf(page: string): ReturnType<typeof blocksOf> {
  if (page !== "docs/errors.md") return [];
  const sections = pageText(page).split(/^(?=### )/m);
  return sections.flatMap((section) => blocksOf(section, "js").slice(0, 1));
}

/** Lines of code that stand in a page and run nowhere. */
function escaped(page: string): string[] {
  const run = [...programsOf(page), ...scriptsOf(page), ...faultsOf(page)];
  const known = new Set(
    run.flatMap(({ code, printed }) => (printed === undefined ? [code] : [code, printed])),
  );
  return fencesOf(pageText(page))
    .filter(({ code }) => !known.has(code) && !isNotRun(page, code))
    .map(({ language, line }) => `${page}:${line} (${language})`);
}

describe("what stands in fences", () => {
  it("is run, printed by what is run, or an exception with its reason", () => {
    expect(
      pages.flatMap(escaped),
      "a ts block runs in test/readme.test.ts, an sh block with a text block in test/cli/page.test.ts; " +
        "what cannot run goes into notRun of test/pages.ts",
    ).toEqual([]);
  });

  it("is an exception only where the page has it, for a reason whose file is there", () => {
    for (const { page, begins, why } of notRun) {
      const found = fencesOf(pageText(page)).filter(({ code }) => code.startsWith(begins));
      expect(found, `${page}: ${begins}`).toHaveLength(1);
      const [file] = /(?:test|scripts|examples)\/[\w./]+\.(?:ts|html)/.exec(why) as RegExpExecArray;
      expect(existsSync(join(root, file)), why).toBe(true);
    }
  });

  it("has the notebook of docs/notebooks.md as a file", () => {
    const [{ code }] = blocksOf(pageText("docs/notebooks.md"), "html");
    expect(readFileSync(join(root, "examples/notebooks/first.html"), "utf8")).toBe(code);
  });

  it("takes from a CDN what this version of the package has", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const addresses = pages.flatMap((page) => [
      ...pageText(page).matchAll(/cdn\.jsdelivr\.net\/npm\/blmm([^/]*)\/([\w./]+)/g),
    ]);
    expect(addresses.length).toBeGreaterThan(3);
    for (const [, at, path] of addresses) {
      expect(at).toBe(`@${version}`);
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });
});
