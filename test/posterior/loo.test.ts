import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Loo, loo, waic } from "../../src/posterior/loo.ts";
import { looCompare } from "../../src/posterior/looCompare.ts";
import { paretoFit, psis } from "../../src/posterior/psis.ts";
import { recordFigure } from "../accuracy.ts";

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../golden/loo/${name}.json`, import.meta.url), "utf8"));
const small = golden("loo_small");
const other = golden("loo_compare");
const fits = golden("gpdfit").fits as { x: number[]; k: number; sigma: number; k_no_wip: number }[];
const logLik = small.log_lik as number[][];

/** R's numbers: same formulas in doubles, sums in another order; the design asks for 1e-6. */
function near(actual: number, expected: number, what = ""): void {
  recordFigure(what, actual, expected, 1);
  expect(Math.abs(actual - expected), `${what}: ${actual} against ${expected}`).toBeLessThan(
    1e-9 * (1 + Math.abs(expected)),
  );
}

function agrees(actual: Loo, expected: typeof small.loo): void {
  const { estimates, pointwise, diagnostics } = expected;
  near(actual.elpdLoo, estimates.elpd_loo.Estimate, "elpd");
  near(actual.se, estimates.elpd_loo.SE, "se");
  near(actual.pLoo, estimates.p_loo.Estimate, "p");
  near(actual.sePLoo, estimates.p_loo.SE, "se of p");
  near(actual.looic, estimates.looic.Estimate, "looic");
  near(actual.seLooic, estimates.looic.SE, "se of looic");
  actual.pointwise.forEach((row, i) => {
    near(row.elpdLoo, pointwise.elpd_loo[i], `elpd of row ${i}`);
    near(row.pLoo, pointwise.p_loo[i], `p of row ${i}`);
    near(row.paretoK, diagnostics.pareto_k[i], `k of row ${i}`);
  });
}

describe("loo", () => {
  it("is R's loo, row by row, with the relative efficiency of the chains", () => {
    const chains = new Set(small.chain_id).size;
    agrees(loo(logLik, { chains }), small.loo);
    agrees(loo(other.log_lik, { chains }), other.loo);
  });

  it("names the observations it cannot leave out", () => {
    const { warnings, paretoK } = loo(logLik, { chains: 2 });
    expect(warnings.map(({ code }) => code)).toEqual(["high-pareto-k"]);
    expect(warnings[0].details["rows"]).toEqual(paretoK.flatMap((k, i) => (k > 0.7 ? [i] : [])));
  });

  it("prints itself", () => {
    const printed = (loo(logLik, { chains: 2 }) as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ]();
    expect(printed).toMatch(/elpd_loo +-60\.\d +1\d\.\d/);
    expect(printed).toMatch(/Pareto k above 0\.7/);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["no draws", () => loo([]), /no draws/],
    ["chains that do not divide the draws", () => loo(logLik, { chains: 3 }), /1000 draws are not 3 chains/],
    ["rows of unequal length", () => loo([[-1, -2], [-1]]), /draw 1 is -1; draw 0 has 2 rows, this one 1/], // biome-ignore format: a matrix
    ["a missing value", () => loo([[-1, Number.NaN]]), /row 1 at draw 0 is NaN/],
    ["a BigInt", () => loo([[0n as unknown as number]]), /row 0 at draw 0 is 0n/],
    ["an unknown option", () => loo(logLik, { chain: 2 } as object), /"chains"/],
  ])("refuses %s", (_, call, text) => {
    expect(call).toThrow(text);
  });
});

describe("the parts", () => {
  it("fit a generalised Pareto distribution as gpdfit does", () => {
    for (const { x, k, sigma } of fits) {
      const fit = paretoFit(Float64Array.from(x));
      near(fit.k, k, "k");
      near(fit.sigma, sigma, "sigma");
    }
  });

  it("smooth weights as psis does", () => {
    const {
      log_weights_of_observations: which,
      log_weights_unnormalised: expected,
      norm_const_log,
    } = small.psis;
    which.forEach((observation: number, j: number) => {
      const i = observation - 1;
      const ratios = Float64Array.from(logLik, (row) => -row[i]);
      const { logWeights } = psis(ratios, small.relative_eff[i]);
      // The reference writes unnormalised weights to 12 decimals.
      logWeights.forEach((w, s) => {
        expect(w + norm_const_log[i]).toBeCloseTo(expected[j][s], 9);
      });
    });
  });
});

describe("waic", () => {
  it("is R's waic", () => {
    const actual = waic(logLik);
    const { estimates, pointwise } = small.waic;
    near(actual.elpdWaic, estimates.elpd_waic.Estimate);
    near(actual.se, estimates.elpd_waic.SE);
    near(actual.pWaic, estimates.p_waic.Estimate);
    near(actual.waic, estimates.waic.Estimate);
    near(actual.seWaic, estimates.waic.SE);
    actual.pointwise.forEach((row, i) => {
      near(row.elpdWaic, pointwise.elpd_waic[i]);
    });
    expect(actual.warnings[0].code).toBe("high-p-waic");
  });
});

describe("looCompare", () => {
  it("is R's loo_compare", () => {
    const chains = new Set(small.chain_id).size;
    const rows = looCompare({ normal: loo(logLik, { chains }), t4: loo(other.log_lik, { chains }) });
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(other.compare));
    for (const row of rows) {
      near(row.elpdDiff, other.compare[row.name].elpd_diff);
      near(row.seDiff, other.compare[row.name].se_diff);
    }
    expect(
      String((rows as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")]()),
    ).toMatch(/normal +-8\.8 +5\.8/);
  });

  it("refuses one model, and models of other rows", () => {
    const one = loo(logLik, { chains: 2 });
    expect(() => looCompare({ one })).toThrow(/two models/);
    expect(() => looCompare({ one, waic: waic(logLik) as never })).toThrow(/results of loo\(\)/);
    const grouped = (names: string[]): Loo => ({
      ...one,
      pointwise: one.pointwise.map((row, i) => ({ ...row, level: names[i] })),
    });
    const names = one.pointwise.map((_, i) => `g${i}`);
    expect(() => looCompare({ one, grouped: grouped(names) })).toThrow(/leaves out/);
    // The same groups in another order are the same groups.
    const turned = { ...grouped(names), pointwise: [...grouped(names).pointwise].reverse() };
    expect(looCompare({ grouped: grouped(names), turned })[1]).toMatchObject({ elpdDiff: 0, seDiff: 0 });
    const cut = loo(logLik.map((row) => row.slice(1)), { chains: 2 }); // biome-ignore format: a row
    expect(() => looCompare({ one, cut })).toThrow(/has 25 rows, cut has 24|has 24 rows, one has 25/);
  });
});
