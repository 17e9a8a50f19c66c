/** Many comparisons, one verdict: what lies outside its tolerance is listed by name. */

import { expect } from "vitest";
import { recordFigure } from "../accuracy.ts";

/** Collects comparisons; `settle` fails when one of them does. */
export class Margins {
  readonly #failures: string[] = [];
  #count = 0;

  /** |actual − expected| ≤ tolerance · scale. */
  near(what: string, actual: number | undefined, expected: number, scale: number, tolerance: number): void {
    this.#count++;
    recordFigure(what, actual, expected, scale);
    const off = Math.abs((actual ?? Number.NaN) - expected);
    if (off <= tolerance * scale) return;
    this.#failures.push(`${what}: ${actual}, expected ${expected}, off by ${off / scale} of ${scale}`);
  }

  /** Entries by name, each with its own scale; missing and extra names fail. */
  nearByName(
    what: string,
    actual: ReadonlyMap<string, number>,
    expected: ReadonlyMap<string, number>,
    scale: (name: string) => number,
    tolerance: number,
  ): void {
    expect([...actual.keys()].sort(), what).toEqual([...expected.keys()].sort());
    for (const [name, value] of expected) {
      this.near(`${what} ${name}`, actual.get(name), value, scale(name), tolerance);
    }
  }

  /** Fails with the list of what lies outside, and when nothing was compared at all. */
  settle(): void {
    expect(this.#failures).toEqual([]);
    expect(this.#count).toBeGreaterThan(0);
  }
}
