import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factor } from "../../src/data/factor.ts";
import type { TableLike } from "../../src/data/table.ts";
import { cake, oats, sleepstudy, tablets, tabletsMissing } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import type { Adjustment } from "../../src/reml/adjust.ts";
import type { ContrastRow } from "../../src/reml/contrasts.ts";
import { emmeans } from "../../src/reml/emmeans.ts";
import { reml } from "../../src/reml/fit.ts";
import type { DfMethod } from "../../src/reml/inference.ts";
import { lm } from "../../src/reml/lm.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import type { EmmeansRow } from "../../src/reml/marginalMeans.ts";
import { load, save } from "../../src/save.ts";
import { readShared, sharedFiles } from "../shared.ts";
import { Margins } from "./margins.ts";
import { sharedTable } from "./references.ts";
import { nearP, RELATIVE } from "./testTables.ts";

type Row = Readonly<Record<string, number | string>>;
interface Comparison {
  readonly means: readonly Row[];
  readonly pairs: Readonly<Record<string, readonly Row[]>>;
}

const references = JSON.parse(
  readFileSync(new URL("../golden/tests-and-means.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, Comparison>>>>;
// biome-ignore lint/suspicious/noExplicitAny: the file has a shape of its own for every example.
const other = references as any;

const number = (value: number | string | undefined): number => (value === "Inf" ? Infinity : Number(value));
const limits = (row: Row): [number, number] => [
  number(row["lower.CL"] ?? row["asymp.LCL"]),
  number(row["upper.CL"] ?? row["asymp.UCL"]),
];

/** Everything but the p-value, in standard errors or relative. */
function nearEstimate(
  margins: Margins,
  what: string,
  actual: { estimate: number; se: number; df: number; lower: number; upper: number } | undefined,
  expected: Row,
): void {
  const se = number(expected["SE"]);
  const df = number(expected["df"]);
  margins.near(
    `${what} estimate`,
    actual?.estimate,
    number(expected["emmean"] ?? expected["estimate"]),
    se,
    RELATIVE,
  );
  margins.near(`${what} se`, actual?.se, se, se, RELATIVE);
  if (Number.isFinite(df)) margins.near(`${what} df`, actual?.df, df, df, RELATIVE);
  else expect(actual?.df).toBe(df);
  const [lower, upper] = limits(expected);
  margins.near(`${what} lower`, actual?.lower, lower, se, RELATIVE);
  margins.near(`${what} upper`, actual?.upper, upper, se, RELATIVE);
}

function expectMeans(
  rows: readonly EmmeansRow[],
  expected: readonly Row[],
  factors: readonly string[],
): void {
  const margins = new Margins();
  expect(rows).toHaveLength(expected.length);
  expected.forEach((reference, i) => {
    // The same order, too.
    const row = rows[i];
    for (const name of factors) expect(String(row[name])).toBe(String(reference[name]));
    nearEstimate(margins, `row ${i}`, { ...row, estimate: row.mean }, reference);
  });
  margins.settle();
}

function expectContrasts(
  rows: readonly ContrastRow[],
  expected: readonly Row[],
  options: {
    readonly tukey?: boolean;
    readonly by?: string;
    readonly exact?: Readonly<Record<string, number>>;
  } = {},
): void {
  const margins = new Margins();
  expect(rows).toHaveLength(expected.length);
  expected.forEach((reference, i) => {
    const row = rows[i];
    expect(row.contrast).toBe(reference["contrast"]);
    if (options.by !== undefined) expect(row[options.by]).toBe(reference[options.by]);
    nearEstimate(margins, row.contrast, row, reference);
    const p = number(reference["p.value"]);
    if (options.tukey === true) {
      margins.near(`${row.contrast} p`, row.p, options.exact?.[row.contrast] ?? p, 1, 1e-9);
      margins.near(`${row.contrast} p of R`, row.p, p, 1, 3e-9);
    } else nearP(margins, `${row.contrast} p`, row.p, p);
  });
  margins.settle();
}

const methods: readonly (readonly [string, DfMethod])[] = [
  ["kenward-roger", "kenward-roger"],
  ["satterthwaite", "satterthwaite"],
  ["asymptotic", "z"],
];
const adjusts: readonly Adjustment[] = ["tukey", "bonferroni", "holm", "sidak", "none"];
const oatsBy = (fixed: string, random: string): LmmFit => reml(lmm(`yield ~ ${fixed} + ${random}`, oats));
const nested = oatsBy("variety * nitrogen", "(1 | block/variety)");

describe("emmeans() and pairs() agree with R's emmeans", () => {
  it("pairs by Tukey on z agree with multcomp's single-step method", () => {
    const expected = other.multcomp_oats_additive_variety_Tukey;
    const table = oatsBy("variety + nitrogen", "(1 | block/variety)").pairs("variety", { df: "z" });
    const margins = new Margins();
    for (const row of table.rows) {
      // multcomp subtracts the other way round.
      const name = row.contrast.split(" - ").reverse().join(" - ");
      const se = expected.se[name];
      margins.near(`${name} estimate`, -row.estimate, expected.estimate[name], se, RELATIVE);
      margins.near(`${name} se`, row.se, se, se, RELATIVE);
      margins.near(`${name} z`, -row.t, expected.z[name], 1, RELATIVE);
      // Its integral over the normal in three dimensions is good to about 1e-6 in p and in its limits' quantile.
      margins.near(`${name} p`, row.p, expected.p[name], 1, 1e-5);
      margins.near(`${name} lower`, -row.upper, expected.ci[name][0], se, 1e-3);
      margins.near(`${name} upper`, -row.lower, expected.ci[name][1], se, 1e-3);
    }
    expect(table.rows).toHaveLength(3);
    margins.settle();
  });

  const cases: readonly (readonly [string, string, () => LmmFit])[] = [
    ["emmeans_oats_block_variety", "variety", () => oatsBy("variety * nitrogen", "(1 | block)")],
    ["emmeans_oats_nested_variety", "variety", () => nested],
    ["emmeans_oats_nested_nitrogen", "nitrogen", () => nested],
    ["emmeans_oats_additive_variety", "variety", () => oatsBy("variety + nitrogen", "(1 | block/variety)")],
  ];
  for (const [id, name, fitted] of cases) {
    for (const [label, df] of methods) {
      it(`${id}, ${label}: means, and pairs by ${adjusts.join(", ")}`, () => {
        const means = emmeans(fitted(), name, { df });
        const expected = references[id][label];
        expectMeans(means.rows, expected.means, [name]);
        for (const adjust of adjusts) {
          const table = means.pairs({ adjust });
          expect(table.adjust).toBe(adjust);
          expectContrasts(table.rows, expected.pairs[adjust], { tukey: adjust === "tukey" });
        }
      });
    }
  }

  it("for cells of two factors, and for one factor within the other, with polynomial contrasts", () => {
    const cells = nested.emmeans(["variety", "nitrogen"], { df: "kenward-roger" });
    expectMeans(cells.rows, other.emmeans_oats_nested_cells.means, ["variety", "nitrogen"]);
    const within = nested.emmeans("nitrogen", { by: "variety", df: "kenward-roger" });
    const expected = other.emmeans_oats_nested_nitrogen_by_variety;
    expectMeans(within.rows, expected.means, ["nitrogen", "variety"]);
    expectContrasts(within.pairs().rows, expected.pairs_tukey, { tukey: true, by: "variety" });
    const powers = { linear: [-3, -1, 1, 3], quadratic: [1, -1, -1, 1], cubic: [-1, 3, -3, 1] };
    expectContrasts(within.contrast(powers).rows, expected.poly, { by: "variety" });
  });

  it("for ten means and their 45 differences", () => {
    const columns = (name: "Reaction" | "Subject" | "Days"): unknown[] => sleepstudy.map((row) => row[name]);
    const data: TableLike = {
      Reaction: columns("Reaction"),
      Subject: columns("Subject"),
      Day: factor(columns("Days")),
    };
    const fit = reml(lmm("Reaction ~ Day + (1 | Subject)", data));
    const expected = other.emmeans_sleepstudy_dayfactor;
    const means = fit.emmeans("Day", { df: "kenward-roger" });
    expectMeans(means.rows, expected.kenward_roger.means, ["Day"]);
    // For ten means R's ptukey is off by up to 2.3e-9. These are by R's adaptive integrate() at a tolerance of 1e-12,
    // nested, of the same integrals; the other forty agree with ptukey to 1e-9 as well.
    const exact = {
      "Day1 - Day4": 0.39141168496277,
      "Day2 - Day4": 0.44574572875667,
      "Day3 - Day5": 0.3118267170428,
      "Day4 - Day6": 0.43034613971679,
      "Day6 - Day8": 0.37341284154272,
    };
    expectContrasts(means.pairs().rows, expected.kenward_roger.pairs_tukey, { tukey: true, exact });
    expectContrasts(fit.pairs("Day").rows, expected.satterthwaite.pairs_tukey, { tukey: true, exact });
  });

  it("for a covariate at given values", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const means = fit.emmeans("Days", { at: { Days: [0, 4.5, 9] }, df: "kenward-roger" });
    expectMeans(means.rows, other.emmeans_sleepstudy_rs_at.means, ["Days"]);
    expectContrasts(means.pairs({ adjust: "none" }).rows, other.emmeans_sleepstudy_rs_at.pairs);
    // Without values the covariate stands at its mean.
    expect(fit.emmeans("Days").rows[0]["Days"]).toBe(4.5);
  });

  it("for tablets, by four kinds of degrees of freedom", () => {
    const fit = reml(lmm("y ~ method + (1 | tablet)", tabletsMissing));
    const all: readonly (readonly [string, DfMethod])[] = [...methods, ["lme_containment", "containment"]];
    for (const [label, df] of all) {
      const expected = other.emmeans_tablets_missing_mixed[label];
      const means = fit.emmeans("method", { df });
      expectMeans(means.rows, expected.means, ["method"]);
      expectContrasts(means.contrast({ "hplc - nir": [-1, 1] }).rows, expected.pairs);
    }
    const complete = reml(lmm("y ~ method + (1 | tablet)", tablets)).emmeans("method", {
      df: "kenward-roger",
    });
    expectMeans(complete.rows, other.emmeans_tablets_mixed.means, ["method"]);
    expectContrasts(complete.pairs().rows, other.emmeans_tablets_mixed.pairs);
  });

  it("for a linear model, averaged over twenty tablets", () => {
    const fit = lm("y ~ factor(tablet) + method", tabletsMissing);
    expectMeans(fit.emmeans("method").rows, other.emmeans_tablets_missing_fixed_all20.means, ["method"]);
    const few = lm(
      "y ~ factor(tablet) + method",
      tabletsMissing.filter(({ tablet }) => Number(tablet) <= 10),
      { levels: { method: ["nir", "hplc"] } },
    ).emmeans("method");
    const expected = other.emmeans_tablets_missing_fixed_tablets1to10;
    expectMeans(few.rows, expected.means, ["method"]);
    expectContrasts(few.contrast({ "hplc - nir": [-1, 1] }).rows, expected.pairs);
  });

  const planks = sharedFiles("data/planks.csv", "reference/tests-and-means.json");
  it.skipIf(!planks.available)(planks.title("for the planks"), () => {
    const expected = JSON.parse(readShared("reference/tests-and-means.json")).emmeans_planks;
    const table = sharedTable("data/planks.csv", ["width", "depth"]);
    const fit = reml(lmm("humidity ~ width * depth + (1 | plank)", table));
    for (const name of ["width", "depth"]) {
      expectMeans(fit.emmeans(name).rows, expected[name].means, [name]);
      expectContrasts(fit.pairs(name).rows, expected[name].pairs_tukey, { tukey: true });
    }
  });
});

const unbalanced = JSON.parse(readFileSync(new URL("../golden/unbalanced.json", import.meta.url), "utf8"));

describe("the reference grid", () => {
  it("names cells that the data cannot estimate and gives no number for them", () => {
    const holed = oats.filter(
      (row, i) => !(row.variety === "Victory" && row.nitrogen === "0.6cwt") && i % 7 !== 0,
    );
    const fit = reml(lmm("yield ~ variety * nitrogen + (1 | block)", holed, { collinear: "drop" }));
    const means = fit.emmeans("nitrogen");
    const margins = new Margins();
    const { mean, se, df } = unbalanced.holeMeans;
    means.rows.forEach((row, i) => {
      if (mean[i] === null) {
        expect(row.mean).toBeNaN();
        expect(row.lower).toBeNaN();
        return;
      }
      margins.near(`mean ${i}`, row.mean, mean[i], se[i], RELATIVE);
      margins.near(`se ${i}`, row.se, se[i], se[i], RELATIVE);
      margins.near(`df ${i}`, row.df, df[i], df[i], RELATIVE);
    });
    margins.settle();
    const [gone] = means.notes;
    expect(gone.code).toBe("non-estimable");
    expect(gone.message).toContain("{nitrogen = 0.6cwt}");
    expect(means.toString()).toMatch(/0\.6cwt +nonEst/);
    const pairs = means.pairs().rows;
    expect(
      pairs.filter(({ contrast }) => contrast.includes("0.6cwt")).every(({ p }) => Number.isNaN(p)),
    ).toBe(true);
    expect(pairs.filter(({ contrast }) => !contrast.includes("0.6cwt")).every(({ p }) => p >= 0)).toBe(true);
    // A save holds the combinations that occur, which say the same.
    expect((load(save(fit)) as LmmFit).emmeans("nitrogen").toString()).toBe(means.toString());
  });

  it("of a save need the rows where numbers made columns go", () => {
    const twice = oats.map((row, i) => ({ ...row, x: i % 5, twice: 2 * (i % 5) }));
    const fit = reml(lmm("yield ~ variety + x + twice + (1 | block)", twice, { collinear: "drop" }));
    expect(() => (load(save(fit)) as LmmFit).emmeans("variety")).toThrow(
      "A mean where a column was left out because of its numbers cannot be had of a model made from sums",
    );
  });

  it("holds covariates at their means over the rows used, and says what it averages over", () => {
    const part = cake.filter((_, i) => i % 5 !== 2 && i % 7 !== 0);
    const fit = reml(lmm("angle ~ recipe * temp + (1 | recipe:replicate)", part));
    const means = fit.emmeans("recipe");
    const margins = new Margins();
    means.rows.forEach((row, i) => {
      margins.near(`mean ${i}`, row.mean, unbalanced.partMeans.mean[i], unbalanced.partMeans.se[i], RELATIVE);
      margins.near(`df ${i}`, row.df, unbalanced.partMeans.df[i], unbalanced.partMeans.df[i], RELATIVE);
    });
    margins.settle();
    expect(means.notes.map(({ message }) => message)).toEqual([
      "recipe takes part in an interaction; averages over temp may mislead.",
    ]);
    expect(oatsBy("variety + nitrogen", "(1 | block)").emmeans("variety").notes).toEqual([]);
    expect(nested.emmeans(["variety", "nitrogen"]).notes).toEqual([]);
  });

  it("does not depend on the contrasts in use", () => {
    const sum = reml(
      lmm("yield ~ variety * nitrogen + (1 | block)", oats, {
        contrasts: { variety: "sum", nitrogen: "poly" },
      }),
    );
    const treatment = oatsBy("variety * nitrogen", "(1 | block)");
    const other = treatment.emmeans("variety").rows;
    sum.emmeans("variety").rows.forEach((row, i) => {
      // θ is known to 1e-6 of its standard error.
      expect(row.mean).toBeCloseTo(other[i].mean, 8);
      expect(row.se / other[i].se).toBeCloseTo(1, 7);
    });
  });

  it("follows transformations and offsets through the model's recipe", () => {
    const rows = sleepstudy.map((row, i) => ({ ...row, base: (i % 4) - 1 }));
    const fit = reml(lmm("Reaction ~ poly(Days, 2) + (1 | Subject)", rows));
    const curve = fit.emmeans("Days", { at: { Days: [0, 4.5] } }).rows;
    const predicted = fit.predict(
      [
        { Days: 0, Subject: "308" },
        { Days: 4.5, Subject: "308" },
      ],
      { groups: "population" },
    );
    curve.forEach((row, i) => {
      expect(row.mean).toBeCloseTo(predicted[i].estimate, 9);
    });
    const plain = reml(lmm("Reaction ~ Days + (1 | Subject)", rows)).emmeans("Days").rows[0];
    const shifted = reml(lmm("I(Reaction + 3 * base) ~ Days + offset(3 * base) + (1 | Subject)", rows));
    const meanBase = rows.reduce((sum, { base }) => sum + base, 0) / rows.length;
    expect(shifted.emmeans("Days").rows[0].mean).toBeCloseTo(plain.mean + 3 * meanBase, 7);
    expect(shifted.pairs("Days", { at: { Days: [0, 1] } }).rows[0].estimate).toBeCloseTo(
      -reml(lmm("Reaction ~ Days + (1 | Subject)", rows)).fixef()["Days"],
      8,
    );
  });

  it("takes the levels asked for", () => {
    const two = nested.emmeans("nitrogen", { at: { nitrogen: ["0.0cwt", "0.6cwt"] } });
    expect(two.rows.map((row) => row["nitrogen"])).toEqual(["0.0cwt", "0.6cwt"]);
    // At one variety the mean is that of the cells.
    const one = nested.emmeans("nitrogen", { at: { variety: "Victory" } }).rows;
    const cells = nested.emmeans(["nitrogen", "variety"]).rows.filter((row) => row["variety"] === "Victory");
    one.forEach((row, i) => {
      expect(row.mean).toBeCloseTo(cells[i].mean, 10);
    });
  });

  it("refuses what is not in the model, by name", () => {
    const code = (expected: string): unknown => expect.objectContaining({ code: expected });
    expect(() => nested.emmeans("nitrogn")).toThrow(/Did you mean "nitrogen"\?/);
    const mean = reml(lmm("yield ~ 1 + (1 | block)", oats));
    expect(() => mean.emmeans("block")).toThrow(/does not use block\. It has no predictors\.$/);
    expect(() => nested.emmeans("block")).toThrow(code("unknown-factor"));
    expect(() => nested.emmeans("nitrogen", { at: { nitrogen: "0.7cwt" } })).toThrow(code("unknown-level"));
    expect(() => nested.emmeans("nitrogen", { at: { dose: 1 } })).toThrow(code("unknown-factor"));
    expect(() => nested.emmeans([])).toThrow(code("invalid-argument"));
    expect(() => nested.emmeans("nitrogen", { by: "nitrogen" })).toThrow(code("invalid-argument"));
    expect(() => nested.emmeans("nitrogen", { level: 95 })).toThrow(code("invalid-argument"));
    const slopes = reml(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy));
    expect(() => slopes.emmeans("Days", { at: { Days: Number.NaN } })).toThrow(/value of Days is NaN/);
  });
});

describe("contrasts", () => {
  const means = nested.emmeans("nitrogen");

  it("state their adjustment and never switch it", () => {
    expect(means.pairs().toString()).toContain("Tukey's method for comparing a family of 4 means");
    expect(means.pairs({ adjust: "holm" }).toString()).toContain(
      "Holm's method for 6 tests (limits by Bonferroni)",
    );
    expect(means.contrast({ first: [1, -1, 0, 0] }).toString()).toContain("not adjusted");
    expect(means.contrast({ first: [1, -1, 0, 0] }).adjust).toBe("none");
    const all = means.contrast(
      {
        a: [1, -1, 0, 0],
        b: [1, 0, -1, 0],
        c: [1, 0, 0, -1],
        d: [0, 1, -1, 0],
        e: [0, 1, 0, -1],
        f: [0, 0, 1, -1],
      },
      { adjust: "tukey" },
    );
    expect(all.rows.map(({ p }) => p)).toEqual(means.pairs().rows.map(({ p }) => p));
  });

  it("refuse Tukey for anything but all pairwise differences, naming the remedies", () => {
    for (const weights of [{ first: [1, -1, 0, 0] }, { linear: [-3, -1, 1, 3] }] as readonly Record<
      string,
      number[]
    >[]) {
      expect(() => means.contrast(weights, { adjust: "tukey" })).toThrow(
        expect.objectContaining({
          code: "tukey-needs-pairs",
          message:
            'Tukey\'s adjustment fits all pairwise differences of a set of means only. Use adjust: "holm" or "sidak", or pairs().',
        }),
      );
    }
    expect(() => nested.contrast({ x: { "(Intercept)": 1 } }, { adjust: "tukey" })).toThrow(/Tukey/);
  });

  it("refuse pairs of one mean, for a number and for a level", () => {
    expect(() => reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy)).pairs("Days")).toThrow(
      expect.objectContaining({
        code: "nothing-to-compare",
        remedy:
          "Ask for the means at several values of Days by at, or test its slope by contrast() of the fit.",
      }),
    );
    const fit = reml(lmm("y ~ method + (1 | tablet)", tablets));
    expect(() => fit.pairs("method", { at: { method: ["hplc"] } })).toThrow(
      expect.objectContaining({
        code: "nothing-to-compare",
        remedy: "Give at least two levels to the means.",
      }),
    );
  });

  it("of coefficients take weights by name or in order, and refuse others", () => {
    const fit = reml(lmm("y ~ method + (1 | tablet)", tablets));
    const byName = fit.contrast({ hplc: { "(Intercept)": 1, methodhplc: 1 } }).rows;
    expect(fit.contrast({ hplc: [1, 1] }).rows).toEqual(byName);
    expect(byName[0].estimate).toBeCloseTo(fit.emmeans("method").rows[1].mean, 12);
    expect(() => fit.contrast({ a: [1] })).toThrow(expect.objectContaining({ code: "wrong-length" }));
    for (const odd of [null, undefined, {}, [1, 1], "a", { a: 1 }, { a: null }]) {
      const asked = expect.objectContaining({
        code: "invalid-argument",
        message: expect.stringMatching(/^contrast\(\) takes/),
      });
      expect(() => fit.contrast(odd as never)).toThrow(asked);
      expect(() => fit.emmeans("method").contrast(odd as never)).toThrow(asked);
    }
    expect(() => fit.contrast({ a: { methodHplc: 1 } })).toThrow(/Did you mean "methodhplc"\?/);
    expect(() => fit.contrast({ a: [1, Number.NaN] })).toThrow(/Weight 1 of the contrast a is NaN/);
  });
});
