import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import * as blmm from "../src/index.ts";

const root = join(import.meta.dirname, "..");
const { exports: map } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string; node: string; default: string }>;
};

/** Every value that each entry exports. A name appears or goes only together with its line here. */
const names: Readonly<Record<string, string>> = {
  ".": `
    lmm LinearMixedModel student sums lmmFromSums sumsFromJson
    parseCsv factor toTable
    reml ml criterionAt bootstrap bootstrapSync
    anova emmeans lm lmList comparePooling henderson gls marginalCovariance
    gibbs gibbsSync gibbsStream resume priorPredictive
    flat normal halfT halfCauchy halfNormal exponential inverseGamma inverseWishart huangWand lkj fixed uniformSd
    Draws drawsFrom summarize
    rhat rhatBasic essBulk essTail essMean essSd essQuantile mcseMean mcseSd mcseQuantile autocorrelation geweke hdi
    explain exportCode save load
    compare ppCheck loo looCompare waic hypothesis bayesFactor marginalLikelihood
    BlmmError ArgumentError FormulaError DataError ModelError PriorError NumericalError`,
  "./plot": `
    CHAIN_COLORS trace traceData densityOverlay densityOverlayData intervals intervalsData
    compareIntervals compareIntervalsData histogram histogramData rankOverlay rankOverlayData
    autocorrelation autocorrelationData caterpillar caterpillarData pairs pairsData
    ppcDensityOverlay ppcDensityOverlayData ppcStat ppcStatData ppcIntervals ppcIntervalsData qq qqData
    areas areasData ridges ridgesData rhatDots rhatDotsData essDots essDotsData priorPosterior priorPosteriorData
    facets facetsData spaghetti spaghettiData shrinkage shrinkageData residualFitted residualFittedData
    interactionPlot interactionPlotData`,
  "./node": `
    readTable toSVG writeDrawsCsv writeJson writeSVG toJson reportHtml writeReport readSave writeSave
    drawsToCsv drawsFromCsv drawsToStanCsv drawsFromStanCsv drawsToArrow drawsFromArrow
    toInferenceData fromInferenceData`,
  "./formats": `
    drawsToCsv drawsFromCsv drawsToStanCsv drawsFromStanCsv drawsToArrow drawsFromArrow
    toInferenceData fromInferenceData`,
  "./datasets":
    "sleepstudy oats tablets tabletsMissing clusters Dyestuff Dyestuff2 Penicillin Pastes cake eightSchools",
  "./sql": "lmmFromSql sqlPlan duckdb postgres",
  "./check": "jointTest power priorPull priorSensitivity recover sbc selfTest",
  "./workers": "workers",
  "./workers/worker": "",
  "./vitest": "matchers",
  "./matrix": "toMatrix",
};

const entries = Object.entries(map).filter(([, target]) => typeof target === "object") as [
  string,
  { types: string; node: string; default: string },
][];

/** Types of what users keep: a project that declares types must be able to name them. The compiler checks them. */
type Named = [
  blmm.Noted<blmm.ConfintRow>,
  blmm.Convergence,
  blmm.ParameterEstimate,
  blmm.FixedDesign,
  blmm.RandomTerm,
  blmm.NewDesign,
  blmm.NamedMatrix,
  blmm.DrawsSelection,
  blmm.ResolvedPriors,
  blmm.BetaPrior | blmm.Flat | blmm.Normal,
  blmm.SdPrior | blmm.HalfT | blmm.HalfNormal | blmm.Exponential | blmm.InverseGamma | blmm.UniformSd,
  blmm.TermPrior | blmm.Fixed | blmm.InverseWishart | blmm.HuangWand | blmm.Lkj,
];

describe("the package", () => {
  it("names the types of what its functions return", () => {
    const prior: Named[11] = blmm.huangWand({ scale: 1 });
    expect(prior.type).toBe("huangWand");
  });

  it("has the entries listed here", () => {
    expect(entries.map(([entry]) => entry).sort()).toEqual(Object.keys(names).sort());
  });

  it.each(entries)("%s exports the names listed here, from source and as built", async (entry, target) => {
    const expected = (names[entry] ?? "").split(/\s+/).filter(Boolean).sort();
    const source = join(root, target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts"));
    expect(Object.keys(await import(source)).sort()).toEqual(expected);
    for (const path of [target.default, target.node]) {
      const built = pathToFileURL(join(root, path)).href;
      expect(Object.keys(await import(/* @vite-ignore */ built)).sort(), path).toEqual(expected);
    }
    expect(existsSync(join(root, target.types))).toBe(true);
  });
});
