/**
 * Σ of a block's big factor given its effects, where integrating them out would cost too many factorisations.
 *
 * Non-centred: with b_j = Λη_j and η held, log p(Λ | η, core, σ, y) = (λ′φ − ½ λ′Γλ)/σ² + log prior over the entries
 * λ of Λ, Γ_(ac)(a′c′) = Σ_j (A_j)_aa′ η_jc η_jc′, φ_(ac) = Σ_j r_ja η_jc: one slice per coordinate without a pass
 * over the levels. Centred: Σ | b from its full conditional. Yu & Meng 2011, J. Comput. Graph. Stat. 20(3).
 *
 * @module
 */

import { solveLowerInto } from "../../linalg/cholesky.ts";
import { slice } from "../../random/distributions.ts";
import type { RandomStream } from "../../random/stream.ts";
import { drawCovariance, type Workspace } from "../conditionals.ts";
import { coordinatesFromLambdaInto, lambdaFromCoordinatesInto, logTermPrior } from "../coordinates.ts";
import type { Setup, State } from "../state.ts";
import type { Block } from "./blocks.ts";

/** Moves Λ of the block's big factor and its effects b (J × k), given r_j = Z_j′W(y − all but b_f). */
export type Interweave = (state: State, b: Float64Array, r: Float64Array, stream: RandomStream) => void;

/**
 * Allocates the buffers and returns the move.
 *
 * @param widths - of the slices, and where those of each term start
 */
export function interweave(
  setup: Setup,
  block: Block,
  widths: Float64Array,
  starts: readonly number[],
  work: Workspace,
): Interweave {
  const { cross, priors } = setup;
  const { levels, k, patterns } = block;
  const terms = cross.places.flatMap(({ factor, offset, k: own }, term) => {
    if (factor !== block.factor || priors.terms[term].kind === "fixed") return [];
    const entries: { row: number; column: number; at: number }[] = [];
    for (let j = 0; j < own; j++)
      for (let i = j; i < own; i++) entries.push({ row: offset + i, column: offset + j, at: i + j * own });
    return [{ term, offset, k: own, entries }];
  });
  const entries = terms.flatMap((term) => term.entries.map((entry) => ({ ...entry, term: term.term })));
  const count = entries.length;
  const gram = new Float64Array(count * count);
  const linear = new Float64Array(count);
  const lambda = new Float64Array(count);
  const eta = new Float64Array(levels * k);
  const rest = new Float64Array(k);
  const coordinates = new Float64Array((k * (k + 1)) / 2);
  const scratch = new Float64Array(k * k);

  /** η_j ← Λ⁻¹b_j for the free terms, and Γ, φ with what fixed terms explain taken off r. */
  function accumulate(state: State, b: Float64Array, r: Float64Array): void {
    gram.fill(0);
    linear.fill(0);
    eta.set(b);
    for (let j = 0; j < levels; j++) {
      const at = j * k;
      const A = patterns.of[j] * k * k;
      for (let i = 0; i < k; i++) rest[i] = b[at + i];
      for (const { term, offset, k: own } of terms) {
        solveLowerInto(eta, at + offset, state.lambda[term], 0, own);
        for (let i = 0; i < own; i++) rest[offset + i] = 0;
      }
      for (let x = 0; x < count; x++) {
        const { row, column } = entries[x];
        const value = eta[at + column];
        let product = r[at + row];
        for (let i = 0; i < k; i++) product -= patterns.A[A + row + i * k] * rest[i];
        linear[x] += product * value;
        for (let y = 0; y <= x; y++) {
          gram[x + y * count] +=
            patterns.A[A + row + entries[y].row * k] * value * eta[at + entries[y].column];
        }
      }
    }
  }

  function logLikelihood(state: State): number {
    let sum = 0;
    for (let x = 0; x < count; x++) lambda[x] = state.lambda[entries[x].term][entries[x].at];
    for (let x = 0; x < count; x++) {
      let inner = 0.5 * gram[x + x * count] * lambda[x];
      for (let y = 0; y < x; y++) inner += gram[x + y * count] * lambda[y];
      sum += lambda[x] * (linear[x] - inner);
    }
    return sum / (state.sigma * state.sigma);
  }

  return (state, b, r, stream) => {
    accumulate(state, b, r);
    for (const { term, k: own } of terms) {
      const L = state.lambda[term];
      coordinatesFromLambdaInto(coordinates, L, own);
      for (let c = 0; c < (own * (own + 1)) / 2; c++) {
        const density = (value: number): number => {
          coordinates[c] = value;
          lambdaFromCoordinatesInto(L, coordinates, own);
          return logLikelihood(state) + logTermPrior(priors.terms[term], coordinates, L, own, scratch);
        };
        coordinates[c] = slice(stream, coordinates[c], widths[starts[term] + c], density);
        lambdaFromCoordinatesInto(L, coordinates, own);
      }
    }
    for (let at = 0; at < levels * k; at += k) {
      for (const { term, offset, k: own } of terms) {
        const L = state.lambda[term];
        for (let i = 0; i < own; i++) {
          let value = 0;
          for (let a = 0; a <= i; a++) value += L[i + a * own] * eta[at + offset + a];
          b[at + offset + i] = value;
        }
      }
    }
    for (const { term } of terms) drawCovariance(setup, state, term, stream, work);
  };
}
