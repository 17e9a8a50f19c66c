/**
 * The sufficient statistics of a Gaussian mixed model: [Z X y]′W[Z X y] as blocks, taken once.
 *
 * Accuracy: X is orthogonalised (X = QR, Q′WQ = nI) and y replaced by its ordinary least-squares residual
 * ỹ = y − Q β_ols before any product is taken, so that an offset of the response or of a column costs no
 * digits. ỹ and the columns of Z are divided by powers of two near their size, which changes no digit and
 * makes every later number free of units.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { BlockSystem } from "../linalg/blocks.ts";
import { powerOfTwoBelow } from "../linalg/dense.ts";
import { orthogonalize } from "./orthogonalize.ts";
import { type RowFactor, type RowSystem, rowSystem, systemOf, weightedDot } from "./rowSystem.ts";
import type { Structure } from "./structures.ts";
import type { StudentParts } from "./student.ts";

/** What a random term must bring; see `RandomTerm` of design.ts. */
export interface TermColumns {
  readonly group: string;
  readonly levels: readonly string[];
  /** Level of each row, from 0; terms of one group share this array. */
  readonly codes: Int32Array;
  readonly columns: readonly string[];
  /** n × k, column-major. */
  readonly z: Float64Array;
  /** Defaults to `"us"`. */
  readonly structure?: Structure;
}

/** Where the columns of a random term stand among the factors. */
export interface TermPlace {
  readonly factor: number;
  /** First column of the term inside its factor. */
  readonly offset: number;
  readonly k: number;
  /** `"cs"` for k ≥ 2 only; its columns share one scale. */
  readonly structure: Structure;
}

/** Strata of rows, each with a residual variance of its own. */
export interface Strata {
  /** n_c rows each. */
  readonly counts: readonly number[];
  /** [Z X y]_c′W[Z X y]_c over the rows of each stratum, in the pattern and the units of the whole. */
  readonly systems: readonly BlockSystem[];
}

/** Cross-products in working units, and the way back. */
export interface CrossProducts extends BlockSystem {
  /** Rows with positive weight. */
  readonly n: number;
  /** Columns of Q. */
  readonly p: number;
  /** One entry per random term, in the order given. */
  readonly places: readonly TermPlace[];
  /** Upper triangle of X = Q R, p × p column-major; p rows and a column for each of X where X lacks rank. */
  readonly R: Float64Array;
  /** Least-squares coefficients in the coordinates of Q, original units of y. */
  readonly betaOls: Float64Array;
  /** ỹ was divided by this power of two. */
  readonly yScale: number;
  /** Column c of factor f was divided by `zScale[f][c]`, a power of two. */
  readonly zScale: readonly Float64Array[];
  /** Σ log w_i; 0 without weights. */
  readonly sumLogWeights: number;
  /** `null` with one residual variance for all rows. */
  readonly strata: Strata | null;
  /** `null` where residuals and effects are normal. */
  readonly student: (StudentParts & { readonly rows: WeightedRows | null }) | null;
}

/** What Student-t residuals, whose weights change, need of the rows. */
export interface WeightedRows {
  readonly system: RowSystem;
  /** Prior weights, n. */
  readonly weights: Float64Array | null;
  /** Stratum of each row, n. */
  readonly strata: Int32Array | null;
}

/**
 * Takes all cross-products in one pass over the rows.
 *
 * @param input - y (n), X (n × p column-major, full column rank unless partial), optional weights and offset, random terms
 * @throws {DataError} `perfect-fit` when the fixed effects reproduce the response exactly, unless partial
 */
export function crossProducts(input: {
  readonly n: number;
  readonly p: number;
  readonly y: Float64Array;
  readonly X: Float64Array;
  readonly weights: Float64Array | null;
  readonly offset: Float64Array | null;
  readonly random: readonly TermColumns[];
  /** Stratum of each row, from 0; one residual variance for all rows when left out. */
  readonly strata?: Int32Array | null;
  /** Residuals and effects are normal when left out. */
  readonly student?: StudentParts | null;
  /** Whether the rows are some of many, which alone need not identify anything; defaults to `false`. */
  readonly partial?: boolean;
}): CrossProducts {
  const { n, weights, offset, strata = null, student = null, partial = false } = input;
  const { Q, R, rank: p } = orthogonalize(input.X, n, input.p, weights);
  const q = p + 1;
  const T = new Float64Array(n * q);
  T.set(Q);
  const residual = T.subarray(n * p);
  for (let i = 0; i < n; i++) residual[i] = input.y[i] - (offset === null ? 0 : offset[i]);
  const size = Math.sqrt(weightedDot(n, residual, 0, residual, 0, weights) / n);
  const betaOls = new Float64Array(p);
  // Twice: the second pass removes what rounding left of the first.
  for (let pass = 0; pass < 2; pass++) {
    for (let c = 0; c < p; c++) {
      const b = weightedDot(n, T, c * n, residual, 0, weights) / n;
      betaOls[c] += b;
      for (let i = 0; i < n; i++) residual[i] -= b * T[c * n + i];
    }
  }
  const spread = Math.sqrt(weightedDot(n, residual, 0, residual, 0, weights) / n);
  if (!partial) checkSpread(spread, size);
  const yScale = powerOfTwoBelow(spread);
  for (let i = 0; i < n; i++) residual[i] /= yScale;

  const gathered = gatherFactors(input.random, n, weights);
  const rows = rowSystem(n, q, T, gathered.factors);
  const system = systemOf(rows, weights);
  let sumLogWeights = 0;
  if (weights !== null) for (let i = 0; i < n; i++) sumLogWeights += Math.log(weights[i]);
  const { places, zScale } = gathered;
  const robust = student && {
    ...student,
    rows: student.residuals && { system: rows, weights, strata },
  };
  const whole = { ...system, n, p, places, R, betaOls, yScale, zScale, sumLogWeights, student: robust };
  if (strata === null) return { ...whole, strata: null };
  const counts: number[] = [];
  for (let i = 0; i < n; i++) counts[strata[i]] = (counts[strata[i]] ?? 0) + 1;
  // Rows of other strata get weight 0 and stay in the pattern.
  const systems = counts.map((_, c) => {
    const own = Float64Array.from(strata, (at, i) => (at === c ? (weights?.[i] ?? 1) : 0));
    return systemOf(rows, own);
  });
  return { ...whole, strata: { counts, systems } };
}

/** Fixed effects in the user's coordinates and units: β = R⁻¹ (β_Q · yScale + β_ols). */
export function fixedEffectsFromWorkingInto(
  beta: Float64Array,
  cross: CrossProducts,
  working: Float64Array,
): void {
  const { p, R, betaOls, yScale } = cross;
  for (let j = p - 1; j >= 0; j--) {
    let value = working[j] * yScale + betaOls[j];
    for (let c = j + 1; c < p; c++) value -= R[j + c * p] * beta[c];
    beta[j] = value / R[j + j * p];
  }
}

/**
 * Refuses a response that the fixed effects reproduce.
 *
 * @param spread - root mean square of the least-squares residuals
 * @param size - root mean square of the response
 * @throws {DataError} `perfect-fit`
 */
export function checkSpread(spread: number, size: number): void {
  // 1e-14 is the rounding error of a residual relative to the size of y.
  if (spread > 1e-14 * size) return;
  throw new DataError(
    "perfect-fit",
    "The fixed effects reproduce the response exactly, so the residual variance is zero.",
    "Check whether a column is a copy of the response.",
  );
}

/** Terms of one group side by side. */
export interface GatheredFactor<T> {
  readonly group: T;
  readonly levels: number;
  readonly k: number;
  /** Its terms, in the order given. */
  readonly terms: readonly number[];
}

/** Merges the terms of one group into one factor and orders factors by their number of levels. */
export function gatherTerms<T>(
  terms: readonly {
    readonly group: T;
    readonly levels: number;
    readonly k: number;
    readonly structure: Structure;
  }[],
): { readonly factors: readonly GatheredFactor<T>[]; readonly places: readonly TermPlace[] } {
  const groups: { group: T; levels: number; k: number; terms: number[] }[] = [];
  terms.forEach(({ group, levels }, t) => {
    const known = groups.find((other) => other.group === group);
    if (known === undefined) groups.push({ group, levels, k: 0, terms: [t] });
    else known.terms.push(t);
  });
  groups.sort((a, b) => b.levels - a.levels);
  const places: TermPlace[] = new Array(terms.length);
  groups.forEach((own, factor) => {
    for (const t of own.terms) {
      const { k, structure } = terms[t];
      places[t] = { factor, offset: own.k, k, structure: k > 1 ? structure : "us" };
      own.k += k;
    }
  });
  return { factors: groups, places };
}

/** The powers of two that the columns of a term are divided by, from their root mean squares. */
export function termScales(rms: readonly number[], structure: Structure): readonly number[] {
  const powers = rms.map(powerOfTwoBelow);
  return structure === "cs" ? powers.map(() => Math.max(...powers)) : powers;
}

interface Gathered {
  readonly factors: readonly RowFactor[];
  readonly places: readonly TermPlace[];
  readonly zScale: readonly Float64Array[];
}

function gatherFactors(random: readonly TermColumns[], n: number, weights: Float64Array | null): Gathered {
  const { factors: groups, places } = gatherTerms(
    random.map(({ codes, levels, columns, structure = "us" }) => ({
      group: codes,
      levels: levels.length,
      k: columns.length,
      structure,
    })),
  );
  const zScale: Float64Array[] = [];
  const factors = groups.map(({ group: codes, levels, k, terms }): RowFactor => {
    const columns = new Float64Array(n * k);
    const scale = new Float64Array(k);
    for (const t of terms) {
      const { z } = random[t];
      const { offset, structure } = places[t];
      const rms = Array.from({ length: places[t].k }, (_, c) =>
        Math.sqrt(weightedDot(n, z, c * n, z, c * n, weights) / n),
      );
      scale.set(termScales(rms, structure), offset);
      for (let c = 0; c < rms.length; c++) {
        const column = offset + c;
        for (let i = 0; i < n; i++) columns[column * n + i] = z[c * n + i] / scale[column];
      }
    }
    zScale.push(scale);
    return { levels, k, codes, columns };
  });
  return { factors, places, zScale };
}
