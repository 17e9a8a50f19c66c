/**
 * Columns of Arrow tables, by the members that Apache's implementation and flechette's (which Arquero uses) share.
 *
 * @module
 */

import { type FactorColumn, factor } from "./factor.ts";

/** A column of Arrow: typed values in batches. */
export interface ArrowColumn extends Iterable<unknown> {
  readonly type: {
    readonly typeId: number;
    readonly isOrdered?: boolean;
    readonly ordered?: boolean;
    readonly scale?: number;
  };
  readonly length: number;
  readonly nullCount: number;
  readonly data: readonly ArrowBatch[];
  toArray(): ArrayLike<unknown>;
}

interface ArrowBatch {
  readonly length: number;
  readonly nullCount: number;
  readonly values: ArrayLike<number | bigint>;
  readonly dictionary?: Iterable<unknown>;
  /** Apache's name. */
  getValid?(index: number): boolean;
  /** Flechette's name. */
  isValid?(index: number): boolean;
}

// Of Arrow's format; a dictionary is −1 in both implementations.
const INT = 2;
const FLOAT = 3;
const DECIMAL = 7;
const DATE = 8;
const TIMESTAMP = 10;
const DICTIONARY = -1;

/** Whether a value is a column of Arrow. */
export function isArrowColumn(value: unknown): value is ArrowColumn {
  if (typeof value !== "object" || value === null) return false;
  const column = value as Partial<ArrowColumn>;
  return (
    typeof column.type?.typeId === "number" &&
    Array.isArray(column.data) &&
    typeof column.toArray === "function"
  );
}

/**
 * The cells of a column of Arrow. Numbers without nulls are Arrow's own array, not a copy, where they lie in one batch;
 * text in a dictionary becomes a factor, each label decoded once. Levels are sorted as those of other text, whatever the
 * order of the dictionary, which is that of first appearance in most files; an ordered dictionary keeps its order.
 */
export function arrowCells(column: Iterable<unknown>): ArrayLike<unknown> | FactorColumn {
  if (!isArrowColumn(column)) return [...column];
  const { typeId } = column.type;
  if ((typeId === INT || typeId === FLOAT) && column.nullCount === 0) {
    const cells = column.toArray();
    // Halves come as their bits.
    if (typeId === INT || !(cells instanceof Uint16Array)) return cells;
  }
  if (typeId === DATE || typeId === TIMESTAMP)
    return Array.from(column, (cell) => (typeof cell === "number" ? new Date(cell) : cell));
  // Apache's decimals are words that know their value at a scale.
  if (typeId === DECIMAL)
    return Array.from(column, (cell) =>
      (cell as { valueOf(scale?: number): number } | null)?.valueOf(column.type.scale),
    );
  return (typeId === DICTIONARY ? dictionaryFactor(column) : undefined) ?? [...column];
}

/** The labels of a dictionary as a factor; none where its entries are not text. */
function dictionaryFactor({ type, length, data }: ArrowColumn): FactorColumn | undefined {
  const places = new Map<string, number>();
  // Batches of a stream may have dictionaries of their own.
  const known = new Map<Iterable<unknown>, readonly number[]>();
  const codes = new Int32Array(length);
  let row = 0;
  for (const batch of data) {
    const { dictionary = [] } = batch;
    let own = known.get(dictionary);
    if (own === undefined) {
      const entries = [...dictionary];
      if (!entries.every((entry) => typeof entry === "string" || entry === null)) return undefined;
      own = entries.map((entry) => {
        if (entry === null) return -1;
        if (!places.has(entry)) places.set(entry, places.size);
        return places.get(entry) as number;
      });
      known.set(dictionary, own);
    }
    for (let i = 0; i < batch.length; i++) {
      const there = batch.nullCount === 0 || (batch.getValid?.(i) ?? batch.isValid?.(i));
      codes[row++] = there ? own[Number(batch.values[i])] : -1;
    }
  }
  const labels = [...places.keys()];
  if (type.isOrdered ?? type.ordered) return { kind: "factor", levels: labels, codes, ordered: true };
  const used = new Uint8Array(labels.length);
  for (const code of codes) if (code >= 0) used[code] = 1;
  const { levels, codes: sorted } = factor(labels.map((label, place) => (used[place] === 1 ? label : null)));
  return {
    kind: "factor",
    levels,
    codes: codes.map((code) => (code < 0 ? -1 : sorted[code])),
    ordered: false,
  };
}
