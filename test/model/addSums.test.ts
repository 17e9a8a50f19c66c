import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factor } from "../../src/data/factor.ts";
import type { TableLike } from "../../src/data/table.ts";
import { cake, oats, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { lmmFromSums, type SumsOptions, sums } from "../../src/model/takeSums.ts";
import { reml } from "../../src/reml/fit.ts";
import { cases, expectSame, ROUNDING, type Row, rowsOf, split, total } from "./parts.ts";

describe("adding", () => {
  for (const [formula, rows, options] of cases) {
    const groups = formula
      .match(/\| (\w+)/g)
      ?.at(0)
      ?.slice(2) as string;
    it(`shards, ends and single rows is taking all at once: ${formula}`, () => {
      const whole = lmm(formula, rows, options);
      const ways = {
        [`by ${groups}`]: split(rows, (row) => row[groups]),
        "in three runs": split(rows, (_, i) => Math.floor((3 * i) / rows.length)),
        "row by row": rows
          .slice(0, 30)
          .map((row) => [row])
          .concat([rows.slice(30) as Row[]]),
      };
      for (const [way, parts] of Object.entries(ways)) {
        const model = lmmFromSums(
          total(
            formula,
            parts.filter((part) => part.length > 0),
            options,
          ),
        );
        expectSame(model, whole);
        expect([way, model.n, model.inputRows]).toEqual([way, whole.n, whole.inputRows]);
        expect(model.warnings.map(({ code }) => code)).toEqual(whole.warnings.map(({ code }) => code));
      }
    });
  }

  it("gives the same estimates and the same draws", () => {
    for (const [formula, rows, options] of [0, 2, 8, 9].map((i) => cases[i])) {
      const whole = lmm(formula, rows, options);
      const own = lmmFromSums(
        total(
          formula,
          split(rows, (_, i) => i % 4),
          options,
        ),
      );
      if (options?.effects === undefined) {
        // The optimum is found to 1e-6 of a standard error, where the criterion is flat to 1e-12.
        expect(Math.abs(reml(own).criterion - reml(whole).criterion)).toBeLessThan(1e-8);
      }
      const [a, b] = [whole, own].map((one) => gibbsSync(one, { seed: 3, chains: 1, warmup: 50, draws: 20 }));
      // Rounding of 1e-13 in the sums, as the chain passes it on.
      a.draws.values.forEach((value, i) => {
        expect(Math.abs(b.draws.values[i] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
      });
    }
  });

  it("does not depend on the order, for any partition of the rows", () => {
    const formula = "yield ~ nitrogen * variety + (1 + nitrogen | block)";
    const rows = rowsOf(oats);
    const whole = sums(formula, rows);
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: rows.length, maxLength: rows.length }),
        fc.boolean(),
        (to, reversed) => {
          const parts = split(rows, (_, i) => to[i]);
          const own = total(formula, reversed ? parts.reverse() : parts);
          expectSame(lmmFromSums(own), lmmFromSums(whole));
        },
      ),
      { seed: 7, numRuns: 12 },
    );
  });

  it("keeps the digits where sites have means a million times their spread", () => {
    const rows = rowsOf(sleepstudy).map((row, i) => ({
      ...row,
      Days: 1e6 + 100 * (i % 3) + Number(row.Days),
      Reaction: 1e6 * (1 + (i % 3)) + Number(row.Reaction),
      site: `s${i % 3}`,
    }));
    const formula = "Reaction ~ site + Days + (1 | Subject)";
    const whole = lmm(formula, rows);
    const own = lmmFromSums(
      total(
        formula,
        split(rows, (row) => row.site),
      ),
    );
    // 2⁻⁵² of 3e6, the last digit of the data, over a spread of 50.
    expectSame(own, whole, 1e-10);
    expect(reml(own).sigma / reml(whole).sigma - 1).toBeLessThan(1e-9);
  });

  it("unites levels that no source has all of", () => {
    const rows = rowsOf(cake).filter((_, i) => i % 3 > 0);
    const formula = "angle ~ recipe * temperature + (1 | recipe:replicate)";
    const parts = split(rows, (row) => `${row.recipe} ${row.temperature}`);
    for (const contrasts of ["treatment", "sum", "helmert", "poly"] as const) {
      const options = { contrasts: { recipe: contrasts } };
      const text = rows.map((row) => ({ ...row, temperature: `t${row.temperature}` }));
      const pieces = parts.map((part) => part.map((row) => ({ ...row, temperature: `t${row.temperature}` })));
      expectSame(lmmFromSums(total(formula, pieces.reverse(), options)), lmm(formula, text, options));
    }
  });

  it("unites levels of random columns, of terms apart too", () => {
    const rows = rowsOf(oats);
    for (const term of ["(0 + variety | block)", "(variety | block)", "(variety || block)"]) {
      const formula = `yield ~ 1 + ${term}`;
      const weights = rows.map((row, i) => ({ ...row, w: 1 + (i % 3) }));
      const own = lmmFromSums(
        total(
          formula,
          split(weights, (row) => row.variety),
          { weights: "w" },
        ),
      );
      const whole = lmm(formula, weights, { weights: "w" });
      expectSame(own, whole);
      own.summaries.terms.forEach(({ rms, levelsSeen }, t) => {
        expect(levelsSeen).toEqual(whole.summaries.terms[t].levelsSeen);
        rms.forEach((value, c) => {
          expect(value).toBeCloseTo(whole.summaries.terms[t].rms[c], 12);
        });
      });
    }
  });

  it("takes levels in the order given, whichever of them a source has", () => {
    const rows = rowsOf(oats);
    const options = { levels: { variety: ["Victory", "Golden.rain", "Marvellous"] } };
    const formula = "yield ~ variety + (1 | block)";
    const own = lmmFromSums(
      total(
        formula,
        split(rows, (row) => row.variety),
        options,
      ),
    );
    expectSame(own, lmm(formula, rows, options));
    expect(own.fixed.names[1]).toBe("varietyGolden.rain");
  });

  it("takes sources of which no predictor says anything", () => {
    const rows = rowsOf(sleepstudy);
    const formula = "Reaction ~ 0 + Days + (1 | Subject)";
    const zero = (row: Row): boolean => row.Days === 0;
    const own = total(formula, [
      ...split(rows.filter(zero), (row) => row.Subject),
      rows.filter((row) => !zero(row)),
    ]);
    expectSame(lmmFromSums(own), lmm(formula, rows));
    expect(sums(formula, rows.filter(zero)).data.products.q).toBe(1);
  });

  it("orders strata as rows do", () => {
    const rows = rowsOf(sleepstudy).map((row, i) => ({ ...row, s: [5, 10, 100][i % 3] }));
    const formula = "Reaction ~ Days + (1 | Subject)";
    const own = lmmFromSums(total(formula, split(rows, (row) => row.s).reverse(), { sigmaBy: "s" }));
    expect(own.strata?.levels).toEqual(["5", "10", "100"]);
    expectSame(own, lmm(formula, rows, { sigmaBy: "s" }));
    const whole = lmm(formula, rows, { sigmaBy: "s" }).crossProducts.strata;
    expect(own.crossProducts.strata?.counts).toEqual(whole?.counts);
    whole?.systems.forEach(({ xtx }, c) => {
      xtx.forEach((value, e) => {
        expect(Math.abs((own.crossProducts.strata?.systems[c].xtx[e] ?? 0) - value)).toBeLessThan(
          180 * ROUNDING,
        );
      });
    });
  });

  it("counts rows left out", () => {
    const rows = rowsOf(sleepstudy).map((row, i) => (i % 50 === 3 ? { ...row, Days: null } : row));
    const formula = "Reaction ~ Days + (1 | Subject)";
    const { warnings } = lmmFromSums(
      total(
        formula,
        split(rows, (_, i) => i % 2),
      ),
    );
    expect(warnings.map(({ message }) => message)).toEqual([
      "4 of 180 rows left out because of missing values in Days.",
    ]);
  });
});

describe("sums that do not fit together", () => {
  const a = {
    y: [1, 2, 4, 3],
    x: [1, 2, 3, 5],
    f: ["a", "b", "a", "b"],
    w: [1, 2, 1, 1],
    g: ["p", "p", "q", "q"],
  };
  const b = { ...a, g: ["r", "r", "s", "s"] };
  const meet =
    (formula: string, other: TableLike = b, own: SumsOptions = {}, their: SumsOptions = own) =>
    () =>
      sums(formula, a, own).add(sums(formula, other, their));
  const refusal = (code: string, words: string): unknown =>
    expect.objectContaining({ code, message: expect.stringContaining(words) });

  it("are refused by name, with the remedy", () => {
    expect(meet("y ~ scale(x) + (1 | g)")).not.toThrow();
    expect(meet("y ~ scale(x) + (1 | g)", { ...b, x: [0, 2, 3, 5] })).toThrow(
      refusal("different-basis", "scale(x) is computed with numbers"),
    );
    expect(meet("y ~ x + (1 | g)", { ...b, x: ["u", "v", "u", "v"] })).toThrow(
      refusal("different-kind", 'x holds labels ("u", "v")'),
    );
    expect(meet("y ~ f + (1 | g)", b, {}, { contrasts: { f: "sum" } })).toThrow(
      refusal("different-option", "treatment contrasts in one of the sums and sum contrasts"),
    );
    expect(meet("y ~ x + (1 | g)", b, {}, { weights: "w" })).toThrow(
      refusal("different-option", '"weights"'),
    );
    expect(meet("y ~ x + (1 | g)", b, {}, { sigmaBy: "f" })).toThrow(
      refusal("different-option", '"sigmaBy"'),
    );
    const turned = factor(["c", "a", "c", "a"], { levels: ["c", "a"] });
    expect(meet("y ~ f + (1 | g)", { ...b, f: turned })).toThrow(
      refusal("different-levels", 'f has the levels "a", "b" in one of the sums and "c", "a" in the other'),
    );
    expect(meet("y ~ f + (1 | g)", { ...b, f: turned })).toThrow("levels: { f: […] }");
    // Labels of groups have no order that matters.
    const groups = factor(b.g, { levels: ["s", "r"] });
    expect(meet("y ~ x + (1 | g)", { ...b, g: groups })().data.labels[0].levels).toEqual([
      "p",
      "q",
      "s",
      "r",
    ]);
    expect(() => sums("y ~ x + (1 | g)", a).add(sums("y ~ 1 + (1 | g)", a))).toThrow(
      refusal("different-formula", "y ~ x + (1 | g) and of y ~ 1 + (1 | g)"),
    );
  });

  it("keep apart labels that read the same when joined", () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({
      y: (i * i * 5) % 7,
      x: i,
      g: ["p:q", "p", "s"][i % 3],
      f: ["r", "q:r", "t"][i % 3],
    }));
    const formula = "y ~ x + (1 | g:f)";
    const own = lmmFromSums(
      total(
        formula,
        split(rows, (_, i) => i % 5),
      ),
    );
    expectSame(own, lmm(formula, rows));
    expect(own.random[0].levels).toEqual(["p:q:r", "p:q:r", "s:t"]);
  });
});
