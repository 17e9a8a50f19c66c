/**
 * Bundles what tsc wrote to dist/ for engines that load modules one by one: dist/bundled/ has a file for each entry of
 * the package and a few that entries share, in place of some 200 of ours and 300 of @stdlib, which take longer to find and
 * read than a first run of the sampler. The condition "node" of the package's exports leads there (Deno and Bun follow
 * it too); bundlers take the modules as tsc wrote them and leave out what is not used.
 *
 * Packages whose objects users share, or that they may not have, stay imports. The licences and notices of all that was
 * drawn in go to THIRD-PARTY-NOTICES.txt.
 *
 * Usage: `tsx scripts/bundle.ts`, after tsc.
 */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "dist");

/** `debug`, which some packages write to when told to by the environment, is silenced: it needs Node's terminal. */
const noDebug: Plugin = {
  name: "no-debug",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: "silent" }));
    onLoad({ filter: /.*/, namespace: "silent" }, () => ({ contents: "module.exports = () => () => {};" }));
  },
};

/** Folders of the packages that inputs came from. */
function packagesOf(inputs: readonly string[]): string[] {
  const found = new Set<string>();
  for (const input of inputs) {
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

const { exports: map } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { default: string }>;
};
const entries = Object.values(map).flatMap((target) => (typeof target === "string" ? [] : [target.default]));
rmSync(join(folder, "bundled"), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: entries.map((entry) => ({ in: entry, out: entry.replace(/^\.\/dist\/|\.js$/g, "") })),
  outdir: join(folder, "bundled"),
  bundle: true,
  splitting: true,
  chunkNames: "shared/[hash]",
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["@observablehq/plot", "linkedom", "ml-matrix", "vitest", "node:*"],
  target: "es2023",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [noDebug],
});
writeFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), noticesOf(packagesOf(Object.keys(metafile.inputs))));
