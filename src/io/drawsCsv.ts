/**
 * Draws as CSV text.
 *
 * @module
 */

import type { Draws } from "../posterior/draws.ts";

/**
 * One line per draw: `chain`, `iteration`, `draw` (all from 0), then the variables, with the fewest digits that read
 * back to the same double. NaN is written `NaN`, infinities `Inf` and `-Inf`, which R reads as such.
 */
export function drawsToCsv(draws: Draws): string {
  const header = ["chain", "iteration", "draw", ...draws.variables].map(cell).join(",");
  const columns = draws.variables.map((name) => draws.get(name));
  const lines = Array.from({ length: draws.size }, (_, draw) => {
    const place = `${Math.floor(draw / draws.iterations)},${draw % draws.iterations},${draw}`;
    return columns.reduce((line, values) => `${line},${numberText(values[draw])}`, place);
  });
  return `${[header, ...lines].join("\n")}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
