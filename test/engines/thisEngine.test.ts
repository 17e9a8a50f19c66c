import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

// The other engines have their turn in the slow suite. UPDATE_HASHES=1 writes the table of this version, here and into
// the last column of docs/versioning.md: draws change only with the version, and the change is written down in
// CHANGELOG.md.
const update = process.env["UPDATE_HASHES"] !== undefined;
const golden = join(import.meta.dirname, "../golden/drawHashes.json");
const versions = join(import.meta.dirname, "../../docs/versioning.md");

it("draws the bits that this version is known for, in one go, in parts, and with workers", () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, "print.js")], {
    encoding: "utf8",
  });
  if (update) writeFileSync(golden, `${JSON.stringify(JSON.parse(printed), null, 2)}\n`);
  expect(JSON.parse(printed)).toEqual(JSON.parse(readFileSync(golden, "utf8")));
});

it("has its draws in the last column of the table of versions", () => {
  const hashes: [string, string][] = Object.entries(JSON.parse(readFileSync(golden, "utf8")));
  const page = readFileSync(versions, "utf8");
  const written = page.replace(/^\| (.+?) \|(.*) `\w*` \|$/gm, (row, run, between) => {
    const hash = hashes.find(([name]) => name === run)?.[1].slice(0, 16);
    return hash === undefined ? row : `| ${run} |${between} \`${hash}\` |`;
  });
  if (update) writeFileSync(versions, written);
  else expect(page).toBe(written);
  const runs = [...written.matchAll(/^\| (.+?) \|.* `\w{16}` \|$/gm)].map(([, run]) => run);
  expect(runs).toEqual(hashes.map(([run]) => run));
});
