/**
 * Packs what was built, installs it into an empty project and uses it in every way that a reader may: from TypeScript as
 * ES module and as CommonJS, from Deno and Bun, through Vite and esbuild, and in a page without a bundler, the pages
 * under a strict content security policy. All print the same line. A page that is frozen and hidden in the middle of a run
 * comes to the same draws. publint and attw look the package over.
 *
 * Usage: `npm run package:check`; with `-- --engines` it gets Deno and Bun from the registry, which are asked where they
 * are there. Pages are opened where there is a Chromium. What is missing is said.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { build as vite } from "vite";
import { engine, installEngines } from "../test/engines/registry.ts";
import { documentedPage, sampledOutOfSight, writtenBy } from "./packagePages.ts";
import { CHROMIUM_FLAGS, findChromium } from "./serveFolder.ts";

const root = resolve(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

const faults: string[] = [];
/** What the first way of use printed, and all others must. */
let expected = "";

/** Tries one thing, which throws where it fails. */
async function step(name: string, use: () => unknown): Promise<void> {
  try {
    await use();
    console.log(`package: ${name}: ok`);
  } catch (error) {
    const { message, stdout = "" } = error as Error & { stdout?: string };
    faults.push(`${name}: ${message}\n${stdout}`);
  }
}

/** Tries one way of use, which must print the line that all print. */
function way(name: string, use: () => string | Promise<string>): Promise<void> {
  return step(name, async () => {
    const line = (await use()).trim();
    expected ||= line;
    if (line !== expected) throw new Error(`"${line}", not "${expected}"`);
  });
}

/** The text that a program prints, run in the project. */
function run(program: string, ...options: string[]): string {
  return execFileSync(program, options, {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** The code of the block of docs/package.md that begins so. */
function documented(begins: string): string {
  const page = readFileSync(join(root, "docs/package.md"), "utf8");
  const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  return blocks.find((code) => code.startsWith(begins))!;
}

if (process.argv.includes("--engines")) installEngines();
const project = mkdtempSync(join(tmpdir(), "blmm-package-"));
try {
  cpSync(join(root, "test/package/project"), project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", project], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const archive = join(project, packed.trim().split("\n").at(-1)!);
  run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", archive);

  await step("publint", () => run(join(bin, "publint"), "run", archive, "--strict", "--pack", "false"));
  await step("attw", () => run(join(bin, "attw"), archive, "--profile", "esm-only"));

  for (const resolution of ["nodenext", "bundler"]) {
    const options = ["-p", `tsconfig.${resolution}.json`];
    await step(`TypeScript, moduleResolution ${resolution}`, () => run(join(bin, "tsc"), ...options));
  }

  await way("Node, ES module", () => run(process.execPath, "out/program.js"));
  await way("Node, CommonJS by import()", () => run(process.execPath, "out/program.cjs"));
  for (const [name, ...options] of [
    ["deno", "run", "-A", "--no-lock", "--node-modules-dir=manual"],
    ["bun", "run"],
  ]) {
    const program = engine(name);
    if (program === undefined) console.log(`package: ${name}: not there`);
    else await way(name, () => run(program, ...options, "program.ts"));
  }

  await step("esbuild", () => {
    run("sh", "-c", `PATH="${bin}:$PATH"; ${documented("esbuild page.ts")}`);
    const html = readFileSync(join(project, "index.html"), "utf8");
    writeFileSync(join(project, "site/index.html"), html.replace("page.ts", "page.js"));
  });
  await step("Vite", () =>
    vite({ root: project, logLevel: "error", worker: { format: "es" }, build: { target: "es2023" } }),
  );
  const executablePath = findChromium();
  if (executablePath === undefined)
    console.log("package: pages are not opened, because no Chromium was found");
  else {
    const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
    await way("a page without a bundler", () => writtenBy(browser, project, "plain.html"));
    await way("a page by esbuild", () => writtenBy(browser, join(project, "site"), "index.html"));
    await way("a page by Vite", () => writtenBy(browser, join(project, "dist"), "index.html"));
    const html = documented("<!doctype html>");
    await step("the page of docs/package.md", () => documentedPage(browser, project, html));
    for (const [name, helped] of [
      ["on its thread", false],
      ["in web workers", true],
    ] as const)
      await step(`a page frozen, then hidden, ${name}`, () =>
        sampledOutOfSight(executablePath, project, helped),
      );
    await browser.close();
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(`package: ${expected}`);
for (const fault of faults) console.log(`package: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
