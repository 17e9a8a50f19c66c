/**
 * Errors that show where in the formula they arose.
 *
 * @module
 */

import { FormulaError, oneLine } from "../errors.ts";

/** Makes a {@link FormulaError} whose message ends with the formula and a caret under `at`. */
export function formulaError(
  code: string,
  text: string,
  at: number,
  cause: string,
  remedy: string,
): FormulaError {
  // Long formulas are shown in part, so that the caret stays near its line.
  const from = text.length > 100 ? Math.max(0, at - 50) : 0;
  const shown = Array.from(text.slice(from, from + 100));
  // One blank for what would print as nothing, as an escape or as a new line.
  const line = shown.map((c) => (c.trim() === "" || oneLine(c) !== c ? " " : c)).join("");
  const picture = `\n  ${line}\n  ${" ".repeat(at - from)}^`;
  return new FormulaError(code, cause, `${remedy}${picture}`, { formula: text, position: at });
}
