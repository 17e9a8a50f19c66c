/**
 * The samplers beside native code, in one run: `npm run bench:gibbs`, with `-- --write` to put the table into
 * docs/benchmarks.md, `-- --only sleepstudy,slopes` for some rows, `-- --peers` for
 * JAGS and rstanarm on sleepstudy (Debian: `r-cran-rjags r-cran-rstanarm`). Large designs are bench/large.ts.
 *
 * The yardstick is `yardstick/native.c` of the reference folder (`BLMM_REFERENCE`, by default ../shared), a plain C
 * program that runs the inner loop of the collapsed sampler; it is compiled here with gcc -O3 -march=native. The two
 * take turns, so that whatever else the machine does falls on both. Every row runs in a process of its own.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { measures } from "./gibbsModels.ts";
import { machine, median, range, writeSection } from "./measure.ts";
import { type Peer, startPeer } from "./peers/process.ts";

const reference = resolve(
  process.env["BLMM_REFERENCE"] ?? fileURLToPath(new URL("../../shared", import.meta.url)),
);
const option = (name: string): boolean => process.argv.includes(`--${name}`);
const textOf = (name: string): string | undefined =>
  option(name) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined;
const micro = (us: number): string => `${us.toPrecision(3)} µs`;

/** The other end: measures one model, an answer for each line on standard input. */
async function measureRow(id: string): Promise<void> {
  const measure = measures.get(id);
  if (measure === undefined) throw new Error(`No row ${id}.`);
  const { iteration, ess } = measure();
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(line === "ess" ? { ess: ess() } : { us: iteration() }));
  }
}

/** A process of its own that measures a model. */
function startRow(id: string): Peer {
  return startPeer(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), "--measure", id],
    {},
  );
}

/** Compiles the yardstick; undefined, with a message, where something is missing. */
function yardstick(folder: string): string | undefined {
  const source = join(reference, "yardstick/native.c");
  if (!existsSync(source)) {
    console.error(`No yardstick: ${source} is not there; set BLMM_REFERENCE.`);
    return undefined;
  }
  const program = join(folder, "native");
  const { status, error } = spawnSync("gcc", ["-O3", "-march=native", "-o", program, source, "-lm"]);
  if (error === undefined && status === 0) return program;
  console.error("No yardstick: gcc is not there or failed.");
  return undefined;
}

interface Row {
  readonly id: string;
  readonly text: string;
  /** File and iterations for the yardstick. */
  readonly native?: readonly [file: string, iterations: number];
  /** What to reach: a ratio where there is a yardstick, else µs; min-ESS of 1000 draws. */
  readonly target: number;
  readonly ess: number;
  readonly repetitions: number;
}

const rows: readonly Row[] = [
  {
    id: "sleepstudy",
    text: "sleepstudy, `(Days \\| Subject)`, every b kept",
    native: ["sleep.nat", 400_000],
    target: 3.5,
    ess: 700,
    repetitions: 5,
  },
  {
    id: "slopes",
    text: "10⁵ rows, 10⁴ groups, `(x \\| g)`, every b drawn, none kept",
    native: ["big2.nat", 1000],
    target: 1.3,
    ess: 800,
    repetitions: 3,
  },
  { id: "intercepts", text: "sleepstudy, `(1 \\| Subject)`", target: 0.8, ess: 850, repetitions: 5 },
  { id: "Dyestuff", text: "Dyestuff", target: 0.6, ess: 800, repetitions: 5 },
  { id: "Dyestuff2", text: "Dyestuff2, variance near 0", target: 0.6, ess: 800, repetitions: 5 },
  { id: "three", text: "1600 rows, 200 groups, three columns", target: 25, ess: 600, repetitions: 5 },
  { id: "Pastes", text: "Pastes, nested 30 in 10", target: 3, ess: 650, repetitions: 5 },
  { id: "Penicillin", text: "Penicillin, 24 × 6 crossed", target: 1.5, ess: 850, repetitions: 5 },
];

/** µs that the yardstick says an iteration takes. */
function nativeMicroseconds(program: string, [file, iterations]: readonly [string, number]): number {
  const said = execFileSync(program, [join(reference, "yardstick", file), String(iterations)], {
    encoding: "utf8",
  });
  return Number(/([\d.]+) us\/iter/.exec(said)?.[1]);
}

/** One row of the table: the two in turns. */
async function compareRow(row: Row, native: string | undefined): Promise<string> {
  const peer = startRow(row.id);
  const ours: number[] = [];
  const theirs: number[] = [];
  const program = row.native === undefined ? undefined : native;
  try {
    await peer.ask("iteration");
    for (let repetition = 0; repetition < row.repetitions; repetition++) {
      if (program !== undefined && row.native !== undefined)
        theirs.push(nativeMicroseconds(program, row.native));
      ours.push(Number((await peer.ask("iteration"))["us"]));
    }
    const ess = Number((await peer.ask("ess"))["ess"]);
    const ratio =
      theirs.length === 0 ? "" : `**${median(ours.map((value, i) => value / theirs[i])).toPrecision(3)}**`;
    const goal = row.native === undefined ? micro(row.target) : `${row.target} ×`;
    return (
      `| ${row.text} | ${range(ours, micro)} | ${theirs.length === 0 ? "" : range(theirs, micro)} | ${ratio} | ${goal} | ` +
      `${ess.toFixed(0)} | ${row.ess} | ${((ess * 1000) / median(ours)).toPrecision(2)} |`
    );
  } finally {
    peer.close();
  }
}

/** The first run of a process: 4 × 1000 draws on sleepstudy, wall time over an empty start of Node. */
function coldStart(folder: string): string {
  const program = join(folder, "cold.mjs");
  const from = (path: string): string =>
    JSON.stringify(new URL(`../dist/bundled/${path}`, import.meta.url).href);
  writeFileSync(
    program,
    `import { gibbsSync, lmm } from ${from("index.js")};\nimport { sleepstudy } from ${from("datasets/index.js")};\n` +
      `gibbsSync(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), { chains: 4, draws: 1000, seed: 1 });\n`,
  );
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "");
  const load = join(folder, "load.mjs");
  writeFileSync(load, `import ${from("index.js")};\nimport ${from("datasets/index.js")};\n`);
  const wall = (file: string): number => {
    const before = performance.now();
    execFileSync(process.execPath, [file]);
    return performance.now() - before;
  };
  const loading: number[] = [];
  const all: number[] = [];
  for (let repetition = 0; repetition < 11; repetition++) {
    const nothing = wall(empty);
    loading.push(wall(load) - nothing);
    all.push(wall(program) - nothing);
  }
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  return `First run of a process, sleepstudy, 4 × 1000 draws, wall time over an empty start of Node: ${range(all, ms)}, of which loading ${range(loading, ms)}; to reach: 250 ms.`;
}

/** JAGS and rstanarm on the models of the table, each in a process of its own; a line for each that is there. */
function peerRows(): string[] {
  const script = fileURLToPath(new URL("peers/bayes.R", import.meta.url));
  return ["jags-glm sleepstudy", "rstanarm sleepstudy"].flatMap((words) => {
    const { status, stdout, error } = spawnSync("Rscript", [script, ...words.split(" ")], {
      encoding: "utf8",
      env: { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (error === undefined && status === 0) return [stdout.trim()];
    console.error(`No ${words}: R or the package is not there, or it failed.`);
    return [];
  });
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "blmm-bench-"));
  try {
    const only = textOf("only")?.split(",");
    const native = yardstick(folder);
    const lines: string[] = [];
    for (const row of rows) {
      if (only !== undefined && !only.includes(row.id)) continue;
      lines.push(await compareRow(row, native));
      console.error(lines.at(-1));
    }
    const text = [
      "| task | blmm, per iteration | native | ratio | to reach | min-ESS of 1000 draws | to reach | min-ESS per s |",
      "|---|---|---|---|---|---|---|---|",
      ...lines,
      ...(only === undefined || only.includes("cold") ? ["", coldStart(folder)] : []),
      ...(option("peers")
        ? [
            "",
            "| peer | CPU s | draws | min-ESS | min-ESS per CPU s |",
            "|---|---|---|---|---|",
            ...peerRows(),
          ]
        : []),
      "",
      `${machine()}; gcc -O3 -march=native. CPU time: median (range).`,
    ].join("\n");
    console.log(text);
    if (option("write") && only === undefined) writeSection("gibbs", text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const measured = textOf("measure");
await (measured === undefined ? main() : measureRow(measured));
