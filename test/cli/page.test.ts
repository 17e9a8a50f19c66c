import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pages, pageText, root, scriptsOf } from "../pages.ts";
import { folder } from "./pretend.ts";

// The sh blocks of a page run one after the other in one folder; the text block after one is what it prints, on standard
// output and standard error. UPDATE_DOCS=1 writes what is printed into the page.

const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** A folder with the files of the clone that pages name, where `blmm` and `npx blmm` are the built program. */
function place(): { files: string; env: NodeJS.ProcessEnv } {
  const files = folder();
  const programs = join(files, "bin");
  mkdirSync(programs);
  writeFileSync(join(programs, "blmm"), `#!/bin/sh\nexec node "${join(root, bin.blmm)}" "$@"\n`);
  writeFileSync(join(programs, "npx"), '#!/bin/sh\nexec "$@"\n');
  for (const name of ["blmm", "npx"]) chmodSync(join(programs, name), 0o755);
  symlinkSync(join(root, "examples"), join(files, "examples"));
  return { files, env: { ...process.env, PATH: [programs, process.env["PATH"]].join(delimiter) } };
}

describe.each(pages.filter((page) => scriptsOf(page).length > 0))("%s", (page) => {
  it("prints what it says", () => {
    const { files, env } = place();
    const text = pageText(page);
    const scripts = scriptsOf(page);
    try {
      const printed = scripts.map(({ code }) =>
        execFileSync("bash", ["-c", `exec 2>&1\n${code}`], { cwd: files, env, encoding: "utf8" }),
      );
      let updated = text;
      for (const [i, { printed: old, start, end }] of [...scripts.entries()].reverse())
        if (old !== undefined) updated = updated.slice(0, start) + printed[i] + updated.slice(end);
      if (process.env["UPDATE_DOCS"] === "1") writeFileSync(join(root, page), updated);
      else expect(updated).toBe(text);
    } finally {
      rmSync(files, { recursive: true });
    }
  });
});
