import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The Markdown pages, and what stands in fences on them. */

export const root = join(import.meta.dirname, "..");

export const pages: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export interface Block {
  readonly language: string;
  readonly code: string;
  /** What the page says it prints, in a `text` block after it; where that stands in the page. */
  readonly printed: string | undefined;
  readonly start: number;
  readonly end: number;
}

export const pageText = (page: string): string => readFileSync(join(root, page), "utf8");

/** The blocks of a page in one of the languages, with the `text` block that follows each. */
export function blocksOf(text: string, ...languages: readonly string[]): Block[] {
  const pattern = new RegExp(
    `^\`\`\`(${languages.join("|")})\\n([\\s\\S]*?)^\`\`\`\\n(?:\\n\`\`\`text\\n([\\s\\S]*?)^\`\`\`\\n)?`,
    "gm",
  );
  return [...text.matchAll(pattern)].map((match) => {
    const [all, language, code, printed] = match;
    const end = match.index + all.length - "```\n".length;
    return { language, code, printed, start: end - (printed ?? "").length, end };
  });
}

/** What no test runs as it stands, and what is done in its place. */
export const notRun: readonly { readonly page: string; readonly begins: string; readonly why: string }[] = [
  {
    page: "README.md",
    begins: "npm cit ",
    why: ".ci/run runs both lines, this test within the first; the second is examples/sleepstudy.ts",
  },
  {
    page: "README.md",
    begins: "npm ci && npm run build && npm pack",
    why: "takes a minute and the registry; scripts/checkPackage.ts packs and installs",
  },
  {
    page: "docs/package.md",
    begins: "esbuild page.ts",
    why: "scripts/checkPackage.ts runs it in a project and opens what it writes",
  },
  {
    page: "docs/package.md",
    begins: "<!doctype html>",
    why: "scripts/checkPackage.ts opens it in Chromium, with the package in place of the CDN",
  },
  {
    page: "docs/notebooks.md",
    begins: "npm run build && npx notebooks preview",
    why: "waits for an editor; examples/notebooks/check.ts opens what the second line writes",
  },
  {
    page: "docs/notebooks.md",
    begins: "<!doctype html>",
    why: "is examples/notebooks/first.html, which examples/notebooks/check.ts opens",
  },
  {
    page: "docs/notebooks.md",
    begins: "blmm = import(",
    why: "is a cell of observablehq.com; test/blocks.test.ts knows its address",
  },
  {
    page: "docs/sql.md",
    begins: "await sql`SET enable_partitionwise_aggregate",
    why: "needs PostgreSQL; test/sql/tables.test.ts takes sums by partition",
  },
  {
    page: "docs/files.md",
    begins: "import arviz as az",
    why: "is Python; test/io/formats.test.ts has what it reads",
  },
  {
    page: "docs/files.md",
    begins: "library(posterior)",
    why: "is R; test/io/formats.test.ts has what it reads",
  },
];

export const isNotRun = (page: string, code: string): boolean =>
  notRun.some((exception) => exception.page === page && code.startsWith(exception.begins));

/** The blocks that `test/readme.test.ts` runs; those of docs/errors.md share names, and have a test of their own. */
export function programsOf(page: string): Block[] {
  const languages = page === "docs/errors.md" ? ["ts"] : ["ts", "js"];
  return blocksOf(pageText(page), ...languages).filter(({ code }) => !isNotRun(page, code));
}

/** The blocks that `test/cli/page.test.ts` runs: what stands before its output, and lines of the program. */
export function scriptsOf(page: string): Block[] {
  return blocksOf(pageText(page), "sh").filter(
    ({ code, printed }) => printed !== undefined || code.startsWith("npx blmm "),
  );
}
