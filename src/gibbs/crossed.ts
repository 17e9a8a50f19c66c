/**
 * Core-collapsed Gibbs for large crossed designs, with any number of columns per factor.
 *
 * Factors with many levels take turns. Each is drawn in a block with β and the small factors that are nested in it
 * or confounded with it, and the variances of a block are drawn with its effects integrated out (`crossed/move.ts`).
 * σ follows from its full conditional. The cost of an iteration is linear in the pairs of levels that occur
 * together. Papaspiliopoulos, Roberts & Zanella 2020, Biometrika 107(1), with the small factors added to the core.
 *
 * @module
 */

import { fixedResidualProductsInto, residualProductsInto, residualSumOfSquares } from "../linalg/residual.ts";
import type { RandomStream } from "../random/stream.ts";
import { drawSd, workspace } from "./conditionals.ts";
import { coordinateCount, coordinatesFromLambdaInto } from "./coordinates.ts";
import { type Block, blocksOf } from "./crossed/blocks.ts";
import { blockMove, exchangeOf, widthStarts } from "./crossed/move.ts";
import { divide } from "./crossed/plan.ts";
import type { Chain, Prepared, Scheme, Tuning } from "./scheme.ts";
import { firstState, type Setup, type State, savedState } from "./state.ts";

/** Iterations of the trial run, and how many of them come before widths are learnt. */
const TRIAL = 200;
const SETTLING = 60;
/** Iterations after which the running residual sum of squares is computed afresh. */
const REFRESH = 200;

/** Widths of the slices, term after term and coordinate after coordinate. */
export type CrossedTuning = Tuning & { readonly widths: readonly number[] };

export const crossed: Scheme = {
  name: "crossed",
  // From a dispersed start every parameter is where it belongs within 10 iterations (2 to 9 on InstEval, Pastes, slopes).
  warmup: 200,
  *prepare(setup, pilot, tuning) {
    const blocks = blocksOf(setup.cross, divide(setup.cross));
    const found = (tuning as CrossedTuning | undefined) ?? (yield* learnt(setup, blocks, pilot));
    return preparedOn(setup, blocks, found);
  },
};

/** The scheme on given blocks, with given widths of the slices. */
export function preparedOn(setup: Setup, blocks: readonly Block[], tuning: CrossedTuning): Prepared {
  const widths = Float64Array.from(tuning.widths);
  return { tuning, start: (stream, from) => chain(setup, blocks, widths, stream, from) };
}

/** Three posterior SDs of each coordinate, by a trial run with widths of 1. */
function* learnt(
  setup: Setup,
  blocks: readonly Block[],
  pilot: RandomStream,
): Generator<void, CrossedTuning, void> {
  const { starts, count } = widthStarts(setup);
  const trial = chain(setup, blocks, new Float64Array(count).fill(1), pilot);
  const mean = new Float64Array(count);
  const squares = new Float64Array(count);
  const x = new Float64Array(count);
  for (let s = 0; s < TRIAL; s++) {
    trial.step();
    yield;
    if (s < SETTLING) continue;
    setup.cross.places.forEach(({ k }, t) => {
      const own = x.subarray(starts[t], starts[t] + coordinateCount(k));
      if (setup.priors.terms[t].kind !== "fixed") coordinatesFromLambdaInto(own, trial.state.lambda[t], k);
    });
    for (let c = 0; c < count; c++) {
      const off = x[c] - mean[c];
      mean[c] += off / (s - SETTLING + 1);
      squares[c] += off * (x[c] - mean[c]);
    }
  }
  // A coordinate that stood still or ran off says nothing: widths stay within what slices can mend cheaply.
  const widths = Array.from(squares, (sum) =>
    Math.min(10, Math.max(1e-3, 3 * Math.sqrt(sum / (TRIAL - SETTLING)))),
  );
  return { widths };
}

function chain(
  setup: Setup,
  blocks: readonly Block[],
  widths: Float64Array,
  stream: RandomStream,
  from?: Float64Array | State,
): Chain {
  const { cross, priors, effects } = setup;
  const state = firstState(setup, stream, from);
  const saved = from instanceof Float64Array ? from : undefined;
  const work = workspace(setup);
  const exchange = exchangeOf(setup, state, blocks);
  const moves = blocks.map((block) => blockMove(setup, block, exchange, widths, work));
  for (const { publish } of moves) publish();
  const e = new Float64Array(effects);
  const g = new Float64Array(cross.p);
  const freshRss = (): number => {
    residualProductsInto(e, cross, state.beta, state.b);
    fixedResidualProductsInto(g, cross, state.beta, state.b);
    return residualSumOfSquares(cross, state.beta, state.b, e, g);
  };
  let iteration = saved === undefined ? 0 : saved[saved.length - 2];
  let rss = saved === undefined ? freshRss() : saved[saved.length - 1];
  return {
    state,
    step() {
      for (const { move, publish } of moves) {
        rss += move(state, stream);
        publish();
      }
      iteration++;
      // At fixed iteration numbers, so that a chain that was saved in between has the same bits.
      if (iteration % REFRESH === 0) rss = freshRss();
      const { sigma: prior } = priors;
      if (prior.type !== "fixed")
        state.sigma = drawSd(prior, state.sigma, cross.n, Math.max(rss, 1e-300), stream);
    },
    save() {
      const base = savedState(state);
      const out = new Float64Array(base.length + 2);
      out.set(base);
      out[base.length] = iteration;
      out[base.length + 1] = rss;
      return out;
    },
  };
}
