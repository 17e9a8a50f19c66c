/**
 * Plots as SVG text, without a browser. The only place that renders, and the only door to linkedom.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../data/format.ts";
import { checkKind, harmless } from "../errors.ts";

/** Options of {@link toSVG}. */
export interface SvgOptions {
  /** Colour behind the plot, `"none"` for nothing; defaults to `"white"`. */
  readonly background?: string;
  /** Colour of lines and text that have none of their own; defaults to `"black"`. */
  readonly color?: string;
}

const FONT = 'font-family="system-ui, sans-serif"';
const LEGEND_HEIGHT = 24;

/**
 * Renders Plot options to a standalone SVG document. Title, subtitle, caption and a categorical colour legend, which
 * Plot puts in HTML around the picture, are drawn inside it.
 *
 * @example
 * ```ts
 * writeFileSync("trace.svg", toSVG(trace(posterior)));
 * ```
 */
export function toSVG(
  options: Plot.PlotOptions,
  { background = "white", color = "black" }: SvgOptions = {},
): string {
  const remedy = "Pass what a function of blmm/plot returns, such as trace(posterior).";
  checkKind("toSVG()", options, ["marks"], "options of a plot", remedy);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const { title, subtitle, caption, ...rest } = options;
  const figure = Plot.plot({ ...rest, document: document as unknown as Document });
  const svgs = [...figure.querySelectorAll("svg")];
  // In a figure the legend of a continuous scale is a picture of its own; the plot comes last.
  const picture = figure.tagName.toLowerCase() === "svg" ? figure : svgs[svgs.length - 1];
  const width = Number(picture.getAttribute("width"));
  const height = Number(picture.getAttribute("height"));
  const lines = [
    { text: textOf(title), size: 16, weight: 600, height: 26 },
    { text: textOf(subtitle), size: 12, weight: 400, height: 20 },
  ].filter(({ text }) => text !== "");
  const parts: string[] = [];
  let top = 0;
  for (const line of lines) {
    parts.push(
      `<text x="14" y="${top + line.height - 6}" font-size="${line.size}" font-weight="${line.weight}">${escapeHtml(line.text)}</text>`,
    );
    top += line.height;
  }
  const swatches = legendOf(figure, rest);
  if (swatches.length > 0) {
    parts.push(drawLegend(swatches, top));
    top += LEGEND_HEIGHT;
  }
  const note = textOf(caption);
  const bottom = note === "" ? 0 : 22;
  if (note !== "")
    parts.push(`<text x="14" y="${top + height + 14}" font-size="11">${escapeHtml(note)}</text>`);
  const total = top + height + bottom;
  const inner = picture.outerHTML.replace(/^<svg/, `<svg x="0" y="${top}"`);
  const back =
    background === "none"
      ? ""
      : `<rect width="${width}" height="${total}" fill="${escapeHtml(background)}"/>`;
  // XML has no control characters.
  return harmless(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" ` +
      `height="${total}" viewBox="0 0 ${width} ${total}" ${FONT} color="${escapeHtml(color)}" fill="currentColor">${back}${parts.join("")}${inner}</svg>\n`,
  );
}

function textOf(part: unknown): string {
  if (part === null || part === undefined) return "";
  return typeof part === "string" ? part : ((part as Node).textContent ?? "");
}

interface Swatch {
  readonly label: string;
  readonly color: string;
}

function legendOf(figure: ReturnType<typeof Plot.plot>, { color }: Plot.PlotOptions): Swatch[] {
  if (color === undefined || !("legend" in color) || !color.legend) return [];
  const scale = figure.scale("color");
  if (scale?.domain === undefined || scale.type !== "ordinal" || !scale.apply) return [];
  return Array.from(scale.domain, (value) => ({ label: String(value), color: String(scale.apply(value)) }));
}

function drawLegend(swatches: readonly Swatch[], top: number): string {
  let x = 14;
  return swatches
    .map(({ label, color }) => {
      const at = x;
      x += 32 + 6.4 * label.length;
      return (
        `<rect x="${at}" y="${top + 8}" width="12" height="12" fill="${escapeHtml(color)}"/>` +
        `<text x="${at + 17}" y="${top + 18}" font-size="11">${escapeHtml(label)}</text>`
      );
    })
    .join("");
}
