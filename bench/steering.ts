/**
 * What it costs to watch a run, and how soon it stops: `npm run bench:steering`, with `-- --write` to put the table
 * into docs/benchmarks.md.
 *
 * Progress: CPU time of runs with and without `onProgress`, taken in turns. Cancel: wall time from `abort()` to the
 * posterior, at moments spread over the run, the making ready included.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type GibbsOptions, gibbs, type LinearMixedModel, lmm, parseCsv } from "blmm";
import { sleepstudy } from "blmm/datasets";
import { workers } from "blmm/workers";
import { RandomStream } from "../src/random/stream.ts";
import { median, writeSection } from "./measure.ts";

const reference = process.env["BLMM_REFERENCE"] ?? join(import.meta.dirname, "../../shared");

async function cpuOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Median over pairs of runs: how much more CPU time a watched run takes, in percent. */
async function costOfProgress(
  model: LinearMixedModel,
  options: GibbsOptions,
  pairs: number,
): Promise<string> {
  let reports = 0;
  const watched = { ...options, onProgress: () => reports++ };
  await gibbs(model, options);
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    // Whoever goes first finds the caches cold.
    const order = pair % 2 === 0 ? [options, watched] : [watched, options];
    const times = new Map<GibbsOptions, number>();
    for (const one of order) times.set(one, await cpuOf(() => gibbs(model, one)));
    ratios.push(times.get(watched)! / times.get(options)!);
  }
  const percent = 100 * (median(ratios) - 1);
  return `${percent.toFixed(1)}% (${Math.round(reports / pairs)} reports a run)`;
}

/** Milliseconds from abort to posterior: median and worst over runs cancelled at other moments. */
async function latency(
  model: LinearMixedModel,
  options: GibbsOptions,
  moments: readonly number[],
): Promise<string> {
  const waits: number[] = [];
  for (const moment of moments) {
    const stop = new AbortController();
    // Counted from the moment meant: a busy thread hears of it late, and that is part of the wait.
    const meant = performance.now() + moment;
    setTimeout(() => stop.abort(), moment);
    const run = gibbs(model, { ...options, draws: 1e6, keep: "hyper", signal: stop.signal });
    await run.catch((error) => {
      if (error.code !== "cancelled") throw error;
    });
    waits.push(performance.now() - meant);
  }
  return `${median(waits).toFixed(1)} ms (worst ${Math.max(...waits).toFixed(1)} ms)`;
}

/** 10 rows in each of 10⁴ groups. */
function slopes(): LinearMixedModel {
  const stream = new RandomStream(20, 0);
  const rows = Array.from({ length: 100_000 }, (_, i) => ({
    g: `g${i % 10_000}`,
    x: stream.normal(),
    y: stream.normal(),
  }));
  return lmm("y ~ x + (x | g)", rows);
}

const models: [string, LinearMixedModel, GibbsOptions][] = [
  ["sleepstudy", lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), { draws: 50_000 }],
  ["10⁵ rows, 10⁴ groups, random slopes", slopes(), { draws: 250, keep: "hyper" }],
];
const path = join(reference, "data/InstEval.csv.gz");
if (existsSync(path)) {
  const data = parseCsv(gunzipSync(readFileSync(path)).toString());
  const model = lmm("y ~ factor(service) + (1 | s) + (1 | d) + (1 | dept)", data);
  models.push(["InstEval, crossed", model, { draws: 250, keep: "hyper" }]);
} else console.log(`InstEval is not at ${path}: left out`);

const moments = Array.from({ length: 12 }, (_, i) => 20 + 130 * i);
const rows: string[] = [];
for (const [name, model, options] of models) {
  const seeded = { ...options, seed: 1 };
  const progress = await costOfProgress(model, seeded, 9);
  const alone = await latency(model, seeded, moments);
  const helped = await latency(model, { ...seeded, runner: workers({ size: 2 }) }, moments);
  rows.push(`| ${name} | ${progress} | ${alone} | ${helped} |`);
  console.log(rows.at(-1));
}
const table = [
  "| model | cost of `onProgress` | cancelled after | with 2 workers |",
  "|---|---|---|---|",
  ...rows,
  "",
  `${new Date().toISOString().slice(0, 10)}; Node ${process.versions.node}. To reach: 1%, 50 ms.`,
].join("\n");
console.log(table);
if (process.argv.includes("--write")) writeSection("steering", table);
