import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { folder } from "./pretend.ts";

// The sh blocks of docs/cli.md run one after the other in one folder; the text block after one is what it prints, on
// standard output and standard error. UPDATE_DOCS=1 writes what is printed into the page.

const root = join(import.meta.dirname, "../..");
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const page = join(root, "docs/cli.md");

it("docs/cli.md prints what it says", () => {
  const files = folder();
  writeFileSync(join(files, "blmm"), `#!/bin/sh\nexec node "${join(root, bin.blmm)}" "$@"\n`);
  chmodSync(join(files, "blmm"), 0o755);
  const env = { ...process.env, PATH: [files, process.env["PATH"]].join(delimiter) };
  const text = readFileSync(page, "utf8");
  try {
    let blocks = 0;
    const printed = text.replace(
      /^(```sh\n([\s\S]*?)^```\n\n```text\n)[\s\S]*?^```$/gm,
      (_, head, script) => {
        blocks++;
        const said = execFileSync("bash", ["-c", `exec 2>&1\n${script}`], {
          cwd: files,
          env,
          encoding: "utf8",
        });
        return `${head}${said}\`\`\``;
      },
    );
    expect(blocks).toBeGreaterThan(5);
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, printed);
    else expect(printed).toBe(text);
  } finally {
    rmSync(files, { recursive: true });
  }
});
