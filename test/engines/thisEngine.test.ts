import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

// The other engines have their turn in the slow suite. UPDATE_HASHES=1 writes the table of this version: draws
// change only with the version, and the change is written down in CHANGELOG.md.
const golden = join(import.meta.dirname, "../golden/drawHashes.json");

it("draws the bits that this version is known for, in one go, in parts, and with workers", () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, "print.js")], {
    encoding: "utf8",
  });
  if (process.env["UPDATE_HASHES"] !== undefined) {
    writeFileSync(golden, `${JSON.stringify(JSON.parse(printed), null, 2)}\n`);
  }
  expect(JSON.parse(printed)).toEqual(JSON.parse(readFileSync(golden, "utf8")));
});
