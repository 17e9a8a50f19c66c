/**
 * Weighted least squares by Householder QR, accurate for data far from zero.
 *
 * @module
 */

/** A least-squares fit of n rows and p columns. */
export interface LeastSquares {
  /** β̂, p. */
  readonly beta: Float64Array;
  /** Q′W^½y, p: the square of an entry is the sum of squares its column adds to those before it. */
  readonly effects: Float64Array;
  /** (X′WX)⁻¹, p × p. */
  readonly inverse: Float64Array;
  /** y − Xβ̂, n, unweighted. */
  readonly residuals: Float64Array;
  /** Σ w r². */
  readonly rss: number;
}

/**
 * Minimises Σ w_i (y_i − x_i′β)².
 *
 * Where the first column is constant 1, y and the other columns are centred before anything is computed and β₀ is put
 * right afterwards: an offset of 10⁹ then costs no digits (the differences are exact). One step of iterative refinement
 * follows the factorisation.
 *
 * @param X - n × p column-major, of full column rank; kept
 * @param y - n; kept
 * @param weights - n positive numbers, or `null` for 1
 * @param hasIntercept - whether the first column is constant 1; the first entry of `effects` is then that of centred y
 * @see Golub & Van Loan 2013, algorithms 5.2.1 and 5.3.2; Björck 1996, §2.9.2; R: `lm.wfit`
 */
export function leastSquares(
  X: Float64Array,
  y: Float64Array,
  n: number,
  p: number,
  weights: Float64Array | null,
  hasIntercept: boolean,
): LeastSquares {
  const centre = new Float64Array(p);
  const C = X.slice();
  const residuals = y.slice();
  let yCentre = 0;
  if (hasIntercept) {
    yCentre = centreInto(residuals, 0, n, weights);
    for (let j = 1; j < p; j++) centre[j] = centreInto(C, j * n, n, weights);
  }
  const A = C.slice();
  const right = new Float64Array(n);
  scaleRows(A, n, p, weights);
  const tau = householderInto(A, n, p);

  const beta = new Float64Array(p);
  const effects = new Float64Array(p);
  for (let pass = 0; pass < 2; pass++) {
    right.set(residuals);
    scaleRows(right, n, 1, weights);
    reflectInto(right, A, tau, n, p);
    for (let j = 0; j < p; j++) effects[j] += right[j];
    for (let j = p - 1; j >= 0; j--) {
      for (let c = j + 1; c < p; c++) right[j] -= A[j + c * n] * right[c];
      right[j] /= A[j + j * n];
      beta[j] += right[j];
    }
    for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) residuals[i] -= C[c * n + i] * right[c];
  }
  let rss = 0;
  for (let i = 0; i < n; i++) rss += (weights === null ? 1 : weights[i]) * residuals[i] * residuals[i];

  const inverse = inverseOfR(A, n, p);
  if (hasIntercept) {
    // β = T β_c + (ȳ, 0 …), T the identity but for its first row (1, −m).
    beta[0] += yCentre;
    for (let j = 1; j < p; j++) beta[0] -= centre[j] * beta[j];
    for (let j = 0; j < p; j++) for (let c = 1; c < p; c++) inverse[j * p] -= centre[c] * inverse[c + j * p];
    for (let i = 0; i < p; i++) for (let c = 1; c < p; c++) inverse[i] -= inverse[i + c * p] * centre[c];
  }
  return { beta, effects, inverse, residuals, rss };
}

/** Takes the weighted mean out of a column; returns it. */
function centreInto(values: Float64Array, at: number, n: number, weights: Float64Array | null): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const w = weights === null ? 1 : weights[i];
    // Differences from the first value keep the sum small where all are large.
    sum += w * (values[at + i] - values[at]);
    total += w;
  }
  const mean = values[at] + sum / total;
  for (let i = 0; i < n; i++) values[at + i] -= mean;
  return mean;
}

function scaleRows(A: Float64Array, n: number, p: number, weights: Float64Array | null): void {
  if (weights === null) return;
  for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) A[c * n + i] *= Math.sqrt(weights[i]);
}

/** A ← its reflectors below the diagonal and R on and above it; returns the factors τ. */
function householderInto(A: Float64Array, n: number, p: number): Float64Array {
  const tau = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    const at = j * n;
    let norm = 0;
    for (let i = j; i < n; i++) norm += A[at + i] * A[at + i];
    norm = Math.sqrt(norm);
    if (norm === 0) continue;
    const alpha = A[at + j];
    const diagonal = alpha > 0 ? -norm : norm;
    tau[j] = (diagonal - alpha) / diagonal;
    for (let i = j + 1; i < n; i++) A[at + i] /= alpha - diagonal;
    A[at + j] = diagonal;
    for (let c = j + 1; c < p; c++) {
      let sum = A[c * n + j];
      for (let i = j + 1; i < n; i++) sum += A[at + i] * A[c * n + i];
      sum *= tau[j];
      A[c * n + j] -= sum;
      for (let i = j + 1; i < n; i++) A[c * n + i] -= sum * A[at + i];
    }
  }
  return tau;
}

/** y ← Q′y. */
function reflectInto(y: Float64Array, A: Float64Array, tau: Float64Array, n: number, p: number): void {
  for (let j = 0; j < p; j++) {
    const at = j * n;
    let sum = y[j];
    for (let i = j + 1; i < n; i++) sum += A[at + i] * y[i];
    sum *= tau[j];
    y[j] -= sum;
    for (let i = j + 1; i < n; i++) y[i] -= sum * A[at + i];
  }
}

/** (R′R)⁻¹ from the upper triangle of A with leading dimension n. */
function inverseOfR(A: Float64Array, n: number, p: number): Float64Array {
  const T = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    T[j + j * p] = 1 / A[j + j * n];
    for (let i = j - 1; i >= 0; i--) {
      let sum = 0;
      for (let c = i + 1; c <= j; c++) sum += A[i + c * n] * T[c + j * p];
      T[i + j * p] = -sum / A[i + i * n];
    }
  }
  const out = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    for (let i = 0; i <= j; i++) {
      let sum = 0;
      for (let c = j; c < p; c++) sum += T[i + c * p] * T[j + c * p];
      out[i + j * p] = sum;
      out[j + i * p] = sum;
    }
  }
  return out;
}
