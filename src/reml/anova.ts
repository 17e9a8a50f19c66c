/**
 * Likelihood-ratio tests of nested fits.
 *
 * @module
 */

import { ArgumentError, ModelError, type Warning, warning } from "../errors.ts";
import { checkSameData } from "../model/sameData.ts";
import {
  type AnovaColumn,
  AnovaTable,
  countColumn,
  labelColumn,
  ratioColumns,
  statisticColumn,
  valueColumn,
} from "./anovaTable.ts";
import { type RatioTest, ratioTest } from "./boundary.ts";
import { sameFitBy } from "./fit.ts";
import { LmmFit } from "./lmmFit.ts";
import { nestedIn, sameFixedPart } from "./nesting.ts";

/** A row of `anova(fitA, fitB)`: a model, tested against the one above it. */
export interface LikelihoodRatioRow {
  /** Its formula. */
  readonly model: string;
  readonly npar: number;
  readonly aic: number;
  readonly bic: number;
  readonly logLik: number;
  /** −2 log-likelihood, restricted when the comparison is by REML. */
  readonly deviance: number;
  /** Fall of the deviance; NaN in the first row, as what follows. */
  readonly chisq: number;
  /** Parameters more than the row above. */
  readonly df: number;
  /** Corrected for the edge of the range where one variance is tested. */
  readonly p: number;
  /** By plain χ², as lme4 has it. */
  readonly pNaive: number;
  /** The distribution behind `p`: `χ²₁`, or a mixture such as `½χ²₁ + ½χ²₂`. */
  readonly reference: string;
}

/**
 * Likelihood-ratio tests of two or more nested fits, from the smallest to the largest. lme4: `anova(a, b)`.
 *
 * When the fixed parts differ, or one fit is by REML and another by ML, REML fits are refitted by maximum likelihood and
 * a note says so; fits by REML with the same fixed part compare by REML (lme4 refits them by ML unless `refit = FALSE`). When the larger model has one more variance
 * (with its covariances), zero lies on the edge of its range and the p-value is from ½χ²_k + ½χ²_{k+1} (Stram & Lee
 * 1994), named in `reference`; `pNaive` is lme4's.
 *
 * @param fits - two or more fits of the same rows and response
 * @throws {ModelError} `different-rows`, `different-response`, `different-weights`, `different-offset`, `different-sigma`,
 * `not-nested`
 * @throws {ArgumentError} `invalid-argument` for fewer than two fits
 *
 * @example
 * const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
 * anova(fit, fit.update(". ~ . - Days")).rows[1]; // { chisq: 23.54, df: 1, p: 1.23e-6, … }
 */
export function anova(...fits: readonly LmmFit[]): AnovaTable<LikelihoodRatioRow> {
  if (fits.length < 2 || fits.some((fit) => !(fit instanceof LmmFit))) {
    throw new ArgumentError(
      "invalid-argument",
      "anova() compares two or more fits of reml() or ml().",
      "Pass the fits; the F tests of one fit are fit.anova().",
      { got: fits.length },
    );
  }
  const [first, ...others] = fits;
  for (const other of others) checkSameData(first.model, other.model);
  checkSameSigma(fits);
  const sameFixed = others.every((other) => sameFixedPart(first.model, other.model));
  const byReml = sameFixed && fits.every(({ method }) => method === "REML");
  const refitted = byReml ? [] : fits.filter(({ method }) => method === "REML");
  const used = fits
    .map((fit) => (refitted.includes(fit) ? sameFitBy(fit, "ML") : fit))
    .sort((a, b) => a.npar - b.npar);
  const tests = used.map((fit, i) => (i === 0 ? undefined : testOf(used[i - 1], fit)));
  const rows = used.map((fit, i): LikelihoodRatioRow => {
    const test = tests[i];
    return {
      model: fit.model.formula,
      npar: fit.npar,
      aic: fit.aic,
      bic: fit.bic,
      logLik: fit.logLik,
      deviance: fit.criterion,
      chisq: test?.chisq ?? Number.NaN,
      df: test?.df ?? Number.NaN,
      p: test?.p ?? Number.NaN,
      pNaive: test?.pNaive ?? Number.NaN,
      reference: test?.reference ?? "",
    };
  });
  const notes: Warning[] = [];
  if (refitted.length > 0) {
    const reason = sameFixed
      ? "one of the fits is by ML"
      : "REML criteria of different fixed parts do not compare";
    notes.push(
      warning(
        "refitted-by-ml",
        `${refitted.length === fits.length ? "The" : "Some"} fits were refitted by maximum likelihood, because ${reason}.`,
        { models: refitted.map(({ model }) => model.formula) },
      ),
    );
  }
  if (rows.some(({ reference }) => reference.includes("½"))) {
    notes.push(
      warning(
        "boundary-corrected",
        "A variance of zero lies on the edge of its range: Pr(>Chisq) is from the mixture under Reference, Pr(naive) from χ² with Df.",
      ),
    );
  }
  if (tests.some((test) => test?.conservative === true)) {
    notes.push(
      warning(
        "boundary-conservative",
        "Several variances, or a variance and fixed effects, differ at once; no simple mixture is known, and χ² gives a p-value that is too large.",
      ),
    );
  }
  const heading = [
    `Likelihood-ratio tests by ${byReml ? "REML" : "maximum likelihood"}`,
    ...rows.map(({ model }, i) => `${i + 1}: ${model}`),
  ].join("\n");
  return new AnovaTable(heading, rows, columns, notes);
}

/** Refuses fits that hold different sigmas, or of which some hold one and others estimate it. */
function checkSameSigma(fits: readonly LmmFit[]): void {
  const held = fits.map(({ sigma, sigmaKnown }) => (sigmaKnown ? sigma : null));
  if (held.every((sigma) => sigma === held[0])) return;
  throw new ModelError(
    "different-sigma",
    `The fits hold different sigmas: ${held.map((sigma) => sigma ?? "estimated").join(", ")}.`,
    "Give all of them the same sigma, or none.",
    { held },
  );
}

function testOf(
  small: LmmFit,
  large: LmmFit,
): RatioTest & { readonly chisq: number; readonly df: number; readonly conservative: boolean } {
  const { beside, variances } = nestedIn(small.model, large.model);
  const df = large.npar - small.npar;
  const chisq = Math.max(0, small.criterion - large.criterion);
  const single = large.model.p === small.model.p ? beside : null;
  return { chisq, df, conservative: variances && single === null, ...ratioTest(chisq, df, single) };
}

const columns: readonly AnovaColumn<LikelihoodRatioRow>[] = [
  labelColumn("", (_, i) => String(i + 1)),
  countColumn("npar", ({ npar }) => npar),
  valueColumn("AIC", ({ aic }) => aic),
  valueColumn("BIC", ({ bic }) => bic),
  valueColumn("logLik", ({ logLik }) => logLik),
  valueColumn("deviance", ({ deviance }) => deviance),
  statisticColumn("Chisq", ({ chisq }) => chisq),
  countColumn("Df", ({ df }) => df),
  ...ratioColumns<LikelihoodRatioRow>(),
];
