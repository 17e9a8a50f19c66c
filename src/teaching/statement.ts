/**
 * A statement: prose and equations, laid out as text or LaTeX.
 *
 * @module
 */

import type { Pen } from "./pen.ts";

/** `left relation sum of terms`. */
export interface Equation {
  readonly left: string;
  readonly relation: "=" | "~" | "∝";
  /** Joined by plus signs, over several lines where they are long. */
  readonly terms: readonly string[];
  /** Said behind it. */
  readonly note?: string;
}

/** A paragraph, or equations under each other. */
export type Block = string | readonly Equation[];

/** Equation with a single term on the right. */
export function equation(
  left: string,
  relation: Equation["relation"],
  right: string,
  note?: string,
): Equation {
  return note === undefined ? { left, relation, terms: [right] } : { left, relation, terms: [right], note };
}

const WIDTH = 100;
/** Characters of LaTeX's source in a line of a sum; half of them are commands. */
const LATEX_WIDTH = 130;

/** A blank in prose at which no line ends. */
export const TOGETHER = "\u00a0";

/** The whole statement as text, and its displayed equations one by one. */
export function layOut(blocks: readonly Block[], pen: Pen): { text: string; equations: string[] } {
  const equations: string[] = [];
  const parts = blocks.map((block) => {
    if (typeof block === "string")
      return pen.format === "text" ? wrapped(block) : block.replaceAll(TOGETHER, " ");
    if (pen.format === "text") {
      const lines = block.map(textLine);
      equations.push(...lines.map((line) => line.trim()));
      return lines.join("\n");
    }
    const display = `\\begin{aligned}\n${block.map(latexLine).join(" \\\\\n")}\n\\end{aligned}`;
    equations.push(display);
    return `\\[\n${display}\n\\]`;
  });
  return { text: parts.join(pen.format === "text" ? "\n" : "\n\n"), equations };
}

function textLine({ left, relation, terms, note }: Equation): string {
  const head = `  ${left} ${relation} `;
  const indent = " ".repeat([...head].length - 2);
  const lines = broken(terms, WIDTH - [...head].length);
  const text = head + lines.map((line, i) => (i === 0 ? line : `\n${indent}+ ${line}`)).join("");
  if (note === undefined) return text;
  const fits = [...text].length + [...note].length + 5 <= WIDTH;
  return fits ? `${text}   (${note})` : `${text}\n${" ".repeat([...head].length)}(${note})`;
}

function latexLine({ left, relation, terms, note }: Equation): string {
  const sign = relation === "=" ? "=" : relation === "~" ? "\\sim" : "\\propto";
  const lines = broken(terms, LATEX_WIDTH);
  const text = `${left} &${sign} ${lines.join(" \\\\\n&\\quad + ")}`;
  return note === undefined ? text : `${text} \\qquad \\text{(${note})}`;
}

/** Terms joined by plus signs, in lines of at most so many characters. */
function broken(terms: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const term of terms) {
    const last = lines.length - 1;
    if (last >= 0 && [...lines[last]].length + [...term].length + 3 <= width) lines[last] += ` + ${term}`;
    else lines.push(term);
  }
  return lines;
}

/** Prose in lines of at most so many characters, those after the first of a list item indented. */
function wrapped(text: string): string {
  const indent = /^(?: *(?:\d+\.|-) )?/.exec(text)?.[0].length ?? 0;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (last >= 0 && [...lines[last]].length + 1 + [...word].length <= WIDTH) lines[last] += ` ${word}`;
    else lines.push(last < 0 ? word : " ".repeat(indent) + word);
  }
  return lines.join("\n").replaceAll(TOGETHER, " ");
}
