/**
 * `blmm/node`: files. Data from CSV, JSON, Arrow and Parquet; draws, comparisons and plots to CSV, JSON and SVG, reports to HTML;
 * fits and posteriors to and from saves.
 *
 * @module
 */

import type { PlotOptions } from "@observablehq/plot";
import type { Posterior } from "../gibbs/posterior.ts";
import type { Draws } from "../posterior/draws.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { load, save } from "../save.ts";
import { drawsToCsv } from "./drawsCsv.ts";
import { contentOf, writeContent } from "./files.ts";
import { toJson } from "./json.ts";
import { reportHtml } from "./report.ts";
import { toSVG } from "./svg.ts";

export {
  drawsFromArrow,
  drawsFromCsv,
  drawsFromStanCsv,
  drawsToArrow,
  drawsToCsv,
  drawsToStanCsv,
  fromInferenceData,
  toInferenceData,
} from "./formats.ts";
export { toJson } from "./json.ts";
export { readTable } from "./readTable.ts";
export { reportHtml } from "./report.ts";
export { type SvgOptions, toSVG } from "./svg.ts";

/** Writes draws as CSV, one line per draw ({@link drawsToCsv}); folders are made as needed. @throws `no-access` */
export async function writeDrawsCsv(path: string, draws: Draws): Promise<void> {
  await writeContent(path, drawsToCsv(draws));
}

/** Writes a value as indented JSON; NaN and infinite numbers become `"NaN"`, `"Inf"`, `"-Inf"`. @throws `no-access` */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeContent(path, `${toJson(value)}\n`);
}

/** Renders a plot to a file ({@link toSVG}). @throws `no-access` */
export async function writeSVG(path: string, options: PlotOptions): Promise<void> {
  await writeContent(path, toSVG(options));
}

/**
 * Writes a report on a model as one HTML page that needs nothing from outside ({@link reportHtml}); folders are made as
 * needed.
 *
 * @throws `no-access`; and as `compare()`
 * @example
 * await writeReport(posterior, fit, "out/report.html");
 */
export async function writeReport(posterior: Posterior, fit: LmmFit, path: string): Promise<void> {
  await writeContent(path, reportHtml(posterior, fit));
}

/**
 * Writes a fit or a posterior with all that it needs to go on without the data ({@link save}); folders are made as needed.
 * R: `saveRDS`.
 *
 * @throws `no-access`; and as `save()`
 * @example
 * await writeSave("out/sleep.blmm", posterior);
 */
export async function writeSave(path: string, result: LmmFit | Posterior): Promise<void> {
  await writeContent(path, save(result));
}

/**
 * Reads back what {@link writeSave} wrote, or `save()` ({@link load}). R: `readRDS`.
 *
 * @throws `no-such-file`; and as `load()`
 * @example
 * const posterior = await readSave("out/sleep.blmm");
 */
export async function readSave(path: string | URL): Promise<LmmFit | Posterior> {
  return load(await contentOf(path));
}
