/**
 * Large crossed designs beside lme4 and JAGS, in one run: `npm run bench:large`, with `-- --write` to put the table into
 * docs/benchmarks.md. Needs R with lme4 and OpenBLAS; with rjags and posterior too the comparison with JAGS (four
 * minutes). Debian: `r-cran-lme4 libopenblas0-pthread r-cran-rjags r-cran-posterior`.
 *
 * A whole call is from table to posterior: model, trial run, warm-up, 4 × 1000 draws, every effect drawn. It takes turns
 * with lme4's point estimate of the same model. CPU time of the whole process, one thread of BLAS.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gibbsSync, type LinearMixedModel } from "blmm";
import { crossed, instEval } from "./gibbsModels.ts";
import { cpuOf, machine, median, range, writeSection } from "./measure.ts";
import { startPeer } from "./peers/process.ts";

const REPETITIONS = 3;
const seconds = (value: number): string => `${value.toPrecision(3)} s`;
const oneThread = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };

/** CPU seconds of a whole call, and its smallest bulk ESS among β, SDs and σ. */
function wholeCall(model: () => LinearMixedModel, seed: number): { cpu: number; ess: number } {
  let ess = 0;
  const cpu = cpuOf(() => {
    const posterior = gibbsSync(model(), { seed, chains: 4, draws: 1000 });
    ess = Math.min(...posterior.summary().map(({ essBulk }) => essBulk));
  });
  return { cpu, ess };
}

/** Smallest bulk ESS per CPU second in steady state, from a long run less a short one. */
function steady(model: LinearMixedModel, draws: number): { us: number; perSecond: number } {
  const options = { seed: 1, chains: 4, keep: "hyper" } as const;
  const run = (count: number): number => cpuOf(() => gibbsSync(model, { ...options, draws: count }));
  run(20);
  const us = (1e6 * (run(20 + draws) - run(20))) / (4 * draws);
  const rows = gibbsSync(model, { ...options, draws }).summary();
  const ess = Math.min(...rows.map(({ essBulk }) => essBulk)) / (4 * draws);
  return { us, perSecond: (1e6 * ess) / us };
}

/** What JAGS says of InstEval, cell by cell; undefined where it cannot be run. */
function askJags(peer: string): string[] | undefined {
  const script = fileURLToPath(new URL("peers/bayes.R", import.meta.url));
  const { status, stdout } = spawnSync("Rscript", [script, peer, "InstEval"], {
    encoding: "utf8",
    env: { ...process.env, ...oneThread },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return status === 0 ? stdout.split("|").map((cell) => cell.trim()) : undefined;
}

const folder = mkdtempSync(join(tmpdir(), "blmm-bench-"));
const lme4 = startPeer("Rscript", [fileURLToPath(new URL("peers/lme4.R", import.meta.url))], oneThread);
try {
  const path = join(folder, "InstEval.csv");
  await lme4.ask("export", "InstEval", path);
  await lme4.ask("load", "InstEval", path, "s,d,dept,service");
  const ours: number[] = [];
  const theirs: number[] = [];
  const rates: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const { cpu, ess } = wholeCall(() => instEval(), 1 + repetition);
    ours.push(cpu);
    rates.push(ess / cpu);
    theirs.push(Number((await lme4.ask("fit", "InstEval", 1))["cpu"]));
  }
  const ratio = median(ours.map((value, i) => value / theirs[i]));
  const rate = median(rates);
  const beside = (["jags", "jags-glm"] as const).flatMap((peer) => {
    const said = askJags(peer);
    if (said === undefined) return [];
    const [, , cpu, draws, ess, perSecond] = said;
    const name = peer === "jags" ? "JAGS" : "JAGS with its glm module";
    return `| InstEval, min-ESS per CPU second of the whole call | ${rate.toFixed(0)} | ${name} ${perSecond} (${cpu} s, ${draws} draws, min-ESS ${ess}) | **${(rate / Number(perSecond)).toPrecision(2)}** | ${peer === "jags" ? "5000" : ""} |`;
  });
  const small = steady(instEval(), 1000);
  const big = steady(crossed(), 250);
  const lines = [
    "| task | blmm | beside | ratio | to reach |",
    "|---|---|---|---|---|",
    `| InstEval, 4 × 1000 draws from the CSV file on | ${range(ours, seconds)} | lme4's point estimate ${range(theirs, seconds)} | **${ratio.toPrecision(2)}** | 1 |`,
    ...beside,
    `| 10⁶ rows, 20 000 × 5000 crossed, min-ESS per CPU second in steady state | ${big.perSecond.toFixed(0)} (${(big.us / 1000).toPrecision(3)} ms an iteration) | InstEval ${small.perSecond.toFixed(0)} (${small.us.toFixed(0)} µs) | **${(big.perSecond / small.perSecond).toPrecision(2)}** | 0.1 |`,
    "",
    `${machine()}. CPU time: median (range).`,
  ];
  console.log(lines.join("\n"));
  if (process.argv.includes("--write")) writeSection("large", lines.join("\n"));
} finally {
  lme4.close();
  rmSync(folder, { recursive: true });
}
