import { describe, expect, it } from "vitest";
import { monsters, timeOf } from "./formulas.ts";
import { trials } from "./trials.ts";

describe.each(Object.entries(trials))("hostile and random %s", (_, list) => {
  it.each(list.map((one) => [one.title, one] as const))("%s", (__, { run, quick }) => run(quick));
});

it("ten thousand cases and more", () => {
  const cases = Object.values(trials).flatMap((list) => list.map(({ quick }) => quick));
  expect(cases.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10_000);
});

describe("four times the text takes a reader not much more than sixteen times the work", () => {
  it.each(Object.entries(monsters))("%s", (_, monster) => {
    const shorter = (size: number): number => Math.min(timeOf(monster, size), timeOf(monster, size));
    // The labels of a/b/c/… alone are as long as the square of the formula; 150 ms pass for a pause of the machine.
    expect(shorter(9600)).toBeLessThan(32 * shorter(2400) + 150);
  });
});
