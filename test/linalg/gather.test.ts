import { describe, expect, it } from "vitest";
import { compiledGather } from "../../src/linalg/compiledGather.ts";
import { type Gather, gatherSubtractInto } from "../../src/linalg/gather.ts";
import { numbers, spread } from "./numbers.ts";

/** Rows of 0 to 40 entries, so that every remainder of eight occurs. */
function randomGather(seed: number, rows: number, columns: number, valued: boolean) {
  const next = numbers(seed);
  const rowStart = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) rowStart[row + 1] = rowStart[row] + Math.floor(41 * next());
  const column = Int32Array.from({ length: rowStart[rows] }, () => Math.floor(columns * next()));
  const values = valued ? Float64Array.from(column, () => spread(next)) : null;
  const gather: Gather = { rows, k: 1, other: 1, rowStart, column, values };
  const b = Float64Array.from({ length: columns }, () => spread(next));
  const out = Float64Array.from({ length: rows }, () => spread(next));
  return { gather, b, out };
}

describe("a compiled gather", () => {
  it.each([
    [1, 1, 1, false],
    [2, 1, 1, true],
    [3, 300, 70, false],
    [4, 300, 70, true],
    [5, 70, 3000, false],
    [6, 70, 3000, true],
  ] as const)(
    "has the bits of the plain loops (seed %i, %i × %i, values: %s)",
    (seed, rows, columns, valued) => {
      const { gather, b, out } = randomGather(seed, rows, columns, valued);
      const compiled = compiledGather(gather, columns, 0)!;
      const theirs = out.slice();
      // Twice, the second time from what the first has left.
      for (let turn = 0; turn < 2; turn++) {
        gatherSubtractInto(theirs, gather, b);
        compiled(out, b);
        expect(out).toEqual(theirs);
      }
    },
  );

  it("is left out of short gathers", () => {
    const { gather } = randomGather(7, 20, 20, false);
    expect(compiledGather(gather, 20)).toBeUndefined();
  });
});
