/**
 * Formula text to tokens, each with its position.
 *
 * @module
 */

import { formulaError } from "./fault.ts";

/** A piece of formula text. */
export type Token =
  | {
      readonly kind: "number";
      readonly text: string;
      readonly at: number;
      readonly end: number;
      readonly value: number;
    }
  | {
      readonly kind: "name";
      readonly text: string;
      readonly at: number;
      readonly end: number;
      readonly name: string;
      /** Whether the name was written in back-quotes. */
      readonly quoted: boolean;
    }
  | { readonly kind: "operator" | "end"; readonly text: string; readonly at: number; readonly end: number };

const BLANK = /\s+/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?/uy;
const NAME = /(?:[\p{L}_]|\.(?!\p{Nd}))[\p{L}\p{M}\p{N}_.]*/uy;
const OPERATOR = /\|\||\*\*|%in%|[~+\-*/^:|(),=]/uy;
const LONGEST = 10_000;
const COMPARISON = /[<>]=?|[=!]=/uy;

/** What typesetting makes of operators, and what to write. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map([
  ["−", "-"],
  ["–", "-"],
  ["∼", "~"],
  ["˜", "~"],
  ["×", "*"],
  ["∗", "*"],
]);

/**
 * Cuts formula text into tokens; the last one is of kind `"end"`.
 *
 * @throws {FormulaError} `formula-syntax`
 */
export function tokenize(text: string): Token[] {
  const fault = (at: number, cause: string, remedy: string): never => {
    throw formulaError(
      "formula-syntax",
      text,
      at,
      `Cannot read the formula at position ${at}: ${cause}.`,
      remedy,
    );
  };
  if (text.length > LONGEST) fault(0, `it has more than ${LONGEST} characters`, "Write a shorter one.");
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const blank = match(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const comparison = match(COMPARISON);
    if (comparison !== undefined)
      fault(at, `"${comparison}" is not computed here`, "Make it a column of true and false beforehand.");
    const number = match(NUMBER);
    const name = number === undefined ? match(NAME) : undefined;
    const operator = name === undefined ? match(OPERATOR) : undefined;
    if (number !== undefined) {
      const end = at + number.length;
      const value = Number(number.replace("L", ""));
      if (value === Infinity) fault(at, `${number} is too large for a number`, "Write a smaller one.");
      tokens.push({ kind: "number", text: number, at, end, value });
      at = end;
    } else if (name !== undefined) {
      const end = at + name.length;
      tokens.push({ kind: "name", text: name, at, end, name, quoted: false });
      at = end;
    } else if (operator !== undefined) {
      const end = at + operator.length;
      tokens.push({ kind: "operator", text: operator === "**" ? "^" : operator, at, end });
      at = end;
    } else if (text[at] === "`") {
      const { quotedName, end } = quoted(text, at);
      if (end < 0) fault(at, "this back-quote is never closed", "Add the closing back-quote.");
      if (quotedName === "")
        fault(at, "a name of no characters", "Write the column's name between the back-quotes.");
      tokens.push({ kind: "name", text: text.slice(at, end), at, end, name: quotedName, quoted: true });
      at = end;
    } else if (text[at] === '"' || text[at] === "'") {
      const levels = "Levels are an option of lmm().";
      fault(at, "text in quotation marks", `Put column names in back-quotes, like \`my column\`. ${levels}`);
    } else {
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      const plain = LOOKALIKES.get(character);
      const named = "If it is part of a column's name, put the name in back-quotes.";
      fault(
        at,
        `"${character}" has no meaning here`,
        plain === undefined ? named : `Write ${plain} for it. ${named}`,
      );
    }
  }
  tokens.push({ kind: "end", text: "", at: text.length, end: text.length });
  return tokens;
}

function quoted(text: string, start: number): { quotedName: string; end: number } {
  let quotedName = "";
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "`") return { quotedName, end: i + 1 };
    if (text[i] === "\\" && (text[i + 1] === "`" || text[i + 1] === "\\")) i++;
    quotedName += text[i];
  }
  return { quotedName, end: -1 };
}
