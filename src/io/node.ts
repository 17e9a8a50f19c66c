/**
 * `blmm/node`: files. Data from CSV; draws, comparisons and plots to CSV, JSON and SVG, reports to HTML.
 *
 * @module
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { PlotOptions } from "@observablehq/plot";
import { parseCsv } from "../data/csv.ts";
import type { Table } from "../data/table.ts";
import { DataError } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import type { Draws } from "../posterior/draws.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { drawsToCsv } from "./drawsCsv.ts";
import { reportHtml } from "./report.ts";
import { toSVG } from "./svg.ts";

export { drawsToCsv } from "./drawsCsv.ts";
export { reportHtml } from "./report.ts";
export { type SvgOptions, toSVG } from "./svg.ts";

/**
 * Reads a CSV file with a line of column names; `NA` and empty cells are missing. R: `read.csv`.
 *
 * @throws `no-such-file`; and whatever `parseCsv` finds wrong with the text.
 */
export async function readTable(path: string | URL): Promise<Table> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new DataError(
      "no-such-file",
      `"${path}" cannot be read: ${(error as Error).message}.`,
      "Check the path, which is taken from the folder the program was started in.",
      { path: String(path) },
    );
  }
  return parseCsv(text);
}

/** Writes draws as CSV, one line per draw ({@link drawsToCsv}); folders are made as needed. */
export async function writeDrawsCsv(path: string, draws: Draws): Promise<void> {
  await writeText(path, drawsToCsv(draws));
}

/** Writes a value as indented JSON; NaN and infinite numbers become `"NaN"`, `"Inf"`, `"-Inf"`. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, `${toJson(value)}\n`);
}

/** Renders a plot to a file ({@link toSVG}). */
export async function writeSVG(path: string, options: PlotOptions): Promise<void> {
  await writeText(path, toSVG(options));
}

/**
 * Writes a report on a model as one HTML page that needs nothing from outside ({@link reportHtml}); folders are made as
 * needed.
 *
 * @throws as `compare()`
 * @example
 * await writeReport(posterior, fit, "out/report.html");
 */
export async function writeReport(posterior: Posterior, fit: LmmFit, path: string): Promise<void> {
  await writeText(path, reportHtml(posterior, fit));
}

/** JSON text, indented by one blank, with typed arrays as arrays and non-finite numbers as words. */
export function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) => {
      if (typeof part === "number" && !Number.isFinite(part)) {
        return Number.isNaN(part) ? "NaN" : part > 0 ? "Inf" : "-Inf";
      }
      if (part instanceof Map) return [...part];
      return ArrayBuffer.isView(part) && !(part instanceof DataView)
        ? Array.from(part as Float64Array)
        : part;
    },
    1,
  );
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
