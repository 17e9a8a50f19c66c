/** Writes docs/accuracy.md: runs the tests that hold figures against other programs, and tabulates how far they agree. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedFigure } from "../../test/accuracy.ts";
import { exactSources, type Kind, type Source, sampledSources } from "./sources.ts";

/** More digits than a double carries are not counted. */
const MOST_DIGITS = 15;

/** Runs test files with their comparisons written down. Throws when a test fails, with its name. */
export function recorded(root: string, files: readonly string[]): RecordedFigure[] {
  const folder = join(root, "out/accuracy");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (config: string, own: readonly string[]): void => {
    if (own.length === 0) return;
    const paths = own.map((file) => `test/${file}`);
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [vitest, "run", "--config", config, ...paths],
      {
        cwd: root,
        env: { ...process.env, BLMM_ACCURACY: folder, NO_COLOR: "1" },
        encoding: "utf8",
        maxBuffer: 1e9,
      },
    );
    if (status !== 0) {
      const failed = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("FAIL"));
      throw new Error(["Figures lie outside their tolerances.", ...failed].join("\n"));
    }
  };
  const slow = (file: string): boolean => file.startsWith("slow/");
  run(
    "vitest.config.ts",
    files.filter((file) => !slow(file)),
  );
  run("vitest.slow.config.ts", files.filter(slow));
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as RecordedFigure),
  );
}

/** The kinds of a source with the figures that belong to each, none empty. */
function byKind({ files, kinds }: Source, figures: readonly RecordedFigure[]): [string, RecordedFigure[]][] {
  const found = new Map<Kind, RecordedFigure[]>(kinds.map((kind) => [kind, []]));
  for (const figure of figures) {
    if (!files.includes(figure.file)) continue;
    const kind = kinds.find(([, test, what]) => test.test(figure.test) && what.test(figure.what));
    if (kind !== undefined) found.get(kind)?.push(figure);
  }
  return [...found].filter(([, own]) => own.length > 0).map(([[name], own]) => [name, own]);
}

const digitsOf = ({ error }: RecordedFigure): number =>
  error === 0 ? MOST_DIGITS : Math.min(MOST_DIGITS, -Math.log10(error ?? Number.POSITIVE_INFINITY));

const median = (ascending: readonly number[]): number => ascending[ascending.length >> 1];

/** A figure and what its test is about, for a cell of a table. */
function place({ where }: Source, { test, what }: RecordedFigure): string {
  const about = where === undefined ? [] : (test.match(where) ?? []);
  return [...(about.length === 0 ? [] : [about.join(", ")]), what].join(": ").replaceAll("|", "\\|");
}

function exactTable(source: Source, figures: readonly RecordedFigure[]): string[] {
  const rows = byKind(source, figures).map(([name, own]) => {
    const ordered = own.toSorted((a, b) => digitsOf(a) - digitsOf(b));
    const digits = ordered.map(digitsOf);
    return `| ${name} | ${own.length} | ${digits[0].toFixed(1)} | ${median(digits).toFixed(1)} | ${place(source, ordered[0])} |`;
  });
  return ["| figure | compared | fewest digits | median | where fewest |", "|---|--:|--:|--:|---|", ...rows];
}

function sampledTable(source: Source, figures: readonly RecordedFigure[]): string[] {
  const rows = byKind(source, figures).map(([name, own]) => {
    const z = (figure: RecordedFigure): number => Math.abs(figure.z ?? Number.POSITIVE_INFINITY);
    const ordered = own.toSorted((a, b) => z(b) - z(a));
    const within = ordered.filter((figure) => z(figure) <= 2).length / own.length;
    const beyond = ordered.filter((figure) => z(figure) > 3).length;
    return `| ${name} | ${own.length} | ${(100 * within).toFixed(1)}% | ${beyond} | ${z(ordered[0]).toFixed(2)} | ${place(source, ordered[0])} |`;
  });
  return [
    "| draws | figures | within 2 errors | beyond 3 | furthest | which |",
    "|---|--:|--:|--:|--:|---|",
    ...rows,
  ];
}

/** The page, of figures written down by the tests. */
export function accuracyPage(figures: readonly RecordedFigure[], origin: string): string {
  const exact = exactSources.map((source) => byKind(source, figures).flatMap(([, own]) => own));
  const digits = exact
    .flat()
    .map(digitsOf)
    .sort((a, b) => a - b);
  const sampled = sampledSources.flatMap((source) => byKind(source, figures).flatMap(([, own]) => own));
  const within =
    sampled.filter(({ z = Number.POSITIVE_INFINITY }) => Math.abs(z) <= 2).length / sampled.length;
  const part = (source: Source, table: string[]): string[] => [
    `## ${source.title}`,
    "",
    source.about,
    "",
    ...table,
    "",
  ];
  const present = (source: Source): boolean => byKind(source, figures).length > 0;
  return [
    "# Accuracy",
    "",
    "Every figure that a test holds against another program, and how far the two agree. The test sets the tolerance and fails beyond it; this page says what is left of it.",
    "",
    `${digits.length} figures are compared with ${exact.filter((own) => own.length > 0).length} sources of exact numbers: at least ${digits[0].toFixed(1)} digits agree, the median is ${median(digits).toFixed(1)}. ${sampled.length} figures of posteriors are compared with quadrature and JAGS: ${(100 * within).toFixed(1)}% lie within two Monte Carlo errors (95.4% are expected).`,
    "",
    `Digits are −log₁₀ of the relative error, ${MOST_DIGITS} at most. What may be small beside its own uncertainty is measured in that: coefficients in their standard errors, effects in their SD, correlations in 1. Fewest digits are as a rule those of the other program, which stopped its search or took differences.`,
    "",
    origin,
    "",
    ...exactSources.filter(present).flatMap((source) => part(source, exactTable(source, figures))),
    ...sampledSources.flatMap((source) => part(source, sampledTable(source, figures))),
    "One-way designs on an offset of up to 10¹³, judged in whole numbers, are in [benchmarks.md](benchmarks.md#accuracy-under-stress). Made by `npm run proof -- --only accuracy` (`scripts/proof/accuracy.ts`).",
    "",
  ].join("\n");
}

/** Runs the tests and writes the page. */
export function writeAccuracy(root: string, origin: string): void {
  const files = [...new Set([...exactSources, ...sampledSources].flatMap(({ files }) => files))];
  writeFileSync(join(root, "docs/accuracy.md"), accuracyPage(recorded(root, files), origin));
}
