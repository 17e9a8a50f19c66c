/**
 * Designs of every kind on made-up rows, and their matrices built from the rows alone.
 *
 * @module
 */

import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { type LmmOptions, lmm } from "../../model/lmm.ts";
import { generator, inner, matrix, type Rows, times } from "./dense.ts";

/** A row of the made-up data. */
export interface Row {
  readonly y: number;
  readonly x: number;
  readonly z: number;
  readonly u: number;
  readonly w: number;
  readonly g: string;
  readonly h: string;
  readonly f: string;
  readonly s: string;
}

/** A random term: what it groups by, what varies. */
interface Term {
  readonly level: (row: Row) => string;
  readonly columns: (row: Row) => number[];
  /** One SD and one correlation for all columns. */
  readonly symmetric?: boolean;
}

/** A model of {@link designRows}: its formula, and its random terms, those with most levels first. */
export interface Design {
  readonly name: string;
  readonly formula: string;
  readonly options?: LmmOptions;
  readonly terms: readonly Term[];
  /** A point of θ that nothing distinguishes. */
  readonly theta: readonly number[];
}

/** Intercepts and slopes of the groups, by the rows of a Hadamard matrix. */
const EFFECTS: readonly (readonly number[])[] = [
  [5, 2, 1.5, 2],
  [-5, 2, -1.5, 2],
  [5, -2, -1.5, 2],
  [-5, -2, 1.5, 2],
  [5, 2, 1.5, -2],
  [-5, 2, -1.5, -2],
  [5, -2, -1.5, -2],
  [-5, -2, 1.5, -2],
];
const PLATES: readonly (readonly number[])[] = [
  [3, 2],
  [-3, 2],
  [3, -2],
  [-3, -2],
  [0, 0],
];

/** 64 rows: eight groups g, five plates h across them, three kinds f and two strata s, with effects of all. */
export const designRows: readonly Row[] = (() => {
  const next = generator(2024);
  return Array.from({ length: 64 }, (_, i) => {
    const [group, plate, kind, stratum] = [i % 8, Math.floor(5 * next()), Math.floor(i / 8) % 3, i % 5 < 2];
    const [x, z, u] = [4 * next() - 2, 4 * next() - 2, 4 * next() - 2];
    const effect =
      inner(EFFECTS[group], [1, x, z, u]) + inner(PLATES[plate], [1, x]) + (kind - 1) * EFFECTS[group][1];
    const noise = (next() + next() + next() - 1.5) * (stratum ? 2 : 1);
    return {
      ...{ y: 20 + 1.5 * x + effect + noise, x, z, u, w: 0.5 + next() },
      ...{ g: `g${group}`, h: `h${plate}`, f: "pqr"[kind], s: stratum ? "a" : "b" },
    };
  });
})();

const one = (): number[] => [1];
const line = ({ x }: Row): number[] => [1, x];
const byG = ({ g }: Row): string => g;
const byH = ({ h }: Row): string => h;

/** One to four columns, nested and crossed factors, uncorrelated terms, weights, strata, compound symmetry. */
export const designs: readonly Design[] = [
  {
    name: "intercepts",
    formula: "y ~ x + (1 | g)",
    terms: [{ level: byG, columns: one }],
    theta: [0.9],
  },
  {
    name: "slopes",
    formula: "y ~ x + (x | g)",
    terms: [{ level: byG, columns: line }],
    theta: [0.9, -0.3, 0.6],
  },
  {
    name: "three columns",
    formula: "y ~ x + (x + z | g)",
    terms: [{ level: byG, columns: ({ x, z }) => [1, x, z] }],
    theta: [0.9, -0.3, 0.2, 0.6, 0.1, 0.5],
  },
  {
    name: "four columns",
    formula: "y ~ x + (x + z + u | g)",
    terms: [{ level: byG, columns: ({ x, z, u }) => [1, x, z, u] }],
    theta: [0.9, -0.3, 0.2, 0.4, 0.6, 0.1, -0.2, 0.5, 0.3, 0.7],
  },
  {
    name: "nested",
    formula: "y ~ x + (1 | g / f)",
    terms: [
      { level: ({ g, f }) => `${f}:${g}`, columns: one },
      { level: byG, columns: one },
    ],
    theta: [0.6, 1.1],
  },
  {
    name: "crossed",
    formula: "y ~ x + (1 | g) + (1 | h)",
    terms: [
      { level: byG, columns: one },
      { level: byH, columns: one },
    ],
    theta: [1.2, 0.7],
  },
  {
    name: "crossed slopes",
    formula: "y ~ x + (x | g) + (x | h)",
    terms: [
      { level: byG, columns: line },
      { level: byH, columns: line },
    ],
    theta: [0.9, -0.3, 0.6, 0.5, 0.2, 0.4],
  },
  {
    name: "uncorrelated",
    formula: "y ~ x + (x || g)",
    terms: [
      { level: byG, columns: one },
      { level: byG, columns: ({ x }) => [x] },
    ],
    theta: [0.9, 0.5],
  },
  {
    name: "weighted slopes",
    formula: "y ~ x + (x | g) + (1 | h)",
    options: { weights: "w" },
    terms: [
      { level: byG, columns: line },
      { level: byH, columns: one },
    ],
    theta: [0.9, -0.3, 0.6, 0.8],
  },
  {
    name: "strata",
    formula: "y ~ x + (x | g)",
    options: { sigmaBy: "s" },
    terms: [{ level: byG, columns: line }],
    theta: [0.9, -0.3, 0.6, -0.7],
  },
  {
    name: "compound symmetry",
    formula: "y ~ x + cs(0 + f | g)",
    terms: [
      { level: byG, columns: ({ f }) => ["p", "q", "r"].map((kind) => +(f === kind)), symmetric: true },
    ],
    theta: [1.3, 0.6],
  },
];

/** The model of a design. */
export const modelOf = ({ formula, options }: Design): LinearMixedModel => lmm(formula, designRows, options);

/** X of every design: 1 and x. */
export const fixedColumns: Rows = designRows.map(line);
export const response: readonly number[] = designRows.map(({ y }) => y);

/** Σ/σ² of every term at θ: ΛΛ′ of lower triangles, column by column; of a symmetric term two roots of eigenvalues. */
export function relativeCovariances(design: Design, theta: readonly number[]): Rows[] {
  let at = 0;
  return design.terms.map(({ columns, symmetric }) => {
    const k = columns(designRows[0]).length;
    if (symmetric === true) {
      const [along, across] = [theta[at++] ** 2, theta[at++] ** 2];
      return matrix(k, k, (i, j) => (along - across) / k + (i === j ? across : 0));
    }
    const L = matrix(k, k, () => 0);
    for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i][j] = theta[at++];
    return matrix(k, k, (i, j) => inner(L[i], L[j]));
  });
}

/** V/σ² at θ. */
export function relativeV(design: Design, theta: readonly number[]): number[][] {
  const S = relativeCovariances(design, theta);
  const n = designRows.length;
  const ratio = design.options?.sigmaBy === undefined ? 1 : Math.exp(2 * theta[theta.length - 1]);
  const own = designRows.map(
    ({ s, w }) => (s === "a" ? 1 : ratio) / (design.options?.weights === undefined ? 1 : w),
  );
  const V = matrix(n, n, (i, j) => (i === j ? own[i] : 0));
  design.terms.forEach(({ level, columns }, t) => {
    const labels = designRows.map(level);
    const Z = designRows.map(columns);
    const SZ = Z.map((z) => times(S[t], z));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) if (labels[i] === labels[j]) V[i][j] += inner(Z[i], SZ[j]);
    }
  });
  return V;
}
