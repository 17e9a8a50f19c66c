import { describe, expect, it } from "vitest";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { modelOfSums, sumsOf } from "../../src/model/sums.ts";
import { lmmFromSums, sums } from "../../src/model/takeSums.ts";
import { cases } from "./parts.ts";

describe("the sums of a model", () => {
  for (const [formula, rows, options] of cases) {
    it(`make the same model: ${formula}`, () => {
      const model = lmm(formula, rows, options);
      const plain = structuredClone(sumsOf(model));
      const back = modelOfSums(plain);
      const { student: own, ...cross } = model.crossProducts;
      const { student: other, ...same } = back.crossProducts;
      expect(same).toEqual(cross);
      expect(back.warnings).toEqual(model.warnings);
      expect(String(back)).toBe(String(model));
      expect(sumsOf(back)).toBe(plain);
      expect(lmmFromSums(sums(model)).crossProducts).toEqual(back.crossProducts);
      const [a, b] = [model, back].map((one) =>
        gibbsSync(one, { seed: 1, chains: 1, warmup: 50, draws: 20 }),
      );
      expect(b.draws.values).toEqual(a.draws.values);
    });
  }
});
