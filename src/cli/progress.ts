/**
 * A line that shows on a terminal how far sampling has come.
 *
 * @module
 */

import type { Progress } from "../gibbs/run.ts";
import { now } from "../pause.ts";
import type { Output } from "./terminal.ts";

/** Milliseconds before the line appears, and between two states of it. */
const DELAY = 300;
const PAUSE = 100;
/** Characters of the bar, at most and at least. */
const BAR = { most: 30, least: 5 };

/** A line that is written over, and taken away at the end. On anything but a terminal it is silent. */
export interface ProgressLine {
  show(progress: Progress): void;
  clear(): void;
}

/** Begins a line on an output. */
export function progressLine(output: Output): ProgressLine {
  let next = now() + DELAY;
  let shown = 0;
  // Blanks and carriage returns alone, which every terminal understands.
  const write = (text: string): void => {
    output.write(`\r${text.padEnd(shown)}`);
    shown = text.length;
  };
  return {
    show(progress) {
      if (!output.isTTY || now() < next) return;
      next = now() + PAUSE;
      write(progressText(progress, output.columns || 80));
    },
    clear() {
      if (shown === 0) return;
      write("");
      output.write("\r");
    },
  };
}

/**
 * The line as text: the phase, a bar up to the next look at the diagnostics, and where they stood at the last one.
 *
 * @param columns - width of the terminal, which the text does not fill
 */
export function progressText(
  { phase, iteration, total, kept, rhat, ess }: Progress,
  columns: number,
): string {
  const share = Math.min(1, iteration / total);
  const figures = [
    `${Math.floor(100 * share)}%`.padStart(4),
    ...(kept > 0 ? [`${kept} draws per chain`] : []),
    ...(rhat === undefined || ess === undefined
      ? []
      : [`R-hat ${rhat.toFixed(3)}`, `ESS ${Math.floor(ess)}`]),
  ].join("  ");
  const head = phase.padEnd("sampling".length);
  const room = Math.min(BAR.most, columns - 1 - head.length - figures.length - " [] ".length);
  const done = Math.round(share * room);
  const bar = room < BAR.least ? " " : ` [${"#".repeat(done)}${"-".repeat(room - done)}] `;
  return `${head}${bar}${figures}`.slice(0, columns - 1);
}
