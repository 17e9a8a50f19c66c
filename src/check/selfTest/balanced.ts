/**
 * Balanced designs of whole numbers, whose estimates are ratios of sums of squares.
 *
 * @module
 */

import { lmm } from "../../model/lmm.ts";
import { ml, reml } from "../../reml/fit.ts";
import type { Compare } from "./comparison.ts";

/** Sums of squares of whole numbers are exact; what is left is the search, which ends far below 1e-6 of an SE. */
const ESTIMATE = 1e-7;
/** At its minimum the criterion moves with the square of that; rounding remains. */
const CRITERION = 1e-12;

/** Balanced one-way layouts: a groups of m rows. */
const LAYOUTS: readonly (readonly [name: string, groups: readonly (readonly number[])[]])[] = [
  [
    "five groups of three",
    [
      [12, 15, 14],
      [22, 19, 25],
      [8, 11, 9],
      [17, 20, 16],
      [30, 27, 28],
    ],
  ],
  [
    "four groups of two, far from zero",
    [
      [1000001, 1000004],
      [1000012, 1000009],
      [1000003, 1000006],
      [1000020, 1000017],
    ],
  ],
  [
    "six groups of four, little between",
    [
      [5, 9, 7, 6],
      [8, 12, 10, 9],
      [4, 9, 8, 7],
      [9, 8, 13, 11],
      [6, 10, 5, 7],
      [10, 11, 8, 12],
    ],
  ],
];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const squares = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0);

const near = (compare: Compare, what: string, value: number | undefined, expected: number): void =>
  compare(what, value, expected, ESTIMATE * Math.abs(expected));

function compareLayout(compare: Compare, name: string, groups: readonly (readonly number[])[]): void {
  const [a, m] = [groups.length, groups[0].length];
  const n = a * m;
  const rows = groups.flatMap((values, g) => values.map((y) => ({ y, g: `g${g}` })));
  const model = lmm("y ~ 1 + (1 | g)", rows);
  const within = groups.reduce((sum, values) => sum + squares(values), 0);
  const between = m * squares(groups.map(mean));
  const grand = mean(groups.flat());
  for (const method of ["REML", "ML"] as const) {
    const fit = (method === "REML" ? reml : ml)(model);
    // λ = σ² + mτ²: the variance between, by a − 1 or a degrees of freedom.
    const lambda = between / (method === "REML" ? a - 1 : a);
    const sigma2 = within / (n - a);
    const tau2 = (lambda - sigma2) / m;
    const logs = a * Math.log(lambda) + (n - a) * Math.log(sigma2);
    const df = method === "REML" ? n - 1 : n;
    const ofX = method === "REML" ? Math.log(n / lambda) : 0;
    const criterion = df * (1 + Math.log(2 * Math.PI)) + logs + ofX;
    const what = `${name}, ${method}`;
    compare(`${what}: criterion`, fit.criterion, criterion, CRITERION * Math.abs(criterion));
    near(compare, `${what}: variance within`, fit.sigma ** 2, sigma2);
    near(compare, `${what}: variance between`, fit.varCorr()[0].covariance, tau2);
    near(compare, `${what}: intercept`, fit.fixef()["(Intercept)"], grand);
    const [row] = fit.coefTable({ df: "z" });
    near(compare, `${what}: standard error`, row.se, Math.sqrt(lambda / n));
    const [first] = fit.ranef();
    near(compare, `${what}: mode of g0`, first.mode, ((m * tau2) / lambda) * (mean(groups[0]) - grand));
    near(compare, `${what}: conditional SD of g0`, first.sd, Math.sqrt((tau2 * sigma2) / lambda));
    if (method === "ML") continue;
    for (const df of ["satterthwaite", "kenward-roger"] as const) {
      near(compare, `${what}: degrees of freedom by ${df}`, fit.coefTable({ df })[0].df, a - 1);
    }
    near(compare, `${what}: intraclass correlation`, fit.icc().adjusted, tau2 / (tau2 + sigma2));
  }
}

/** Groups alike to a digit: the variance between is estimated as zero, and that within is the whole. */
function compareNoVariance(compare: Compare): void {
  const groups = [
    [1, 9, 4],
    [2, 8, 5],
    [3, 7, 4],
    [0, 9, 5],
  ];
  const rows = groups.flatMap((values, g) => values.map((y) => ({ y, g: `g${g}` })));
  const fit = reml(lmm("y ~ 1 + (1 | g)", rows));
  const what = "four groups that are alike";
  compare(`${what}: variance between`, fit.varCorr()[0].covariance, 0);
  near(compare, `${what}: variance within`, fit.sigma ** 2, squares(groups.flat()) / 11);
  compare(`${what}: singular`, String(fit.isSingular), "true");
}

/** Blocks of four treatments: the F test is that of the analysis of variance. */
function compareBlocks(compare: Compare): void {
  const yields = [
    [14, 18, 21, 25],
    [11, 17, 16, 23],
    [19, 20, 27, 29],
    [9, 13, 18, 17],
    [15, 22, 20, 27],
  ];
  const [b, t] = [yields.length, yields[0].length];
  const rows = yields.flatMap((values, block) =>
    values.map((y, c) => ({ y, block: `b${block}`, kind: "pqrs"[c] })),
  );
  const fit = reml(lmm("y ~ kind + (1 | block)", rows));
  const byKind = yields[0].map((_, c) => yields.map((values) => values[c]));
  const ofKinds = b * squares(byKind.map(mean));
  const ofBlocks = t * squares(yields.map(mean));
  const error = (squares(yields.flat()) - ofKinds - ofBlocks) / ((b - 1) * (t - 1));
  const F = ofKinds / (t - 1) / error;
  near(compare, "blocks: variance within", fit.sigma ** 2, error);
  near(compare, "blocks: variance between", fit.varCorr()[0].covariance, (ofBlocks / (b - 1) - error) / t);
  for (const df of ["satterthwaite", "kenward-roger", "containment"] as const) {
    const [row] = fit.anova({ df }).rows;
    near(compare, `blocks: F by ${df}`, row.f, F);
    near(compare, `blocks: numerator by ${df}`, row.numDf, t - 1);
    near(compare, `blocks: denominator by ${df}`, row.denDf, (b - 1) * (t - 1));
    near(compare, `blocks: sum of squares by ${df}`, row.sumSq, ofKinds);
  }
  fit.emmeans("kind").rows.forEach((row, c) => {
    near(compare, `blocks: mean of ${row["kind"]}`, row.mean, mean(byKind[c]));
  });
  for (const { contrast, estimate, se } of fit.pairs("kind").rows) {
    const [first, second] = contrast.split(" - ").map((kind) => mean(byKind["pqrs".indexOf(kind)]));
    near(compare, `blocks: ${contrast}`, estimate, first - second);
    near(compare, `blocks: standard error of ${contrast}`, se, Math.sqrt((2 * error) / b));
  }
}

/** A nested layout: casks of three rows, two in a batch. */
function compareNested(compare: Compare): void {
  const batches = [
    [[12, 14, 13], [19, 17, 18]],
    [[30, 33, 30], [27, 24, 27]],
    [[8, 9, 13], [15, 16, 20]],
    [[40, 38, 39], [33, 36, 36]],
  ]; // biome-ignore format: a layout
  const rows = batches.flatMap((casks, a) =>
    casks.flatMap((values, c) => values.map((y) => ({ y, batch: `b${a}`, cask: `c${c}` }))),
  );
  const fit = reml(lmm("y ~ 1 + (1 | batch / cask)", rows));
  const error = batches.flat().reduce((sum, values) => sum + squares(values), 0) / 16;
  const ofCasks = batches.reduce((sum, casks) => sum + 3 * squares(casks.map(mean)), 0) / 4;
  const ofBatches = (6 * squares(batches.map((casks) => mean(casks.flat())))) / 3;
  const [cask, batch] = fit.varCorr();
  near(compare, "nested: variance of casks", cask.covariance, (ofCasks - error) / 3);
  near(compare, "nested: variance of batches", batch.covariance, (ofBatches - ofCasks) / 6);
  near(compare, "nested: variance within", fit.sigma ** 2, error);
  near(compare, "nested: standard error", fit.coefTable({ df: "z" })[0].se, Math.sqrt(ofBatches / 24));
}

/** Everything that a balanced layout gives in closed form. */
export function compareBalanced(compare: Compare): void {
  for (const [name, groups] of LAYOUTS) compareLayout(compare, name, groups);
  compareNoVariance(compare);
  compareBlocks(compare);
  compareNested(compare);
}
