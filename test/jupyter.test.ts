import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { expect, it } from "vitest";

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: readonly string[];
}

const folder = join(import.meta.dirname, "../examples/notebooks");
const notebook = JSON.parse(readFileSync(join(folder, "sleepstudy.ipynb"), "utf8"));

it("is a Jupyter notebook for Deno whose cells run and show themselves", () => {
  expect([notebook.nbformat, notebook.metadata.kernelspec.name]).toEqual([4, "deno"]);
  // A kernel shows the last expression of a cell; here it goes on a list.
  const code = (notebook.cells as Cell[])
    .filter(({ cell_type }) => cell_type === "code")
    .map(({ source }) => {
      const lines = source.join("").split("\n");
      const last = lines.pop()!;
      return [...lines, /^[\w(]/.test(last) ? `shown.push(${last});` : last].join("\n");
    });
  const script = `const shown = [];\n${code.join("\n")}
console.log(JSON.stringify(shown.map((value) => value[Symbol.for("Jupyter.display")]())));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  const shown: Record<string, string>[] = JSON.parse(printed);
  expect(shown.map((bundle) => Object.keys(bundle).sort().join())).toEqual([
    "text/html,text/plain",
    "image/svg+xml,text/plain",
    "text/html,text/plain",
    "image/svg+xml,text/plain",
    "text/html,text/plain",
    "image/svg+xml,text/plain",
  ]);
  expect(shown[0]["text/plain"]).toContain("REML criterion at convergence: 1743.6");
  for (const [cell, caption] of [
    [0, "REML: Reaction ~ Days + (Days | Subject)"],
    [2, "Reaction ~ Days + (Days | Subject)"],
    [4, undefined],
  ] as const) {
    const { document } = parseHTML(`<body>${shown[cell]["text/html"]}</body>`);
    expect(document.querySelector("caption")?.textContent).toBe(caption);
    expect(document.querySelector("tbody")?.textContent).toMatch(/Days10\.[45]/);
  }
  expect(shown[1]["image/svg+xml"]).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
});
