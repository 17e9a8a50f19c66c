/**
 * Numbers as R prints them, tables as text and as HTML, and how values show themselves in consoles and notebooks.
 *
 * @module
 */

import { harmless, oneLine } from "../errors.ts";

/** How {@link formatNumbers} rounds: to significant digits of a whole column, or to decimals. */
export interface NumberFormat {
  /** Significant digits, as R's `digits`: the column gets the fewest decimals that show them all; defaults to 7. */
  readonly digits?: number;
  /** Digits after the point, the same for every number; wins over `digits`. */
  readonly decimals?: number;
}

/**
 * Formats a column of numbers with common decimals. R: `format(x, digits)`, or `formatC(x, decimals, format = "f")`.
 *
 * With `digits` the column is fixed unless that is wider than scientific notation, as in R. Missing values print as
 * `NaN`, infinite ones as `Inf` and `-Inf`. The texts are not padded.
 *
 * @example
 * ```ts
 * formatNumbers([251.405, 10.467], { digits: 4 });    // ["251.41", "10.47"]
 * ```
 */
export function formatNumbers(
  values: ArrayLike<number>,
  { digits = 7, decimals }: NumberFormat = {},
): string[] {
  const list = Array.from(values);
  if (decimals !== undefined) return list.map((value) => fixed(value, decimals));
  const places = list.filter(Number.isFinite).map((value) => placesOf(value, digits));
  const behind = most(places.map(({ significant, exponent }) => Math.max(0, significant - exponent - 1)));
  const before = most(places.map(({ exponent }) => Math.max(1, exponent + 1)));
  const mantissa = most(places.map(({ significant }) => significant)) - 1;
  const exponentDigits = most(places.map(({ exponent }) => (Math.abs(exponent) >= 100 ? 3 : 2)));
  const fixedWidth = before + (behind > 0 ? behind + 1 : 0);
  const scientificWidth = 1 + (mantissa > 0 ? mantissa + 1 : 0) + 2 + exponentDigits;
  if (fixedWidth <= scientificWidth) return list.map((value) => fixed(value, behind));
  return list.map((value) => scientific(value, Math.max(0, mantissa), exponentDigits));
}

/** One number with so many digits after the point; −0 prints as 0. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return special(value);
  const text = value.toFixed(Math.min(100, decimals));
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}

/** One number to so many significant digits, trailing zeros dropped. R: `format(x, digits)` of a single number. */
export function significant(value: number, digits = 7): string {
  return formatNumbers([value], { digits })[0];
}

/**
 * Formats p-values to `digits` significant digits each; below 2.2e-16 they print as `<2e-16`. R: `format.pval`.
 *
 * @param digits defaults to 3.
 */
export function formatPValue(p: number, digits = 3): string {
  if (Number.isNaN(p)) return "NaN";
  return p < Number.EPSILON ? "<2e-16" : significant(p, digits);
}

/** R's stars: `***` below 0.001, `**` below 0.01, `*` below 0.05, `.` below 0.1. */
export function stars(p: number): string {
  if (p < 0.001) return "***";
  if (p < 0.01) return "**";
  if (p < 0.05) return "*";
  return p < 0.1 ? "." : "";
}

function placesOf(value: number, digits: number): { significant: number; exponent: number } {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const kept = mantissa.replace(/^-/, "").replace(".", "").replace(/0+$/, "").length;
  return { significant: Math.max(1, kept), exponent: Number(exponent) };
}

function scientific(value: number, mantissa: number, exponentDigits: number): string {
  if (!Number.isFinite(value)) return special(value);
  const [head, exponent] = value.toExponential(mantissa).split("e");
  return `${head}e${exponent[0]}${exponent.slice(1).padStart(exponentDigits, "0")}`;
}

function special(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Inf" : "-Inf";
}

function most(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}

/** A value with as many decimals as two digits of its spread need; a dash where it is not finite. */
export function withSpread(value: number, spread: number): string {
  if (!Number.isFinite(value)) return "–";
  const decimals = spread > 0 ? Math.max(0, 1 - Math.floor(Math.log10(spread))) : 13;
  return decimals > 12 ? significant(value, 4) : fixed(value, decimals);
}

/** A column of texts under a heading. */
export interface PrintedColumn {
  readonly header: string;
  readonly cells: readonly string[];
  /** Defaults to `"right"`. */
  readonly align?: "left" | "right";
}

/** A column of numbers, formatted together. */
export function numberColumn(
  header: string,
  values: ArrayLike<number>,
  format: NumberFormat = {},
): PrintedColumn {
  return { header, cells: formatNumbers(values, format) };
}

/** A left-aligned column of words. */
export function wordColumn(header: string, cells: readonly string[]): PrintedColumn {
  return { header, cells, align: "left" };
}

/**
 * A table in fixed-width text, one line per row under the headings, without a newline at the end.
 * Line breaks and other control characters in cells are shown by their escapes, so that a row stays a line.
 *
 * @param options.indent text before each line; defaults to none.
 * @param options.gap text between columns; defaults to one blank.
 */
export function textTable(
  columns: readonly PrintedColumn[],
  options: { readonly indent?: string; readonly gap?: string } = {},
): string {
  const { indent = "", gap = " " } = options;
  const padded = columns.map(({ header, cells, align }) => {
    const texts = [header, ...cells].map(oneLine);
    const width = most(texts.map(widthOf));
    return texts.map((text) => {
      const blanks = " ".repeat(width - widthOf(text));
      return align === "left" ? text + blanks : blanks + text;
    });
  });
  const lines = (padded[0] ?? []).map((_, row) => indent + padded.map((texts) => texts[row]).join(gap));
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** Width in characters a terminal shows: code points, without combining marks. */
function widthOf(text: string): number {
  return [...text.replace(/\p{M}/gu, "")].length;
}

/** The same columns as an HTML table, every text escaped. */
export function htmlTable(columns: readonly PrintedColumn[], caption?: string): string {
  const rows = most(columns.map((column) => column.cells.length));
  const side = ({ align = "right" }: PrintedColumn): string => ` style="text-align:${align}"`;
  const head = columns.map((column) => `<th${side(column)}>${escapeHtml(column.header)}</th>`).join("");
  const body = Array.from({ length: rows }, (_, row) => {
    const cells = columns.map((column) => `<td${side(column)}>${escapeHtml(column.cells[row] ?? "")}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  const title = caption === undefined ? "" : `<caption>${escapeHtml(caption)}</caption>`;
  return `<table>${title}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Text for HTML content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character);
}

/**
 * Lets a value show itself: `String(value)` is `text()`, `console.log` in Node, Deno and Bun prints it, and a Jupyter
 * notebook shows `html()`. No terminal obeys the text. The hooks are not enumerable. Returns the same value; a class calls
 * it in its constructor.
 *
 * @param html defaults to the text in `<pre>`.
 */
export function showAs<T extends object>(value: T, text: () => string, html?: () => string): T {
  const shown = (): string => harmless(text());
  const bundle = (): Record<string, string> => ({
    "text/plain": shown(),
    "text/html": html?.() ?? `<pre>${escapeHtml(shown())}</pre>`,
  });
  return Object.defineProperties(value, {
    toString: { value: shown, configurable: true },
    [Symbol.for("nodejs.util.inspect.custom")]: { value: shown, configurable: true },
    [Symbol.for("Jupyter.display")]: { value: bundle, configurable: true },
  });
}
