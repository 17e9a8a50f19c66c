/**
 * Makes the evidence anew, in one go: docs/accuracy.md, docs/calibration.md, docs/benchmarks.md, and then whether every
 * number in README.md is true. Fails when something is not.
 *
 * Usage: `npm run proof`, with `-- --only accuracy,claims` for some of its parts (accuracy, calibration, benchmarks,
 * claims), `-- --fresh` to have R make the reference numbers anew first. All of it takes hours; accuracy takes minutes.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { sharedFiles } from "../test/shared.ts";
import { writeAccuracy } from "./proof/accuracy.ts";
import { brokenClaims } from "./proof/claims.ts";
import { refreshed, versions } from "./proof/references.ts";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { only: { type: "string" }, fresh: { type: "boolean" } } });

/** Runs a script of package.json, its output here. */
function npm(script: string, ...args: readonly string[]): void {
  const { status } = spawnSync("npm", ["run", "-s", script, "--", ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`npm run ${script} ended with code ${status}.`);
}

function accuracy(): void {
  const today = new Date().toISOString().slice(0, 10);
  const kept = sharedFiles("data/music.csv", "data/InstEval.csv.gz").available
    ? "Those of music, planks and InstEval come from the folder that BLMM_REFERENCE names, because their data are not part of the project."
    : "Models whose data are not part of the project (music, planks, InstEval) are left out here.";
  const made = values.fresh === true ? refreshed(root) : "R has not been asked again for this page.";
  writeAccuracy(
    root,
    `The numbers of the other programs are in \`test/golden/\`; \`test/golden/generate/\` has the scripts of part of them. ${kept} ${made} ${today}; Node ${process.versions.node}.`,
  );
}

/** Each bench with what it needs of R, and what it takes along where that is installed. */
const BENCHES = [
  ["bench:reml", ["lme4"], [], []],
  ["bench:gibbs", [], ["rjags", "rstanarm"], ["--peers"]],
  ["bench:large", ["lme4"], [], []],
  ["bench:steering", [], [], []],
  ["bench:sql", [], [], []],
] as const;

function benchmarks(): void {
  const installed = versions(["lme4", "rjags", "rstanarm"]);
  for (const [script, needed, peers, more] of BENCHES) {
    const absent = needed.filter((name) => !installed.has(name));
    if (absent.length > 0) console.error(`${script} is left out: R with ${absent.join(", ")} is not here.`);
    else npm(script, "--write", ...(peers.some((name) => installed.has(name)) ? more : []));
  }
}

function claims(): void {
  const broken = brokenClaims(readFileSync(resolve(root, "README.md"), "utf8"), root);
  if (broken.length > 0) throw new Error(broken.join("\n"));
}

const steps: Readonly<Record<string, () => void>> = {
  accuracy,
  calibration: () => npm("test:slow", "test/slow/calibration"),
  benchmarks,
  claims,
};

const wanted = values.only?.split(",") ?? Object.keys(steps);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0)
  throw new Error(`No part ${unknown.join(", ")}: there are ${Object.keys(steps).join(", ")}.`);
for (const [name, step] of Object.entries(steps)) {
  if (!wanted.includes(name)) continue;
  const start = performance.now();
  let end = "done";
  try {
    step();
  } catch (error) {
    end = `FAILED\n${error instanceof Error ? error.message : error}`;
    process.exitCode = 1;
  }
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s, ${end}`);
}
