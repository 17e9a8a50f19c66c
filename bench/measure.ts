/** What the benches share: CPU time, medians, how numbers are written, and the page they go to. */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { seededState } from "../src/random/bits.ts";
import { nextNormal } from "../src/random/normals.ts";

/** CPU seconds of this process, all threads. */
export function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Median and range, each written by `text`. */
export const range = (values: readonly number[], text: (value: number) => string): string =>
  `${text(median(values))} (${text(Math.min(...values))} – ${text(Math.max(...values))})`;

/** The date, the processor and Node's version. */
export const machine = (): string =>
  `${new Date().toISOString().slice(0, 10)}; ${cpus()[0].model.trim()}; Node ${process.versions.node}`;

/** Puts text between `<!-- name -->` and the next `<!-- end -->` of a page; `path`, from the root, defaults to docs/benchmarks.md. */
export function writeSection(name: string, text: string, path = "docs/benchmarks.md"): void {
  const page = new URL(path, new URL("../", import.meta.url));
  const old = readFileSync(page, "utf8");
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!marked.test(old)) throw new Error(`${path} has no section marked ${name}.`);
  writeFileSync(
    page,
    old.replace(marked, (_, before, after) => `${before}\n${text}\n\n${after}`),
  );
}

/** 10 rows in each of 10⁴ groups: x standard normal, SDs 1 and 0.5, correlation 0.3, σ = 1. */
export function slopes(): { y: Float64Array; x: Float64Array; g: string[] } {
  const state = seededState(20);
  const n = 100_000;
  const y = new Float64Array(n);
  const x = new Float64Array(n);
  const g: string[] = [];
  for (let group = 0, i = 0; group < 10_000; group++) {
    const a = nextNormal(state);
    const b = 0.5 * (0.3 * a + Math.sqrt(1 - 0.09) * nextNormal(state));
    for (let row = 0; row < 10; row++, i++) {
      x[i] = nextNormal(state);
      y[i] = 1 + a + (2 + b) * x[i] + nextNormal(state);
      g.push(`g${group}`);
    }
  }
  return { y, x, g };
}
