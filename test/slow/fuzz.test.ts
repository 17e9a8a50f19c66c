import { describe, expect, it } from "vitest";
import { trials } from "../fuzz/trials.ts";

/** The properties of test/fuzz/ on a million cases. */
describe.each(Object.entries(trials))("hostile and random %s", (_, list) => {
  it.each(list.map((one) => [`${one.title}, ${one.slow} cases`, one] as const))("%s", (__, { run, slow }) =>
    run(slow),
  );
});

it("a million cases and more", () => {
  const cases = Object.values(trials).flatMap((list) => list.map(({ slow }) => slow));
  expect(cases.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1_000_000);
});
