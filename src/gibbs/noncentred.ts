/**
 * The non-centred half of the interweaving: Λ given the standardised effects η, with β integrated out.
 *
 * With b_j = Λη_j and η held, ỹ is linear in the entries λ of Λ: the entry (a, c) has the regressor
 * Σ_j z_ja η_jc. With r the residual of the other factors,
 *
 *   Γ_(ac)(a′c′) = Σ_j (Z_j′WZ_j)_aa′ η_jc η_jc′,  φ_(ac) = Σ_j (Z_j′Wr)_a η_jc,  Ψ_(ac) = Σ_j (Z_j′WQ)_a η_jc,
 *   log p(Λ | η, σ, y) = (λ′φ* − ½ λ′Γ*λ)/σ² + log prior(Λ),
 *   Γ* = Γ − Ψ M⁻¹Ψ′,  φ* = φ − Ψ M⁻¹(Q′Wr + σ²Pm),  M = Q′WQ + σ²P.
 *
 * Under compound symmetry the k(k + 1)/2 entries are functions of two coordinates, and the rest stands.
 * No data pass per evaluation and no factor |Σ|^(−G/2): one slice per coordinate of Λ, for any prior.
 *
 * @module
 */

import { choleskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import { fixedResidualProductsInto, residualProductsInto } from "../linalg/residual.ts";
import { slice } from "../random/distributions.ts";
import type { RandomStream } from "../random/stream.ts";
import { coordinateCount, logTermPrior, termCoordinates } from "./coordinates.ts";
import type { Setup, State } from "./state.ts";

/** Moves Λ of the terms of factor `f` and carries b along. */
export type NoncentredMove = (state: State, eta: Float64Array, f: number, stream: RandomStream) => void;

/** One entry of Λ: `row` and `column` inside its factor, and where it stands in its term. */
interface Entry {
  readonly row: number;
  readonly column: number;
  readonly term: number;
  readonly at: number;
}

/** Allocates the buffers and returns the move. */
export function noncentredMove(setup: Setup): NoncentredMove {
  const { cross, priors, starts, effects } = setup;
  const { p, q, xtx } = cross;
  const entriesOf = cross.factors.map((_, f) => entries(setup, f));
  const most = entriesOf.reduce((size, list) => Math.max(size, list.length), 0);
  const kMost = cross.factors.reduce((size, { k }) => Math.max(size, k), 1);
  const e = new Float64Array(effects);
  const g = new Float64Array(p);
  const none = new Float64Array(p);
  const M = new Float64Array(p * p);
  const gram = new Float64Array(most * most);
  const linear = new Float64Array(most);
  const across = new Float64Array(p * most);
  const lambda = new Float64Array(most);
  const coordinates = new Float64Array(coordinateCount(kMost));
  const layouts = cross.places.map(termCoordinates);
  const scratch = new Float64Array(kMost * kMost);

  /** Γ*, φ* of factor f, divided by σ². */
  function accumulate(state: State, eta: Float64Array, f: number): void {
    const { levels, k, ztz, ztx } = cross.factors[f];
    const list = entriesOf[f];
    const m = list.length;
    gram.fill(0);
    linear.fill(0);
    across.fill(0);
    state.b.fill(0, starts[f], starts[f] + levels * k);
    residualProductsInto(e, cross, none, state.b);
    fixedResidualProductsInto(g, cross, none, state.b);
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (let x = 0; x < m; x++) {
        const { row, column } = list[x];
        const value = eta[at + column];
        linear[x] += e[at + row] * value;
        for (let c = 0; c < p; c++) across[c + x * p] += ztx[level * k * q + row + c * k] * value;
        for (let y = 0; y <= x; y++) {
          gram[x + y * m] += ztz[level * k * k + row + list[y].row * k] * value * eta[at + list[y].column];
        }
      }
    }
    const variance = state.sigma * state.sigma;
    for (let j = 0; j < p; j++) {
      g[j] += variance * priors.betaShift[j];
      for (let i = j; i < p; i++) {
        M[i + j * p] =
          xtx[i + j * q] + (priors.betaPrecision === null ? 0 : variance * priors.betaPrecision[i + j * p]);
      }
    }
    choleskyInto(M, p);
    solveLowerInto(g, 0, M, 0, p);
    solveLowerInto(across, 0, M, 0, p, m);
    for (let x = 0; x < m; x++) {
      for (let c = 0; c < p; c++) linear[x] -= across[c + x * p] * g[c];
      linear[x] /= variance;
      for (let y = 0; y <= x; y++) {
        let value = gram[x + y * m];
        for (let c = 0; c < p; c++) value -= across[c + x * p] * across[c + y * p];
        gram[x + y * m] = value / variance;
        gram[y + x * m] = value / variance;
      }
    }
  }

  function logLikelihood(state: State, f: number): number {
    const list = entriesOf[f];
    const m = list.length;
    let sum = 0;
    for (let x = 0; x < m; x++) lambda[x] = state.lambda[list[x].term][list[x].at];
    for (let x = 0; x < m; x++) {
      let inner = 0.5 * gram[x + x * m] * lambda[x];
      for (let y = 0; y < x; y++) inner += gram[x + y * m] * lambda[y];
      sum += lambda[x] * (linear[x] - inner);
    }
    return sum;
  }

  return (state, eta, f, stream) => {
    accumulate(state, eta, f);
    cross.places.forEach(({ factor, k }, t) => {
      const prior = priors.terms[t];
      if (factor !== f || prior.kind === "fixed") return;
      const L = state.lambda[t];
      const { count, lambdaInto, fromLambdaInto } = layouts[t];
      fromLambdaInto(coordinates, L);
      for (let c = 0; c < count; c++) {
        const density = (value: number): number => {
          coordinates[c] = value;
          lambdaInto(L, coordinates);
          return logLikelihood(state, f) + logTermPrior(prior, coordinates, L, k, scratch);
        };
        coordinates[c] = slice(stream, coordinates[c], 1, density);
      }
      lambdaInto(L, coordinates);
    });
    const { levels, k } = cross.factors[f];
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (const entry of entriesOf[f]) {
        state.b[at + entry.row] += state.lambda[entry.term][entry.at] * eta[at + entry.column];
      }
    }
  };
}

function entries({ cross }: Setup, f: number): Entry[] {
  const list: Entry[] = [];
  cross.places.forEach(({ factor, offset, k }, term) => {
    if (factor !== f) return;
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++) list.push({ row: offset + i, column: offset + j, term, at: i + j * k });
    }
  });
  return list;
}
