/**
 * A column of CSV text as it is read, cell after cell.
 *
 * @module
 */

import { type Column, isPlainNumber } from "./table.ts";

const NON_FINITE = new Map([
  ["Inf", Infinity],
  ["+Inf", Infinity],
  ["-Inf", -Infinity],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

const TRUTH = [
  ["TRUE", "FALSE"],
  ["true", "false"],
  ["T", "F"],
];

/** Different labels of a column up to which each is kept once; beyond, sharing would cost more than it saves. */
const MOST_SHARED = 1 << 20;

/** Cells of one column: numbers until a cell says otherwise, labels from then on. */
export class CsvColumn {
  /** Whether numbers were given up on the way: the column holds labels, and the first of them are lost. */
  mistaken = false;
  #numbers: Float64Array | null;
  #hasNumbers = false;
  #cells: (string | null)[] = [];
  readonly #shared = new Map<string, string>();

  /** @param labels - whether the column is known to hold labels */
  constructor(labels: boolean) {
    this.#numbers = labels ? null : new Float64Array(16);
  }

  get isNumeric(): boolean {
    return this.#numbers !== null;
  }

  /** Takes the cell of the next row. */
  set(row: number, raw: string): void {
    const text = raw.trim();
    const missing = text === "" || text === "NA" || text === "NaN";
    if (this.#numbers !== null) {
      const amount = missing ? Number.NaN : amountOf(text);
      if (amount !== undefined) {
        this.#hasNumbers ||= !missing;
        if (row === this.#numbers.length) this.#numbers = longer(this.#numbers);
        this.#numbers[row] = amount;
        return;
      }
      this.#numbers = null;
      this.mistaken = this.#hasNumbers;
      this.#cells = new Array<null>(row).fill(null);
    }
    if (!this.mistaken) this.#cells.push(missing ? null : this.#share(text));
  }

  /** The column, of as many rows as were set. */
  finish(rows: number): Column {
    if (this.#numbers !== null) return { kind: "number", values: this.#numbers.slice(0, rows) };
    const labels = [...this.#shared.keys()];
    for (const [yes, no] of TRUTH) {
      const only = labels.every((label) => label === yes || label === no);
      // A lone "T" is more likely a label than a truth value.
      if (only && (yes !== "T" || labels.length === 2))
        return { kind: "boolean", values: this.#cells.map((cell) => (cell === null ? null : cell === yes)) };
    }
    return { kind: "text", values: this.#cells };
  }

  #share(text: string): string {
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    if (this.#shared.size < MOST_SHARED) this.#shared.set(text, text);
    return text;
  }
}

/** The number a cell stands for; none for labels, among which are numbers that lose digits. */
function amountOf(text: string): number | undefined {
  if (!isPlainNumber(text)) return NON_FINITE.get(text);
  const value = Number(text);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER || /\D/.test(text.slice(1)) ? value : undefined;
}

function longer(values: Float64Array): Float64Array {
  const copy = new Float64Array(2 * values.length);
  copy.set(values);
  return copy;
}
