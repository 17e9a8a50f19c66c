/**
 * Bundles what tsc wrote to dist/, in two steps.
 *
 * 1. The doors to @stdlib and d3-dsv: each module that imports from them gets what it needs of them drawn in, the parts
 *    that doors share in dist/stdlib/. What serves engines of the past is left out ({@link lean}), so that programs get
 *    smaller, and so that draws do not depend on which @stdlib is installed.
 * 2. dist/bundled/, for engines that load modules one by one: a file for each entry of the package and a few that entries
 *    share, because finding and reading some 300 small files takes longer than a first run of the sampler. The condition
 *    "node" of the package's exports leads there (Deno and Bun follow it too), and pages without a bundler can; bundlers
 *    take the modules of dist/ and leave out what is not used.
 *
 * Packages whose objects users share, or that they may not have, stay imports. The licences and notices of all that was
 * drawn in go to THIRD-PARTY-NOTICES.txt.
 *
 * Usage: `tsx scripts/bundle.ts`, after tsc.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { minify } from "terser";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "dist");

/**
 * What stands in for packages that @stdlib asks for what every engine of today has. `debug`, which writes to Node's
 * terminal when told to by the environment, is silenced; sines are for gamma functions left of 0, and beta functions,
 * factorial ratios and prefixes for integrals that are not regularised, where no door leads; whether there are generators
 * would be asked by `eval`, and the series do without; factorials are computed, which takes less than their digits. Logarithms
 * and exponentials come from stats/special.ts: they are there anyway, and faster. Tests hold all doors to the same bits.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  debug: "() => () => {}",
  "@stdlib/array-float64": "Float64Array",
  "@stdlib/array-uint32": "Uint32Array",
  "@stdlib/array-uint16": "Uint16Array",
  "@stdlib/array-uint8": "Uint8Array",
  "@stdlib/utils-define-nonenumerable-read-only-property":
    "(target, name, value) => Object.defineProperty(target, name, { value })",
  "@stdlib/math-base-special-sin": "() => NaN",
  "@stdlib/math-base-special-sinpi": "() => NaN",
  "@stdlib/assert-has-generator-support": "() => false",
  "./generators.js": "() => NaN",
  "@stdlib/math-base-special-beta": "() => NaN",
  "./rising_factorial_ratio.js": "() => NaN",
  "./full_igamma_prefix.js": "() => NaN",
  "./factorials.json":
    "/* @__PURE__ */ (() => { let f = 1n; return Array.from({ length: 171 }, (_, n) => Number(f *= BigInt(n || 1))); })()",
};
const OURS: Readonly<Record<string, string>> = {
  "@stdlib/math-base-special-exp": "exp",
  "@stdlib/math-base-special-ln": "ln",
};

/** A CommonJS module of @stdlib as an ES module, of which bundlers leave out what is not used; without its factory. */
function asModule(path: string): string {
  const code = readFileSync(path, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace("setReadOnly( main, 'factory', factory );", "")
    .replace(/^var (\w+) = require\( ('[^']+') \);/gm, "import $1 from $2;")
    .replace(/^var (\w+) = require\( ('[^']+') \)\.(\w+);/gm, "import $1$$ from $2;\nvar $1 = $1$$.$3;")
    .replace(/^module\.exports = (\w+);/m, "export default $1;");
  const left = /\b(require *\(|module\.exports|exports\.)/.exec(code.replace(/\/\/.*$/gm, ""));
  if (left) throw new Error(`${path} is written in a way that this script does not know: ${left[0]}`);
  return code;
}

/** The reader of rows in d3-dsv, without what writes them and what makes code of text to read objects. */
function rowsReader(path: string): string {
  const code = readFileSync(path, "utf8");
  const [before, objects, rows, left] = code.split(/^(?= {2}function (?:parse|parseRows|preformatBody)\()/m);
  if (!objects?.includes("parse(") || !rows?.includes("parseRows(") || left === undefined)
    throw new Error(`${path} is written in a way that this script does not know`);
  return `${before}${rows}  return { parseRows };\n}\nexport { dsv as dsvFormat };`;
}

const lean: Plugin = {
  name: "lean",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(debug|@stdlib\/.*|\.\/.*)$/ }, ({ path }) =>
      path in STAND_INS || path in OURS ? { path, namespace: "stand-in" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "stand-in" }, ({ path }) => ({
      // The doors and their shared parts are one folder deep.
      contents:
        path in OURS
          ? `export { ${OURS[path]} as default } from "../stats/special.js";`
          : `export default ${STAND_INS[path]};`,
    }));
    onLoad({ filter: /@stdlib\/.*\.js$/ }, ({ path }) => ({ contents: asModule(path) }));
    onLoad({ filter: /d3-dsv\.mjs$/ }, ({ path }) => ({ contents: rowsReader(path) }));
  },
};

/** Leaves our own modules where they are. */
const ownStay: Plugin = {
  name: "own-stay",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
      importer.includes("node_modules") ? undefined : { path, external: true },
    );
  },
};

/** Entries that must start fast without the main one; all others are used with it. */
const ALONE = /^\.\/dist\/(cli|datasets\/index|linalg\/matrix|workers\/worker)\.js$/;

/**
 * Lets the other entries reach all of the main one, with no effect but on what they share: a file for every set of entries
 * that reach a part would be twenty files to load for the main one, and makes five.
 */
function together(paths: readonly string[]): Plugin {
  const main = join(folder, "index.js");
  const others = paths.map((path) => join(root, path)).filter((path) => path !== main);
  return {
    name: "together",
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, ({ path }) =>
        others.includes(path)
          ? { contents: `${readFileSync(path, "utf8")}\nimport ${JSON.stringify(main)};` }
          : undefined,
      );
    },
  };
}

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

/** Bundles modules of dist/ into a folder, and returns the paths of what went in. @param finished - what becomes of a text */
async function bundle(
  options: BuildOptions,
  finished = async (text: string): Promise<string> => text,
): Promise<string[]> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "warning",
    ...options,
  });
  for (const { path, text } of outputFiles!) {
    mkdirSync(dirname(path), { recursive: true });
    // Files also name the parts from which they take nothing, which bundlers remark upon.
    writeFileSync(path, await finished(text.replace(/^import "[^"]+";\n/gm, "")));
  }
  return Object.keys(metafile!.inputs);
}

const { exports: map, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { default: string }>;
  bin: Record<string, string>;
};
const entries = [
  ...Object.values(map).flatMap((target) => (typeof target === "string" ? [] : [target.default])),
  ...Object.values(bin).map((program) => program.replace("/bundled/", "/")),
];
const doors = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".js") && !path.startsWith("bundled"))
  .filter((path) => readFileSync(join(folder, path), "utf8").match(/ from "(@stdlib\/|d3-dsv")/));
if (doors.length === 0) throw new Error("dist/ is not as tsc writes it: run `npm run build`.");

/** Folds what packages spread over variables and functions of one use, which bundlers of programs leave as it is. */
async function folded(text: string): Promise<string> {
  const format = { beautify: true, indent_level: 2, comments: /[#@]__PURE__/ };
  return (await minify(text, { module: true, mangle: false, format })).code!;
}

const ofDoors = await bundle(
  {
    entryPoints: doors.map((door) => join(folder, door)),
    outbase: folder,
    outdir: folder,
    chunkNames: "stdlib/[hash]",
    plugins: [lean, ownStay],
  },
  folded,
);
rmSync(join(folder, "bundled"), { recursive: true, force: true });
const ofEntries = await bundle({
  entryPoints: entries.map((entry) => ({ in: entry, out: entry.replace(/^\.\/dist\/|\.js$/g, "") })),
  outdir: join(folder, "bundled"),
  chunkNames: "shared/[hash]",
  logOverride: { "ignored-bare-import": "silent" },
  plugins: [together(entries.filter((entry) => !ALONE.test(entry)))],
  external: [
    "@duckdb/node-api",
    "@observablehq/plot",
    "apache-arrow",
    "linkedom",
    "ml-matrix",
    "vitest",
    "node:*",
  ],
});
writeFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), noticesOf(packagesOf([...ofDoors, ...ofEntries])));
