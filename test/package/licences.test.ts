import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { licences } from "../../scripts/licences.ts";

const root = join(import.meta.dirname, "../..");

it("docs/licences.md is what `npm run licences` writes", () => {
  expect(readFileSync(join(root, "docs/licences.md"), "utf8")).toBe(licences());
});

it("everything that reaches users allows being passed on, under terms that ask for a notice at most", () => {
  const named = [...licences().matchAll(/^\| ([^|]+) \| \d+ \|/gm)].flatMap(([, licence]) =>
    licence.split(/ AND | OR /),
  );
  const permissive = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "Unlicense",
  ];
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((licence) => !permissive.includes(licence))).toEqual([]);
});
