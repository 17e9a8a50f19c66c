/**
 * User's text inside programs of other languages: string literals and comments that nothing can leave.
 *
 * @module
 */

import { DataError, show } from "../../errors.ts";

/** Refuses text that no CSV header or string literal carries unharmed. */
export function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name) && isWellFormed(name)) return;
  throw new DataError(
    "unsafe-name",
    `The column name ${show(name)} holds control characters or half of a character, which other programs do not read.`,
    "Rename the column.",
    { column: name },
  );
}

/** Refuses labels that string literals cannot hold. */
export function checkLabel(label: string): void {
  if (!label.includes("\u0000") && isWellFormed(label)) return;
  throw new DataError(
    "unsafe-name",
    `The label ${show(label)} holds a zero character or half of a character, which other programs do not read.`,
    "Change the label.",
    { label },
  );
}

/** Without surrogates that stand alone. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Text as a string literal of ASCII characters: quotes, backslashes and all else that is not plain are escaped. */
function literal(text: string, special: RegExp, unicode: (code: number) => string): string {
  const body = [...text].map((character) => {
    const code = character.codePointAt(0) as number;
    if (code < 0x20 || code > 0x7e) return unicode(code);
    return special.test(character) ? `\\${character}` : character;
  });
  return `"${body.join("")}"`;
}

const hex = (code: number, width: number): string => code.toString(16).padStart(width, "0");

/** A string of R. */
export function rString(text: string): string {
  // \u and \x must not be mixed in one string of R: \u alone covers all.
  return literal(text, /["\\]/, (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`));
}

/** A string of Python. */
export function pythonString(text: string): string {
  return literal(text, /["\\]/, (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`));
}

/** A string of Julia, where a dollar sign would begin code. */
export function juliaString(text: string): string {
  return literal(text, /["\\$]/, (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`));
}

/** Text on one line of a comment, in ASCII. */
export function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${hex(character.codePointAt(0) as number, 4)}}`);
}

/** A number that reads back as the same one. */
export function numberText(value: number): string {
  return String(value);
}
