/**
 * Writes docs/licences.md: what is drawn into the package or installed beside it, by licence, from the lock file and the
 * notices of the last build.
 *
 * Usage: `npm run licences`, after `npm run build`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

const root = resolve(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** One row for each licence, with its packages. */
function table(packages: readonly (readonly [name: string, locked: Locked])[]): string {
  const byLicence = new Map<string, string[]>();
  for (const [name, { version, license = "not stated" }] of packages) {
    byLicence.set(license, [...(byLicence.get(license) ?? []), `${name} ${version}`]);
  }
  const rows = [...byLicence]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, names]) => `| ${licence} | ${names.length} | ${[...new Set(names)].sort().join(", ")} |`);
  return ["| licence | packages | which |", "|---|--:|---|", ...rows].join("\n");
}

/** The text of docs/licences.md. */
export function licences(): string {
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
  const { peerDependencies } = JSON.parse(read("package.json")) as {
    peerDependencies: Record<string, string>;
  };
  const locked = (name: string): [string, Locked] => [name, packages[`node_modules/${name}`]];
  // Above each text of the notices stand the packages that it covers, as "name version".
  const drawnIn = [
    ...read("dist/THIRD-PARTY-NOTICES.txt").matchAll(/^(@?[a-z][\w./-]*) \d+\.\d+\.\d+\S*$/gm),
  ];
  const beside = Object.entries(packages)
    .filter(([path, { dev, devOptional, peer }]) => path !== "" && !dev && !devOptional && !peer)
    .map(([path, one]): [string, Locked] => [path.slice(path.lastIndexOf("node_modules/") + 13), one]);
  return `# Licences

blmm is under the [MIT licence](../LICENSE). This page is written by \`npm run licences\`.

## Drawn into its scripts

These are part of the published files; their licences and notices ship with them in \`dist/THIRD-PARTY-NOTICES.txt\`.

${table([...new Set(drawnIn.map(([, name]) => name))].map(locked))}

## Installed beside it

Dependencies, and theirs, as the lock file has them.

${table(beside)}

## Only where you have them

Optional peers, imported by the entries that serve them.

${table(Object.keys(peerDependencies).map(locked))}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(root, "docs/licences.md"), licences());
