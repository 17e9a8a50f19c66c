/**
 * Checks that the data can identify the model, before anything is computed.
 *
 * @module
 */

import { DataError, ModelError, show, type Warning, warning } from "../errors.ts";
import { deparse } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import type { FixedDesign } from "./design.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import type { ModelFrame } from "./modelFrame.ts";
import type { RandomTerm } from "./randomTerms.ts";
import { rarestPair, warnAroundZero, warnContinuous, warnReusedLabels } from "./unintended.ts";
import { checkSize } from "./usableRows.ts";

/** What the checks that need no rows go by. */
export interface IdentifyCounts {
  readonly n: number;
  readonly weighted: boolean;
  /** By random term and column: the levels within which the column varies. */
  readonly varying: readonly (readonly number[])[];
}

/**
 * Refuses numbers whose squares cannot be computed with.
 *
 * @throws {DataError} `extreme-size`
 */
export function checkSizes(
  formula: Formula,
  { response, offset, weights, rows }: ModelFrame,
  fixed: FixedDesign,
  random: readonly RandomTerm[],
): void {
  const n = rows.length;
  checkSize(formula.responseLabel, response);
  if (offset !== null) checkSize("offset", offset);
  if (weights !== null) checkSize("weights", weights);
  const columns = (names: readonly string[], values: Float64Array): void =>
    names.forEach((name, j) => {
      checkSize(name, values.subarray(j * n, (j + 1) * n));
    });
  columns(fixed.names, fixed.values);
  for (const { columns: names, z } of random) columns(names, z);
}

/**
 * Refuses what the data cannot identify; returns warnings about what they identify badly.
 *
 * @throws {ModelError} `too-few-rows`, `one-group`, `group-in-fixed`, without weights `one-row-per-group` and
 * `too-many-random-effects`, `slope-constant-within-groups`, `common-effect-twice`
 */
export function checkIdentified(
  formula: Formula,
  frame: ModelFrame,
  fixed: FixedDesign,
  random: readonly RandomTerm[],
): Warning[] {
  const n = frame.rows.length;
  const varying = random.map((term) => varyingLevels(term, n));
  const weighted = frame.weights !== null;
  const warnings = checkCounts(formula, frame, fixed.names.length, random, { n, weighted, varying });
  checkSymmetric(random, (term, other) => other.codes === term.codes && hasSum(other, sumOfColumns(term, n)));
  warnReusedLabels(frame, formula, rarestPair, warnings);
  return warnings;
}

/** As {@link checkIdentified}, without the checks that go through the rows. */
export function checkCounts(
  formula: Formula,
  frame: Pick<ModelFrame, "variables" | "groups">,
  p: number,
  random: readonly RandomTerm[],
  { n, weighted, varying }: IdentifyCounts,
): Warning[] {
  const warnings: Warning[] = [];
  const seen = new Set<string>();
  for (const term of random) {
    if (seen.has(term.group)) continue;
    seen.add(term.group);
    checkGroup(term, warnings);
    checkNotFixed(term, formula, frame);
  }
  if (p >= n) {
    throw new ModelError(
      "too-few-rows",
      `The fixed part has ${p} coefficients, but there are ${n} rows.`,
      "Remove predictors or add rows.",
      { p, n },
    );
  }
  // With weights the residual variances may be known; the estimators check once they know whether they are.
  if (!weighted) checkResidualVariance(random, n);
  random.forEach((term, t) => {
    checkSlopes(term, random, varying[t], warnings);
  });
  warnAroundZero(frame, formula, warnings);
  warnContinuous(frame, formula, n, warnings);
  return warnings;
}

function checkGroup({ group, levels }: RandomTerm, warnings: Warning[]): void {
  const groups = levels.length;
  if (groups === 1) {
    throw new ModelError(
      "one-group",
      `${group} has one value (${show(levels[0])}); variance between groups needs at least 2, usefully 5.`,
      "Leave the random term out, or use lm().",
      { group, level: levels[0] },
    );
  }
  if (groups > 4) return;
  warnings.push(
    warning(
      "few-groups",
      `${group} has ${groups} groups: the standard deviation between them has at most ${groups - 1} as degrees of freedom; the prior matters.`,
      { group, groups },
    ),
  );
}

/** A group with a fixed coefficient for each of its levels leaves nothing for its random intercepts. */
function checkNotFixed({ group }: RandomTerm, formula: Formula, frame: Pick<ModelFrame, "variables">): void {
  const bare = (label: string): string => label.replace(/^factor\((.*)\)$/, "$1");
  const own = formula.random
    .filter(({ part }) => part.intercept)
    .flatMap(({ groups }) => groups)
    .find((candidate) => candidate.label === group);
  if (own === undefined) return;
  const labels = own.factors.map((node) => bare(deparse(node)));
  // A product of factors spans the cells of those factors, and of any of them, however it is coded.
  const term = formula.fixed.terms.find(({ variables }) => {
    const factors = variables.map((index) => formula.fixed.labels[index]);
    if (factors.some((label) => frame.variables.get(label)?.kind !== "factor")) return false;
    return labels.every((label) => factors.some((factor) => bare(factor) === label));
  });
  if (term === undefined) return;
  throw groupInFixed(group, "(Intercept)", term.label);
}

/**
 * The error for a column of a random term that the fixed part has too.
 *
 * @param term - of the fixed part, where it is one
 */
export function groupInFixed(group: string, column: string, term?: string): ModelError {
  return new ModelError(
    "group-in-fixed",
    `The fixed part has a coefficient for every ${group}${term === undefined ? "" : ` (${term})`}, which leaves nothing for (${written(column)} | ${group}) to explain.`,
    `Remove ${term ?? "what tells them apart"} from the fixed part, or the random term.`,
    { group, term },
  );
}

/** A column of a random term as formulas have it. */
const written = (column: string): string => (column === "(Intercept)" ? "1" : column);

/**
 * Refuses random terms that leave nothing to tell an unknown residual variance by.
 *
 * @throws {ModelError} `one-row-per-group`, `too-many-random-effects`
 */
export function checkResidualVariance(random: readonly RandomTerm[], n: number): void {
  const known =
    "where the residual variance of every row is known, give weights = 1 / variance to lmm() and hold sigma at 1: " +
    "{ priors: { sigma: fixed(1) } } of gibbs(), { sigma: 1 } of reml() and ml()";
  for (const { group, levels } of random) {
    if (levels.length < n) continue;
    throw new ModelError(
      "one-row-per-group",
      `Every ${group} has one row, so group and residual variance cannot be separated.`,
      `Group by something with several rows each, or leave the random term out; ${known}.`,
      { group, groups: levels.length, n },
    );
  }
  for (const { group, levels, columns } of random) {
    const q = levels.length * columns.length;
    if (q < n) continue;
    const names = columns.map(written);
    const rest = names.length > 5 ? ` + ${names.length - 5} more` : "";
    throw new ModelError(
      "too-many-random-effects",
      `(${names.slice(0, 5).join(" + ")}${rest} | ${group}) has ${q} effects for ${n} rows, so the residual variance is not identified.`,
      `Use fewer columns, for example (1 | ${group}); ${known}.`,
      { group, effects: q, n },
    );
  }
}

/**
 * Refuses models in which nothing can tell an unknown residual variance: {@link checkResidualVariance}, and a response that
 * intercepts reproduce.
 *
 * @throws {ModelError} `one-row-per-group`, `too-many-random-effects`; {DataError} `response-constant-within-groups`
 */
export function checkResidual(model: LinearMixedModel): void {
  const { random, n } = model;
  checkResidualVariance(random, n);
  if (!model.hasRows) return;
  const { response, offset } = model;
  const y = (i: number): number => response.values[i] - (offset === null ? 0 : offset[i]);
  for (const { group, levels, columns, codes } of random) {
    const first = new Float64Array(levels.length).fill(Number.NaN);
    const varies = (code: number, i: number): boolean => {
      if (Number.isNaN(first[code])) first[code] = y(i);
      return first[code] !== y(i);
    };
    if (!columns.includes("(Intercept)") || codes.some(varies)) continue;
    throw new DataError(
      "response-constant-within-groups",
      `${response.name} is the same in all rows of every ${group}, so (1 | ${group}) reproduces it and leaves nothing for the residual variance.`,
      `Keep one row per ${group} and fit lm(), or check the response.`,
      { group, response: response.name },
    );
  }
}

/** Levels within which each column of a term varies. */
function varyingLevels({ levels, columns, codes, z }: RandomTerm, n: number): number[] {
  return columns.map((_, c) => {
    const first = new Float64Array(levels.length).fill(NaN);
    const varies = new Uint8Array(levels.length);
    for (let i = 0; i < n; i++) {
      const g = codes[i];
      const value = z[c * n + i];
      if (Number.isNaN(first[g])) first[g] = value;
      else if (first[g] !== value) varies[g] = 1;
    }
    return varies.reduce((sum, v) => sum + v, 0);
  });
}

/** Where a slope's column never varies inside a group, that group says nothing about the slope. */
function checkSlopes(
  { group, levels, columns }: RandomTerm,
  random: readonly RandomTerm[],
  counts: readonly number[],
  warnings: Warning[],
): void {
  const hasIntercept = random.some((other) => other.group === group && other.columns.includes("(Intercept)"));
  columns.forEach((name, c) => {
    if (name === "(Intercept)") return;
    const varying = counts[c];
    // Alone, without an intercept beside it, such a column still scales the groups' variance.
    if (varying === 0 && (hasIntercept || columns.length > 1)) {
      throw new ModelError(
        "slope-constant-within-groups",
        `${name} is constant within every ${group}; its slope cannot vary by ${group}.`,
        "Use it as a fixed effect only.",
        { column: name, group },
      );
    }
    if (varying > 0 && varying * 2 <= levels.length) {
      warnings.push(
        warning(
          "slope-varies-in-few-groups",
          `${name} varies in only ${varying} of ${levels.length} groups of ${group}; the others say nothing about its slope.`,
          { column: name, group, varying, groups: levels.length },
        ),
      );
    }
  });
}

/**
 * The columns of `cs(0 + f | g)` have a common part, their sum. Where another term of the group has it too, as
 * `(1 | g)` has, its variance cannot be told from the correlation.
 *
 * @param sharesSum - whether a column of the other term, or their sum, is a multiple of the sum of the first
 */
export function checkSymmetric(
  random: readonly RandomTerm[],
  sharesSum: (term: RandomTerm, other: RandomTerm) => boolean,
): void {
  for (const term of random.filter(({ structure }) => structure === "cs")) {
    const other = random.find((own) => own !== term && own.group === term.group && sharesSum(term, own));
    if (other === undefined) continue;
    const names = other.columns.map(written).join(" + ");
    throw new ModelError(
      "common-effect-twice",
      `The correlation of cs(… | ${term.group}) already holds what its columns have in common, which (${names} | ${term.group}) would add again.`,
      `Remove (${names} | ${term.group}).`,
      { group: term.group, columns: other.columns },
    );
  }
}

function hasSum(other: RandomTerm, sum: Float64Array): boolean {
  const n = sum.length;
  const own = other.columns.map((_, c) => other.z.subarray(c * n, (c + 1) * n));
  return [...own, sumOfColumns(other, n)].some((column) => isMultiple(column, sum));
}

function sumOfColumns({ z }: RandomTerm, n: number): Float64Array {
  const sum = new Float64Array(n);
  z.forEach((value, e) => {
    sum[e % n] += value;
  });
  return sum;
}

/** Whether x = c y for some c ≠ 0, to rounding. */
function isMultiple(x: Float64Array, y: Float64Array): boolean {
  const at = y.findIndex((value) => value !== 0);
  const ratio = at < 0 ? 0 : x[at] / y[at];
  return ratio !== 0 && x.every((value, i) => Math.abs(value - ratio * y[i]) <= 1e-12 * Math.abs(value));
}
