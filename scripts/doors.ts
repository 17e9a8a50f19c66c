/**
 * Bundles the doors to @stdlib in dist/, after tsc: one file each instead of some 300 small ones, which took a good part
 * of a second to find and read. Only the packages behind a door are drawn in; what the door imports of ours stays an
 * import, so that no module of ours exists twice.
 *
 * The door to ml-matrix is left alone: its matrices must be of the class that users import themselves, and nothing
 * loads it unasked.
 *
 * Licence comments go to a file beside the door, `….js.LEGAL.txt`; the licences and notices of all packages drawn in to
 * THIRD-PARTY-NOTICES.txt.
 *
 * Usage: `tsx scripts/doors.ts [folder]`, the folder being `dist` by default.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

const DOORS = ["random/stream.js", "stats/distributions.js"] as const;

/** Own files, which the door names by relative paths, stay imports; inside packages relative paths are drawn in. */
const ownImportsStay: Plugin = {
  name: "own-imports-stay",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ importer, path }) =>
      importer.includes("node_modules") ? undefined : { path, external: true },
    );
  },
};

/** `debug`, which some packages write to when told to by the environment, is silenced: it needs Node's terminal. */
const noDebug: Plugin = {
  name: "no-debug",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: "silent" }));
    onLoad({ filter: /.*/, namespace: "silent" }, () => ({ contents: "module.exports = () => () => {};" }));
  },
};

/** Bundles one door in place and returns the folders of the packages it drew in. */
async function bundleDoor(folder: string, door: string, packages: string): Promise<string[]> {
  const file = join(folder, door);
  const { metafile } = await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["main"],
    nodePaths: [packages],
    target: "es2023",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
    plugins: [ownImportsStay, noDebug],
  });
  const found = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const at = input.lastIndexOf("node_modules/");
    if (at < 0) continue;
    const [scope, name] = input.slice(at + "node_modules/".length).split("/");
    found.add(join(input.slice(0, at), "node_modules", scope.startsWith("@") ? join(scope, name) : scope));
  }
  return [...found];
}

/** The text of every different licence and notice, each after the packages that it covers. */
function noticesOf(folders: readonly string[]): string {
  const covered = new Map<string, string[]>();
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|notice)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), "utf8").trim());
    if (texts.length === 0) throw new Error(`${name} comes without a licence file.`);
    for (const text of texts) covered.set(text, [...(covered.get(text) ?? []), `${name} ${version}`]);
  }
  return [...covered]
    .map(([text, names]) => `${names.join("\n")}\n\n${text}\n`)
    .join(`\n${"-".repeat(80)}\n\n`);
}

const root = resolve(import.meta.dirname, "..");
const folder = resolve(process.argv[2] ?? join(root, "dist"));
const folders: string[] = [];
for (const door of DOORS) {
  if (!existsSync(join(folder, door))) throw new Error(`${door} is not in ${folder}: run tsc first.`);
  folders.push(...(await bundleDoor(folder, door, join(root, "node_modules"))));
}
writeFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), noticesOf(folders));
