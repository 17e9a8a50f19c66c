/**
 * Models by SQL at scale: `npm run bench:sql`, with `-- --write` to put the table into docs/benchmarks.md. Needs 3 GB of
 * disk in the folder for temporary files, and takes ten minutes.
 *
 * DuckDB makes the rows, in a file, under a memory limit of 4 GB; that is timed apart. Numbers are hashes of the row's
 * number, so that every round reads the same. Each task has a process of its own, which holds DuckDB as well.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { gibbs, type LinearMixedModel, type Posterior } from "blmm";
import { duckdb, lmmFromSql } from "blmm/sql";
import { machine, median, range, writeSection } from "./measure.ts";

const REPETITIONS = 3;
const seconds = (value: number): string => `${value.toPrecision(3)} s`;
const micro = (value: number): string => `${value.toPrecision(3)} µs`;

/** What a task measures of a table. */
interface Measured {
  readonly rows: number;
  readonly made: number;
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
  /** GB: the process with DuckDB in it at its peak so far, and Node's own heap and buffers after the pass. */
  readonly peak: number;
  readonly own: number;
  /** CPU µs of an iteration. */
  readonly iteration: readonly number[];
}

/** Uniform on 0 … 1, by the number of the row and a salt. */
const uniform = (salt: number): string => `((hash(i * 8 + ${salt}) >> 11) / 9007199254740992.0)`;

/** The sum of three uniforms, of mean 0 and variance 1. */
const noise = (salt: number): string =>
  `2 * (${uniform(salt)} + ${uniform(salt + 1)} + ${uniform(salt + 2)} - 1.5)`;

const tables = {
  slopes: (rows: number, groups: number): string =>
    `SELECT g, x, 1 + sin(g) + (2 + 0.5 * cos(3 * g)) * x + e AS y
     FROM (SELECT CAST(i % ${groups} AS INTEGER) AS g, ${noise(0)} AS x, ${noise(3)} AS e FROM range(${rows}) AS r(i))`,
  crossed: (rows: number): string =>
    `SELECT s, d, 3 + sin(s) + cos(d) + e AS y
     FROM (SELECT CAST(hash(i * 8) % 20000 AS INTEGER) AS s, CAST(hash(i * 8 + 1) % 5000 AS INTEGER) AS d, ${noise(3)} AS e
           FROM range(${rows}) AS r(i))`,
};

/** Makes a table and the model of it, `REPETITIONS` times over the same rows. */
async function measure(
  connection: DuckDBConnection,
  rows: number,
  query: string,
  formula: string,
): Promise<{ model: LinearMixedModel; measured: Omit<Measured, "iteration"> }> {
  const begin = performance.now();
  await connection.run(`CREATE OR REPLACE TABLE t AS ${query}`);
  const made = (performance.now() - begin) / 1000;
  const wall: number[] = [];
  const cpu: number[] = [];
  let model: LinearMixedModel | undefined;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    model = await lmmFromSql(formula, duckdb(connection, "t"));
    const used = process.cpuUsage(before);
    wall.push((performance.now() - start) / 1000);
    cpu.push((used.user + used.system) / 1e6);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const peak = process.resourceUsage().maxRSS / 2 ** 20;
  return {
    model: model as LinearMixedModel,
    measured: { rows, made, wall, cpu, peak, own: (heapUsed + arrayBuffers) / 2 ** 30 },
  };
}

const SLOPES = "y ~ x + (x | g)";

/** CPU µs of an iteration, `turns` times for each model: by turns, so that whatever slows the machine slows all of them. */
async function iterations(
  models: readonly LinearMixedModel[],
  draws: number,
  turns: number,
): Promise<number[][]> {
  const short: Posterior[] = [];
  for (const model of models)
    short.push(await gibbs(model, { seed: 1, chains: 1, keep: "hyper", warmup: 10, draws: 10 }));
  const out: number[][] = models.map(() => []);
  for (let turn = 0; turn < turns; turn++) {
    // The first of a turn pays for what the last one left behind.
    const order = [...short.entries()];
    for (const [m, posterior] of turn % 2 === 0 ? order : order.reverse()) {
      // A long extension less a short one: what starting costs is in both.
      const some = await cpuOfAsync(() => posterior.extend(draws));
      const more = await cpuOfAsync(() => posterior.extend(3 * draws));
      out[m].push((1e6 * (more - some)) / (2 * draws));
    }
  }
  return out;
}

async function cpuOfAsync(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const tasks: Record<string, (connection: DuckDBConnection) => Promise<Measured[]>> = {
  async rows(connection) {
    const all = [];
    for (const rows of [1e4, 1e7, 1e8])
      all.push(await measure(connection, rows, tables.slopes(rows, 1000), SLOPES));
    const models = all.map(({ model }) => model);
    const iteration = await iterations(models, 20_000, 7);
    return all.map(({ measured }, m) => ({ ...measured, iteration: iteration[m] }));
  },
  async groups(connection) {
    const { model, measured } = await measure(connection, 1e7, tables.slopes(1e7, 1e6), SLOPES);
    return [{ ...measured, iteration: (await iterations([model], 10, 3))[0] }];
  },
  async crossed(connection) {
    const formula = "y ~ 1 + (1 | s) + (1 | d)";
    const { model, measured } = await measure(connection, 1e6, tables.crossed(1e6), formula);
    return [{ ...measured, iteration: (await iterations([model], 50, 3))[0] }];
  },
};

async function runTask(name: string, path: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(path)).connect();
  await connection.run("SET memory_limit = '4GB'");
  console.log(JSON.stringify(await tasks[name](connection)));
}

function inOwnProcess(name: string, folder: string): Measured[] {
  const script = [...process.execArgv, fileURLToPath(import.meta.url), name, join(folder, `${name}.db`)];
  const { status, stdout } = spawnSync(process.execPath, script, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`The task ${name} failed.`);
  return JSON.parse(stdout);
}

function table(folder: string): string {
  const [small, ...large] = inOwnProcess("rows", folder);
  const line = (what: string, own: Measured, iteration: string): string =>
    `| ${what} | ${seconds(own.made)} | ${range(own.wall, seconds)} | ${seconds(median(own.cpu))} | ${own.peak.toPrecision(2)} GB | ${(1000 * own.own).toPrecision(2)} MB | ${iteration} |`;
  const lines = [
    "| rows | made in | read in | CPU | peak memory | of it Node's own | CPU of an iteration |",
    "|---|---|---|---|---|---|---|",
    line("10⁴ in 1000 groups, `(x \\| g)`", small, micro(median(small.iteration))),
  ];
  large.forEach((own, i) => {
    const ratio = median(own.iteration.map((value, turn) => value / small.iteration[turn]));
    const text = `${micro(median(own.iteration))}: **${ratio.toPrecision(3)}** of that for 10⁴ rows`;
    lines.push(line(`10${"⁷⁸"[i]} in 1000 groups`, own, text));
  });
  const [groups] = inOwnProcess("groups", folder);
  lines.push(line("10⁷ in 10⁶ groups", groups, `${(median(groups.iteration) / 1000).toPrecision(3)} ms`));
  const [crossed] = inOwnProcess("crossed", folder);
  const ms = `${(median(crossed.iteration) / 1000).toPrecision(3)} ms`;
  lines.push(line("10⁶, 20 000 × 5000 crossed, `(1 \\| s) + (1 \\| d)`", crossed, ms));
  return [...lines, "", `${machine()}; load ${loadavg()[0].toFixed(1)}. Median (range).`].join("\n");
}

const [name, path] = process.argv.slice(2);
if (name !== undefined && name in tasks) await runTask(name, path);
else {
  const folder = mkdtempSync(join(tmpdir(), "blmm-bench-"));
  try {
    const text = table(folder);
    console.log(text);
    if (process.argv.includes("--write")) writeSection("sql", text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
