/**
 * What deleting whole groups does to the fixed effects, exactly at the θ and σ of the fit.
 *
 * @module
 */

import { ArgumentError, didYouMean, listOf, show } from "../errors.ts";
import { blockFactor, factorize } from "../linalg/blockCholesky.ts";
import { solveInto } from "../linalg/blockSolve.ts";
import { bilinearForm, type HalfRow, halfSolve } from "../linalg/halfSolve.ts";
import { solveGeneral } from "../linalg/lu.ts";
import { effectCount } from "../linalg/residual.ts";
import { crossProducts, fixedEffectsFromWorkingInto } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { analyseRank } from "../model/rank.ts";
import { fittedValues, fixedCovariance, fixedEffects } from "./estimates.ts";
import { needsCoefficients } from "./influence.ts";
import type { Optimum } from "./optimum.ts";
import { effectsOfRow, type RowForms, rowForms, rowWeights, workingRow } from "./rowForms.ts";

/** A row of Cook's distances by group. */
export interface GroupInfluenceRow {
  readonly group: string;
  readonly level: string;
  /** Rows of the level. */
  readonly rows: number;
  /** (β̂ − β̂₍ⱼ₎)′ V⁻¹ (β̂ − β̂₍ⱼ₎) / p; NaN where the other rows do not determine the fixed effects. */
  readonly distance: number;
  /** How far deleting the level moves each fixed effect: β̂ − β̂₍ⱼ₎. */
  readonly change: Readonly<Record<string, number>>;
}

/** Levels that touch more effects than this are deleted by a new factorisation: t³ passes what that costs. */
const MOST_TOUCHED = 200;

/**
 * Cook's distance of every level of a group: how far the fixed effects move when all its rows are deleted, in units of
 * their covariance matrix V, exactly at the θ and σ of the fit.
 *
 * With A the rows (Λ′z, x) of the level, r their residuals, and T the t effects that A touches, deletion changes
 * (u, β) by H⁻¹A′(I − WAH⁻¹A′)⁻¹Wr = H⁻¹_{·T}(I − G H⁻¹_TT)⁻¹ A′Wr, G = A′WA: t equations per level, however many
 * rows it has.
 *
 * @param by - a group of the model as printed (`"cask:batch"`)
 * @throws {ArgumentError} `unknown-group`; {ModelError} `no-coefficients`
 * @see Cook 1977, Technometrics 19; Demidenko & Stukel 2005, Statist. Med. 24, 893 (deletion of clusters);
 * `cooks.distance(influence(m, groups))` of lme4 estimates θ anew
 */
export function cooksDistanceByGroup(
  model: LinearMixedModel,
  optimum: Optimum,
  by: string,
): GroupInfluenceRow[] {
  const term = model.random.find(({ group }) => group === by);
  if (term === undefined) throw unknownGroup(model, by);
  needsCoefficients(model);
  const { p } = model;
  const forms = rowForms(optimum);
  const residual = fittedValues(model, optimum).map((value, i) => model.response.values[i] - value);
  const unitsOfX = Array.from({ length: p }, (_, c) => halfSolve(forms.solver, [], unit(p, c)));
  const V = fixedCovariance(optimum);
  const members: number[][] = term.levels.map(() => []);
  term.codes.forEach((code, i) => {
    members[code].push(i);
  });
  return term.levels.map((level, j) => {
    const change = deletionChange(model, optimum, forms, members[j], residual, unitsOfX);
    const solved = change === null ? null : solveGeneral(V, change, p);
    let distance = solved === null ? Number.NaN : 0;
    if (change !== null && solved !== null) {
      for (let c = 0; c < p; c++) distance += (change[c] * solved[c]) / p;
    }
    return {
      group: term.group,
      level,
      rows: members[j].length,
      distance,
      change: Object.fromEntries(model.fixed.names.map((name, c) => [name, change?.[c] ?? Number.NaN])),
    };
  });
}

function unknownGroup(model: LinearMixedModel, by: unknown): ArgumentError {
  const known = [...new Set(model.random.map(({ group }) => group))];
  const near = typeof by === "string" ? didYouMean(by, known) : undefined;
  return new ArgumentError(
    "unknown-group",
    `The model has no group ${show(by)}.`,
    near === undefined ? `It has ${listOf(known, 12)}.` : `Did you mean "${near}"?`,
    { by, known },
  );
}

function unit(n: number, at: number): Float64Array {
  const out = new Float64Array(n);
  out[at] = 1;
  return out;
}

/** β̂ − β̂₍ⱼ₎ in the user's coordinates; `null` where the other rows do not determine β. */
function deletionChange(
  model: LinearMixedModel,
  optimum: Optimum,
  forms: RowForms,
  rows: readonly number[],
  residual: Float64Array,
  unitsOfX: readonly HalfRow[],
): Float64Array | null {
  const { n, p, fixed, random } = model;
  const { cross, solver } = forms;
  const weights = rowWeights(model, optimum);
  const places = new Map<string, number>();
  const halves: HalfRow[] = [];
  const sparse = rows.map((i) => {
    const at: number[] = [];
    const values: number[] = [];
    for (const { factor, level, values: own } of effectsOfRow(forms, i, n, random)) {
      const key = `${factor}:${level}`;
      const first = places.get(key) ?? halves.length;
      if (first === halves.length) {
        places.set(key, first);
        for (let c = 0; c < own.length; c++)
          halves.push(halfSolve(solver, [{ factor, level, values: unit(own.length, c) }], null));
      }
      own.forEach((value, c) => {
        at.push(first + c);
        values.push(value);
      });
    }
    return { at, values };
  });
  const effects = halves.length;
  const t = effects + p;
  if (t > MOST_TOUCHED) return changeByRefactoring(model, optimum, rows);
  const touched = [...halves, ...unitsOfX];
  const G = new Float64Array(t * t);
  const g = new Float64Array(t);
  rows.forEach((i, r) => {
    const at = [...sparse[r].at, ...unitsOfX.map((_, c) => effects + c)];
    const values = [...sparse[r].values, ...workingRow(cross, i, n, fixed.values)];
    const w = weights === null ? 1 : weights[i];
    at.forEach((column, b) => {
      g[column] += w * values[b] * residual[i];
      at.forEach((row, a) => {
        G[row + column * t] += w * values[a] * values[b];
      });
    });
  });
  const K = new Float64Array(t * t);
  for (let b = 0; b < t; b++) {
    for (let a = 0; a <= b; a++) {
      K[a + b * t] = bilinearForm(solver, touched[a], touched[b]);
      K[b + a * t] = K[a + b * t];
    }
  }
  const M = new Float64Array(t * t);
  for (let b = 0; b < t; b++) {
    for (let a = 0; a < t; a++) {
      let sum = a === b ? 1 : 0;
      for (let c = 0; c < t; c++) sum -= G[a + c * t] * K[c + b * t];
      M[a + b * t] = sum;
    }
  }
  const v = solveGeneral(M, g, t);
  if (v === null) return null;
  const out = new Float64Array(p);
  for (let c = 0; c < p; c++) for (let b = 0; b < t; b++) out[c] += K[effects + c + b * t] * v[b];
  // β = R⁻¹β_Q.
  for (let a = p - 1; a >= 0; a--) {
    for (let c = a + 1; c < p; c++) out[a] -= cross.R[a + c * p] * out[c];
    out[a] /= cross.R[a + a * p];
  }
  return out;
}

/** The same by the cross-products of the other rows, factored at the same θ. */
function changeByRefactoring(
  model: LinearMixedModel,
  optimum: Optimum,
  gone: readonly number[],
): Float64Array | null {
  const { n, p, fixed, offset } = model;
  const weights = rowWeights(model, optimum);
  const out = new Set(gone);
  const kept = Int32Array.from(Array.from({ length: n }, (_, i) => i).filter((i) => !out.has(i)));
  const take = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i]);
  const columns = fixed.names.map((_, c) => take(fixed.values.subarray(c * n, (c + 1) * n)));
  const hasIntercept = fixed.names[0] === "(Intercept)";
  if (analyseRank(fixed.names, columns, hasIntercept).kept.length < p) return null;
  const X = new Float64Array(kept.length * p);
  columns.forEach((column, c) => {
    X.set(column, c * kept.length);
  });
  const codesOf = new Map<Int32Array, Int32Array>();
  const random = model.random.map((term) => {
    const codes = codesOf.get(term.codes) ?? Int32Array.from(kept, (i) => term.codes[i]);
    codesOf.set(term.codes, codes);
    const z = new Float64Array(kept.length * term.columns.length);
    term.columns.forEach((_, c) => {
      z.set(take(term.z.subarray(c * n, (c + 1) * n)), c * kept.length);
    });
    return { ...term, codes, z };
  });
  const cross = crossProducts({
    n: kept.length,
    p,
    y: take(model.response.values),
    X,
    weights: weights === null ? null : take(weights),
    offset: offset === null ? null : take(offset),
    random,
  });
  // Λ of the fit, from its working units to those of the rows left.
  const whole = optimum.problem;
  const lambda = cross.factors.map(({ k }, f) =>
    whole.lambda[f].map((value, e) => (value / whole.cross.zScale[f][e % k]) * cross.zScale[f][e % k]),
  );
  const factor = blockFactor(cross);
  factorize(factor, lambda);
  const working = new Float64Array(p);
  solveInto(new Float64Array(effectCount(cross)), working, factor);
  const without = new Float64Array(p);
  fixedEffectsFromWorkingInto(without, cross, working);
  return fixedEffects(optimum).map((value, c) => value - without[c]);
}
