import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as d from "../../src/posterior/diagnostics.ts";
import { spectrumAtZero } from "../../src/posterior/spectrum.ts";
import { bandwidth } from "../../src/stats/density.ts";
import { mad, mean, median, sd, variance } from "../../src/stats/descriptive.ts";
import { recordFigure } from "../accuracy.ts";

type Value = number | string | null;
interface Golden {
  name: string;
  draws: Value[][];
  posterior: Record<string, Value | Value[] | Record<string, Value>>;
  coda?: Record<string, Value[]>;
  bayestestR?: Record<string, Value[]>;
  bw_nrd0?: number;
}

const folder = new URL("../golden/diagnostics/", import.meta.url);
const goldens = readdirSync(folder).map(
  (file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Golden,
);

/** The goldens write NaN and NA as null, infinities as text. */
function read(value: Value): number {
  if (value === null) return Number.NaN;
  return value === "Inf" ? Number.POSITIVE_INFINITY : Number(value);
}

/** The reach of the design: 1e-8 relative; and 1e-12 absolute where the reference is rounding error about 0. */
function agrees(actual: number, expected: Value | undefined, what: string): void {
  const wanted = read(expected as Value);
  // Where the reference is rounding error about 0, in units that leave it there.
  recordFigure(what, actual, wanted, 1e-4);
  if (Number.isFinite(wanted)) {
    expect(Math.abs(actual - wanted), `${what}: ${actual} against ${wanted}`).toBeLessThanOrEqual(
      Math.max(1e-8 * Math.abs(wanted), 1e-12),
    );
  } else expect(actual, what).toBe(wanted);
}

describe.each(goldens.map((golden) => [golden.name, golden] as const))(
  "the reference draws %s",
  (_, golden) => {
    const chains = golden.draws.map((chain) => chain.map(read));
    const all = chains.flat();

    it("have R's descriptive statistics", () => {
      for (const [name, f] of Object.entries({ mean, sd, median, var: variance, mad })) {
        agrees(f(all), golden.posterior[name] as Value, name);
      }
      const quantiles = golden.posterior["quantile_type7"] as Record<string, Value>;
      if (golden.bw_nrd0 !== undefined) {
        for (const [p, value] of Object.entries(quantiles))
          agrees(d.quantile(chains, Number(p)), value, `q${p}`);
        agrees(bandwidth(all), golden.bw_nrd0, "bw.nrd0");
      }
      const [q5, q95] = golden.posterior["quantile2_05_95"] as Value[];
      agrees(d.quantile(chains, 0.05), q5, "q5");
      agrees(d.quantile(chains, 0.95), q95, "q95");
    });

    it("have posterior's R-hat, ESS and MCSE", () => {
      const expected: Record<string, number> = {
        rhat: d.rhat(chains),
        rhat_basic: d.rhatBasic(chains),
        rhat_basic_nosplit: d.rhatBasic(chains, { split: false }),
        ess_bulk: d.essBulk(chains),
        ess_tail: d.essTail(chains),
        ess_mean: d.essMean(chains),
        ess_basic: d.essBasic(chains),
        ess_basic_nosplit: d.essBasic(chains, { split: false }),
        ess_sd: d.essSd(chains),
        ess_median: d.essQuantile(chains, 0.5),
        ess_quantile_05: d.essQuantile(chains, 0.05),
        ess_quantile_25: d.essQuantile(chains, 0.25),
        ess_quantile_50: d.essQuantile(chains, 0.5),
        ess_quantile_95: d.essQuantile(chains, 0.95),
        mcse_mean: d.mcseMean(chains),
        mcse_sd: d.mcseSd(chains),
        mcse_median: d.mcseQuantile(chains, 0.5),
        mcse_quantile_05: d.mcseQuantile(chains, 0.05),
        mcse_quantile_95: d.mcseQuantile(chains, 0.95),
      };
      for (const [name, value] of Object.entries(expected))
        agrees(value, golden.posterior[name] as Value, name);
    });

    it("have the same numbers in one pass of the summary", () => {
      const summary = d.summarizeValues(Float64Array.from(all), chains.length);
      for (const [name, key] of [
        ["mean", "mean"],
        ["median", "median"],
        ["sd", "sd"],
        ["mad", "mad"],
        ["rhat", "rhat"],
        ["ess_bulk", "essBulk"],
        ["ess_tail", "essTail"],
        ["mcse_mean", "mcseMean"],
      ] as const) {
        agrees(summary[key], golden.posterior[name] as Value, name);
      }
      expect(d.convergence(Float64Array.from(all), chains.length)).toEqual({
        rhat: d.rhat(chains),
        essBulk: d.essBulk(chains),
        essTail: d.essTail(chains),
      });
    });

    it("have posterior's autocorrelation, coda's Geweke z and spectrum, and both highest-density intervals", () => {
      if (golden.coda === undefined || golden.bayestestR === undefined) return;
      const lags = golden.posterior["autocorrelation_chain1_lag0_20"] as Value[];
      const ours = d.autocorrelation(chains[0]);
      lags.forEach((value, t) => {
        agrees(ours[t], value, `lag ${t}`);
      });
      chains.forEach((chain, c) => {
        agrees(d.geweke([chain]), golden.coda?.["geweke_z_01_05"][c], `geweke ${c}`);
        agrees(
          spectrumAtZero(Float64Array.from(chain)),
          golden.coda?.["spectrum0_ar"][c],
          `spectrum0.ar ${c}`,
        );
      });
      for (const [key, level, rule] of [
        ["HPDinterval_95", 0.95, "coda"],
        ["HPDinterval_90", 0.9, "coda"],
      ] as const) {
        d.hdi(chains, level, { rule }).forEach((value, i) => {
          agrees(value, golden.coda?.[key][i], `${key} ${i}`);
        });
      }
      for (const [key, level] of [
        ["hdi_95", 0.95],
        ["hdi_89", 0.89],
      ] as const) {
        d.hdi(chains, level).forEach((value, i) => {
          agrees(value, golden.bayestestR?.[key][i], `${key} ${i}`);
        });
      }
    });
  },
);

describe("diagnostics", () => {
  it("refuse empty, ragged and non-numeric chains with their own codes", () => {
    const code = (f: () => unknown): unknown => {
      try {
        return f();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(() => d.rhat([]))).toBe("no-draws");
    expect(code(() => d.rhat([[]]))).toBe("no-draws");
    expect(
      code(() =>
        d.rhat([
          [1, 2, 3],
          [1, 2],
        ]),
      ),
    ).toBe("unequal-chains");
    expect(code(() => d.rhat([["a", 2, 3] as unknown as number[]]))).toBe("not-a-number");
    expect(code(() => d.essQuantile([[1, 2, 3, 4, 5, 6]], 1.5))).toBe("invalid-argument");
    expect(code(() => d.hdi([[1, 2, 3]], 95))).toBe("invalid-argument");
  });

  it("refuse options that they do not know", () => {
    for (const call of [d.rhatBasic, d.essBasic])
      expect(() => call([[1, 2]], { spilt: false } as object)).toThrow(
        expect.objectContaining({ code: "unknown-option", remedy: "It knows split." }),
      );
  });

  it("are those of posterior 1.4.0 at the ends of the draws, p = 0 and p = 1", () => {
    const chains = [
      [3, 1, 4, 1, 5, 9, 2, 6, 5, 3],
      [5, 8, 9.5, 7, 9, 3, 2, 3, 8, 4.5],
    ];
    expect(d.essQuantile(chains, 0)).toBeCloseTo(10, 10);
    expect(d.essQuantile(chains, 1)).toBeCloseTo(10, 10);
    expect(d.mcseQuantile(chains, 0)).toBeCloseTo(0.5, 10);
    expect(d.mcseQuantile(chains, 1)).toBeCloseTo(0.75, 10);
  });

  it("do not depend on the unit of the draws", () => {
    const golden = goldens.find((one) => one.name === "ar9") as Golden;
    const chains = golden.draws.map((chain) => chain.map(read));
    // A power of two scales every intermediate exactly, so the results are the same bits.
    const tiny = chains.map((chain) => chain.map((value) => value * 2 ** -60));
    expect(d.rhat(tiny)).toBe(d.rhat(chains));
    expect(d.essBulk(tiny)).toBe(d.essBulk(chains));
    expect(d.essTail(tiny)).toBe(d.essTail(chains));
  });
});
