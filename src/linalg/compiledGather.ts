/**
 * Long gathers between factors of one column as WebAssembly, in the same order of additions and so with the same bits
 * as the loops of `gather.ts`: 0.2 to 0.35 ns for a pair of levels in place of 0.6 to 0.9.
 *
 * @module
 */

import { GATHER_MODULE } from "./kernels/gatherModule.ts";
import { instantiate } from "./webAssembly.ts";

/** What is compiled; see `Gather` of gather.ts. */
interface ScalarGather {
  readonly rows: number;
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly values: Float64Array | null;
}

/** out −= Z_f′WZ_h b, for the gather it was made of. */
export type CompiledGather = (out: Float64Array, b: Float64Array) => void;

/** Entries from which copying effects in and products out is made up for; a memory of its own costs address space. */
const FEWEST_ENTRIES = 4000;

interface Functions {
  ones(out: number, last: number, ends: number, entry: number): void;
  scalars(out: number, last: number, ends: number, entry: number, value: number): void;
}

/**
 * Compiles a gather between factors of one column each.
 *
 * @param columns - levels of the factor whose effects are gathered
 * @param fewest - entries below which nothing is compiled; defaults to 4000
 * @returns undefined where it would not pay or cannot be had
 */
export function compiledGather(
  { rows, rowStart, column, values }: ScalarGather,
  columns: number,
  fewest: number = FEWEST_ENTRIES,
): CompiledGather | undefined {
  const entries = column.length;
  if (entries < fewest || rows === 0) return undefined;
  // Doubles first, so that all are aligned.
  const outAt = 8 * columns;
  const valuesAt = outAt + 8 * rows;
  const endsAt = valuesAt + (values === null ? 0 : 8 * entries);
  const entriesAt = endsAt + 4 * rows;
  const compiled = instantiate<Functions>(GATHER_MODULE, "gather", entriesAt + 4 * entries);
  if (compiled === undefined) return undefined;
  const { buffer, functions } = compiled;
  const effects = new Float64Array(buffer, 0, columns);
  const products = new Float64Array(buffer, outAt, rows);
  if (values !== null) new Float64Array(buffer, valuesAt, entries).set(values);
  const ends = new Int32Array(buffer, endsAt, rows);
  for (let row = 0; row < rows; row++) ends[row] = entriesAt + 4 * rowStart[row + 1];
  const addresses = new Int32Array(buffer, entriesAt, entries);
  for (let e = 0; e < entries; e++) addresses[e] = 8 * column[e];
  return (out, b) => {
    effects.set(b);
    products.set(out);
    if (values === null) functions.ones(outAt, valuesAt, endsAt, entriesAt);
    else functions.scalars(outAt, valuesAt, endsAt, entriesAt, valuesAt);
    out.set(products);
  };
}
