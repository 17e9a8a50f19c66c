/**
 * REML beside lme4's, in one run: `npm run bench:reml`, with `-- --write` to put the table into docs/benchmarks.md,
 * `-- --only slopes` for one task.
 *
 * Needs R with lme4 and OpenBLAS (Debian: `r-cran-lme4 libopenblas0-pthread`), used with one thread. The two take
 * turns, so that whatever else the machine does falls on both; what counts is CPU time of the whole process, garbage
 * collector and compiler threads included.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { factor, type LmmFit, lmm, parseCsv, reml, type Table } from "blmm";
import { cpuOf, machine, median, range, slopes, writeSection } from "./measure.ts";
import { startPeer } from "./peers/process.ts";

interface Task {
  readonly id: string;
  readonly text: string;
  readonly formula: string;
  /** Columns to make factors, as they are in the peer's data frame. */
  readonly factors: readonly string[];
  /** CSV text, or `undefined` for data that come with lme4. */
  readonly csv?: () => string;
  /** Fits before anything is measured; fits per repetition; repetitions. */
  readonly warmUp: number;
  readonly fits: number;
  readonly peerFits: number;
  readonly repetitions: number;
  /** The ratio to reach. */
  readonly target: number;
}

const tasks: readonly Task[] = [
  {
    id: "sleepstudy",
    text: "sleepstudy (180 rows), warm",
    formula: "Reaction ~ Days + (Days | Subject)",
    factors: ["Subject"],
    warmUp: 300,
    fits: 100,
    peerFits: 20,
    repetitions: 11,
    target: 0.1,
  },
  {
    id: "slopes",
    text: "10⁵ rows, 10⁴ groups, random slopes",
    formula: "y ~ x + (x | g)",
    factors: ["g"],
    csv: slopesCsv,
    warmUp: 2,
    fits: 1,
    peerFits: 1,
    repetitions: 7,
    target: 0.2,
  },
  {
    id: "InstEval",
    text: "InstEval (73 421 rows), crossed",
    formula: "y ~ service + (1 | s) + (1 | d) + (1 | dept)",
    factors: ["s", "d", "dept", "service"],
    warmUp: 1,
    fits: 1,
    peerFits: 1,
    repetitions: 5,
    target: 1,
  },
];

function slopesCsv(): string {
  const { y, x, g } = slopes();
  const lines = ["y,x,g"];
  for (let i = 0; i < y.length; i++) lines.push(`${y[i]},${x[i]},${g[i]}`);
  return lines.join("\n");
}

function tableOf(csv: string, factors: readonly string[]): Table {
  const table = parseCsv(csv);
  const columns = new Map(table.columns);
  for (const name of factors) {
    const column = columns.get(name);
    if (column?.kind === "number") columns.set(name, factor(column.values));
    if (column?.kind === "text") columns.set(name, factor(column.values));
  }
  return { ...table, columns };
}

const time = (seconds: number): string =>
  seconds < 0.1 ? `${(1000 * seconds).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const folder = mkdtempSync(join(tmpdir(), "blmm-bench-"));
const lme4 = startPeer("Rscript", [new URL("peers/lme4.R", import.meta.url).pathname], {
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
});

try {
  const versions = await lme4.ask("versions");
  const rows: string[] = [];
  for (const task of tasks) {
    if (only !== undefined && only !== task.id) continue;
    const path = join(folder, `${task.id}.csv`);
    if (task.csv === undefined) await lme4.ask("export", task.id, path);
    else writeFileSync(path, task.csv());
    await lme4.ask("load", task.id, path, task.factors.join(","));
    const table = tableOf(readFileSync(path, "utf8"), task.factors);

    let fit: LmmFit | undefined;
    const run = (times: number): void => {
      for (let i = 0; i < times; i++) fit = reml(lmm(task.formula, table));
    };
    const first = cpuOf(() => run(1));
    run(task.warmUp - 1);
    await lme4.ask("fit", task.id, task.peerFits);
    const ours: number[] = [];
    const theirs: number[] = [];
    let peer = await lme4.ask("versions");
    for (let repetition = 0; repetition < task.repetitions; repetition++) {
      ours.push(cpuOf(() => run(task.fits)) / task.fits);
      peer = await lme4.ask("fit", task.id, task.peerFits);
      theirs.push(Number(peer["cpu"]));
    }
    const { criterion, theta, convergence } = fit as unknown as LmmFit;
    const there = await lme4.ask("at", task.id, ...theta);
    const same = Math.abs(Number(there["criterion"]) - criterion);
    const above = criterion - Number(peer["criterion"]);
    if (!(same <= 1e-6 && above <= 1e-6 && convergence.ok)) process.exitCode = 1;
    const ratio = median(ours.map((value, i) => value / theirs[i]));
    rows.push(
      `| ${task.text} | ${range(ours, time)} | ${range(theirs, time)} | **${ratio.toPrecision(2)}** | ${task.target} | ` +
        `${convergence.evaluations} / ${peer["evaluations"]} | ${same.toExponential(1)} | ${above.toExponential(1)} | ${time(first)} |`,
    );
    console.error(rows.at(-1));
  }
  const table = [
    "| task | blmm | lme4 | ratio | to reach | evaluations | criterion at blmm's θ, difference | blmm's optimum − lme4's | blmm, first fit |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows,
    "",
    `${machine()}; ` +
      `R ${versions["R"]}, lme4 ${versions["lme4"]}, BLAS ${versions["blas"]}, one thread. CPU time per fit: median (range).`,
  ].join("\n");
  console.log(table);
  if (process.argv.includes("--write") && only === undefined) writeSection("reml", table);
} finally {
  lme4.close();
  rmSync(folder, { recursive: true });
}
