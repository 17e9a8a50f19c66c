/**
 * Covariance structures of random terms: which numbers of θ a term has, and what they make of its Λ.
 *
 *   unstructured         θ is the lower triangle of Λ, column by column
 *   compound symmetry    θ = (α, β): ΛΛ′ has the eigenvalue α² for the mean of the k columns and β² for their
 *                        differences, ΛΛ′ = β² I + (α² − β²)/k 11′
 *
 * With SD τ and correlation ρ (relative to σ) α² = τ²(1 + (k − 1)ρ) and β² = τ²(1 − ρ). ΛΛ′ is linear in α² and β², as
 * it is linear in the square of a scalar term's θ: zero is an ordinary point of both. Λ is always the lower Cholesky
 * factor in the user's columns, so that nothing but this file needs to know the structure.
 *
 * @module
 */

/** `"us"` any covariance matrix, `"cs"` one SD and one correlation. */
export type Structure = "us" | "cs";

/** An entry of Λ and how fast a parameter moves it. */
export interface MovedEntry {
  readonly row: number;
  readonly column: number;
  readonly rate: number;
}

/** Parameters in θ of a term with k columns. */
export function parameterCount({
  structure,
  k,
}: {
  readonly structure: Structure;
  readonly k: number;
}): number {
  return structure === "cs" ? 2 : (k * (k + 1)) / 2;
}

/** The pieces of the Cholesky factor of compound symmetry: S_j = ((k − j) β² + j α²)/k. */
function partOf(k: number, j: number, alpha: number, beta: number): number {
  return ((k - j) * beta * beta + j * alpha * alpha) / k;
}

/**
 * Λ (k × k lower, column-major, leading dimension `size`, from `first`) ← α, β; k ≥ 2. With S_j as in
 * {@link partOf} and d = (α² − β²)/k:
 *
 *   Λ_00 = √S_1, Λ_i0 = d/√S_1;   Λ_jj = β √(S_{j+1}/S_j), Λ_ij = β d/√(S_j S_{j+1});   Λ_{k−1,k−1} = αβ/√S_{k−1}
 *
 * which is smooth in α and β but at α = β = 0, and even or odd in each of them column by column.
 */
export function symmetricFactorInto(
  L: Float64Array,
  k: number,
  alpha: number,
  beta: number,
  size: number = k,
  first = 0,
): void {
  const none = alpha === 0 && beta === 0;
  const d = (alpha * alpha - beta * beta) / k;
  for (let j = 0; j < k; j++) {
    const here = Math.sqrt(partOf(k, j, alpha, beta));
    const next = Math.sqrt(partOf(k, j + 1, alpha, beta));
    const diagonal = j === 0 ? next : j === k - 1 ? (alpha * beta) / here : (beta * next) / here;
    const below = j === 0 ? d / next : (beta * d) / (here * next);
    L[first + j + j * size] = none ? 0 : diagonal;
    for (let i = j + 1; i < k; i++) L[first + i + j * size] = none ? 0 : below;
  }
}

/**
 * ∂Λ/∂α and ∂Λ/∂β of compound symmetry, k × k lower each. They depend on α : β alone; at α = β = 0 those of α = β
 * stand, where Λ is a multiple of the identity.
 */
export function symmetricRates(
  k: number,
  alpha: number,
  beta: number,
): readonly [Float64Array, Float64Array] {
  if (alpha === 0 && beta === 0) return symmetricRates(k, 1, 1);
  const d = (alpha * alpha - beta * beta) / k;
  const rates = (["alpha", "beta"] as const).map((by) => {
    const out = new Float64Array(k * k);
    const dd = by === "alpha" ? (2 * alpha) / k : (-2 * beta) / k;
    const dS = (j: number): number => (by === "alpha" ? (2 * j * alpha) / k : (2 * (k - j) * beta) / k);
    const dBeta = by === "beta" ? 1 : 0;
    for (let j = 0; j < k; j++) {
      const S = partOf(k, j, alpha, beta);
      const T = partOf(k, j + 1, alpha, beta);
      let diagonal: number;
      let below: number;
      if (j === 0) {
        diagonal = dS(1) / (2 * Math.sqrt(T));
        below = dd / Math.sqrt(T) - (d * dS(1)) / (2 * T * Math.sqrt(T));
      } else if (j === k - 1) {
        const product = by === "alpha" ? beta : alpha;
        diagonal = product / Math.sqrt(S) - (alpha * beta * dS(j)) / (2 * S * Math.sqrt(S));
        below = 0;
      } else {
        const q = Math.sqrt(T / S);
        const r = Math.sqrt(S * T);
        const both = dS(j) / S + dS(j + 1) / T;
        diagonal = dBeta * q + (beta * q * (dS(j + 1) / T - dS(j) / S)) / 2;
        below = (dBeta * d + beta * dd - (beta * d * both) / 2) / r;
      }
      out[j + j * k] = diagonal;
      for (let i = j + 1; i < k; i++) out[i + j * k] = below;
    }
    return out;
  });
  return [rates[0], rates[1]];
}

/**
 * For each parameter of a term the entries of Λ that it moves: itself where Λ is unstructured, the whole triangle
 * under compound symmetry.
 *
 * @param theta - all of working θ
 * @param at - where the term's parameters begin
 */
export function movedEntries(
  { structure, k }: { readonly structure: Structure; readonly k: number },
  theta: Float64Array,
  at: number,
): readonly (readonly MovedEntry[])[] {
  if (structure === "us") return triangle(k);
  const out: MovedEntry[][] = [];
  for (const rates of symmetricRates(k, theta[at], theta[at + 1])) {
    const entries: MovedEntry[] = [];
    for (let j = 0; j < k; j++)
      for (let i = j; i < k; i++) entries.push({ row: i, column: j, rate: rates[i + j * k] });
    out.push(entries);
  }
  return out;
}

/** By k, each made once. */
const triangles: (readonly (readonly MovedEntry[])[] | undefined)[] = [];

function triangle(k: number): readonly (readonly MovedEntry[])[] {
  const known = triangles[k];
  if (known !== undefined) return known;
  const out: MovedEntry[][] = [];
  for (let j = 0; j < k; j++) for (let i = j; i < k; i++) out.push([{ row: i, column: j, rate: 1 }]);
  triangles[k] = out;
  return out;
}
