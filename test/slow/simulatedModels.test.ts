import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nextUniform, seededState } from "../../src/random/bits.ts";
import { reml } from "../../src/reml/fit.ts";
import { COUNT, type SimulatedModel, simulatedModels } from "./simulatedModels.ts";

/** lme4's answers for the first models; see test/golden/generate/simulatedModels.R. */
const { fits }: { fits: readonly { seed: number; rows: number; checksum: number; criterion: number }[] } =
  JSON.parse(readFileSync(new URL("../golden/simulatedModels.json", import.meta.url), "utf8"));

/** What the two programs may differ by; a criterion is good to some 1e-10. */
const SAME = 1e-6;

const models = simulatedModels();
const name = ({ seed, formula, model }: SimulatedModel): string => `${seed}: ${formula}, ${model.n} rows`;

/** θ with a diagonal up to 2 and the rest within ±1, in the units of the data. */
function randomStart({ seed, model }: SimulatedModel, attempt: number): number[] {
  const bits = seededState(1000 * seed + attempt);
  return model.random.flatMap(({ columns: { length: k } }) =>
    Array.from({ length: k }, (_, j) =>
      Array.from({ length: k - j }, (_, i) => (i === 0 ? 2 * nextUniform(bits) : 2 * nextUniform(bits) - 1)),
    ).flat(),
  );
}

describe(`${COUNT} random models`, () => {
  it("settle without exception, and so does no warning but singular-fit appear", () => {
    const alarmed = models.filter(({ model }) => {
      const { convergence, warnings } = reml(model);
      return !convergence.ok || warnings.some(({ code }) => code === "not-settled");
    });
    expect(models).toHaveLength(COUNT);
    expect(alarmed.map(name)).toEqual([]);
  });

  it(`${fits.length} of them are not above lme4's criterion`, () => {
    const above = fits.flatMap(({ seed, rows, checksum, criterion }) => {
      const simulated = models.find((one) => one.seed === seed)!;
      const { model, data } = simulated;
      expect(model.n).toBe(rows);
      const sum = (data["y"] as readonly number[]).reduce((a, b) => a + b, 0);
      // The peer added the same numbers up in longer words.
      expect(Math.abs(sum - checksum)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(sum)) * rows);
      const excess = reml(model).criterion - criterion;
      return excess > SAME ? [`${name(simulated)}: ${excess}`] : [];
    });
    expect(above).toEqual([]);
  });

  it("the others are not above what five other starts reach", () => {
    const above = models
      .filter(({ seed }) => !fits.some((fit) => fit.seed === seed))
      .flatMap((simulated) => {
        const { criterion } = reml(simulated.model);
        const others = Array.from(
          { length: 5 },
          (_, attempt) => reml(simulated.model, { start: randomStart(simulated, attempt) }).criterion,
        );
        const excess = criterion - Math.min(...others);
        return excess > SAME ? [`${name(simulated)}: ${excess}`] : [];
      });
    expect(above).toEqual([]);
  });
});
