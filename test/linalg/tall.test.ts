import { describe, expect, it } from "vitest";
import { columnsOf, subtractTallInto, tallProductInto } from "../../src/linalg/tall.ts";
import { numbers, spread } from "./numbers.ts";

const ROWS = [0, 1, 255, 256, 257, 700];
const COLUMNS = [1, 2, 3, 4, 5, 8, 9];

/** n × p, columns of one flat matrix. */
function random(seed: number, n: number, p: number): Float64Array[] {
  const next = numbers(seed);
  return columnsOf(
    Float64Array.from({ length: n * p }, () => spread(next)),
    Math.max(n, 1),
  );
}

/** Sums of 256 products each, one after the other: what the kernel promises to the bit. */
function inRuns(x: Float64Array, y: Float64Array): number {
  let total = 0;
  for (let start = 0; start < x.length; start += 256) {
    let sum = 0;
    for (let i = start; i < Math.min(start + 256, x.length); i++) sum += x[i] * y[i];
    total += sum;
  }
  return total;
}

describe("tall matrices", () => {
  it("A′B has the bits of its sums by runs of rows, whatever the number of columns", () => {
    for (const n of ROWS.slice(1)) {
      for (const m of COLUMNS) {
        for (const k of COLUMNS) {
          const A = random(1, n, m);
          const B = random(2, n, k);
          const C = new Float64Array(m * k).fill(7);
          tallProductInto(C, A, B);
          for (let j = 0; j < k; j++)
            for (let i = 0; i < m; i++) expect(C[i + j * m]).toBe(inRuns(A[i], B[j]));
        }
      }
    }
  });

  it("A′A has its upper triangle", () => {
    for (const m of COLUMNS) {
      const A = random(3, 300, m);
      const C = new Float64Array(m * m);
      tallProductInto(C, A, A);
      for (let j = 0; j < m; j++) for (let i = 0; i <= j; i++) expect(C[i + j * m]).toBe(inRuns(A[i], A[j]));
    }
  });

  it("B − AC", () => {
    for (const n of ROWS.slice(1)) {
      for (const m of COLUMNS) {
        const A = random(4, n, m);
        const B = random(5, n, 3);
        const C = Float64Array.from(random(6, m, 3).flatMap((column) => [...column]));
        const before = B.map((column) => column.slice());
        subtractTallInto(B, A, C);
        B.forEach((column, j) => {
          for (let r = 0; r < n; r++) {
            let value = before[j][r];
            for (let i = 0; i < m; i++) value -= A[i][r] * C[i + j * m];
            // Nine products of numbers near 1, added in another order.
            expect(Math.abs(column[r] - value)).toBeLessThan(1e-13);
          }
        });
      }
    }
  });

  it("no rows are no sums", () => {
    const C = Float64Array.of(1);
    tallProductInto(C, [new Float64Array(0)], [new Float64Array(0)]);
    expect([...C]).toEqual([0]);
  });
});
