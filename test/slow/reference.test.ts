import { describe, expect, it } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { beyond, CASES, DATA, type Deviation, deviations, golden, SAMPLED } from "../gibbs/references.ts";
import { readShared, sharedFiles } from "../shared.ts";

const music = sharedFiles("reference/posterior/music-iw.json", "data/music.csv");

const everything: Deviation[] = [];

/* Long runs: every figure of every reference posterior, by the whole rule. */
describe.each([
  ["collapsed", 60000],
  ["crossed", 60000],
  ["blocked", 30000],
  ["full-conditionals", 80000],
] as const)("long runs by the %s scheme against JAGS and quadrature", (scheme, draws) => {
  it("lie within 2 Monte Carlo errors for 93% of all figures, beyond 5 never", () => {
    const pooled: Deviation[] = [];
    let skipped = 0;
    // A seed of its own for each case: near-independent samplers turn the same normals into the same errors of β.
    const cases = [...CASES, ...SAMPLED].map((id, i) => {
      const reference = golden(id);
      return { reference, table: DATA[reference.data], seed: 12 + i + (i < CASES.length ? 0 : 1) };
    });
    if (music.available) {
      const reference = JSON.parse(readShared("reference/posterior/music-iw.json"));
      cases.push({ reference, table: parseCsv(readShared("data/music.csv")), seed: 12 + CASES.length });
    }
    for (const { reference, table, seed } of cases) {
      const found = deviations(reference, table, { scheme, draws, seed });
      pooled.push(...found.all);
      skipped += found.skipped;
    }
    const within = 1 - beyond(pooled, 2).length / pooled.length;
    console.info(
      `${scheme}, 4 × ${draws}: ${pooled.length} figures (${skipped} left out for ESS below 400), ` +
        `${(100 * within).toFixed(1)}% within 2, ${beyond(pooled, 3).length} beyond 3, ${beyond(pooled, 4).length} beyond 4`,
    );
    expect(beyond(pooled, 5)).toEqual([]);
    expect(within).toBeGreaterThanOrEqual(0.93);
    everything.push(...pooled);
  });
});

// Of all schemes together: where a reference is off by two of its own errors, as that of the slope of subject 369 is under
// Huang–Wand, it is so for every scheme, and one of them needs but two more. A single scheme has too few figures for a
// share of 2 in 10 000.
it("long runs lie beyond 4 Monte Carlo errors for at most 2 in 10 000 figures", () => {
  expect(everything.length).toBeGreaterThan(0);
  const far = beyond(everything, 4);
  expect(far.length, JSON.stringify(far)).toBeLessThanOrEqual((2 * everything.length) / 10000);
});
