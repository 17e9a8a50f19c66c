import { workspace } from "../../src/gibbs/conditionals.ts";
import { blocksOf } from "../../src/gibbs/crossed/blocks.ts";
import { type BlockMove, blockMove, exchangeOf, widthStarts } from "../../src/gibbs/crossed/move.ts";
import type { Division } from "../../src/gibbs/crossed/plan.ts";
import type { Priors } from "../../src/gibbs/priors.ts";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import { type Setup, type State, setup } from "../../src/gibbs/state.ts";
import { workingPriors } from "../../src/gibbs/workingPriors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { RandomStream } from "../../src/random/stream.ts";

/** Rows of three factors: g (8) and h (6) crossed, u (3) above g; x varies everywhere, or takes two values in turn. */
export function simulated(count: number, balanced: boolean): object[] {
  const stream = new RandomStream(50, 0);
  return Array.from({ length: count }, (_, i) => {
    const g = i % 8;
    const h = balanced ? Math.floor(i / 8) % 6 : Math.floor(6 * stream.uniform());
    const x = balanced ? Math.floor(i / 48) % 2 : stream.normal();
    const y = 10 + 2 * x + g - h + 2 * stream.normal();
    return { y, x, v: stream.normal(), w: 0.5 + stream.uniform(), g: `g${g}`, h: `h${h}`, u: `u${g % 3}` };
  });
}

export const distinct = simulated(70, false);
export const balanced = simulated(96, true);

export function setupOf(model: LinearMixedModel, priors: Priors = {}): Setup {
  return setup(model.crossProducts, workingPriors(model, resolvePriors(model, priors)));
}

/** The moves of all blocks of one chain, each told about the others. */
export function movesOf(made: Setup, state: State, divisions: readonly Division[]): BlockMove[] {
  const blocks = blocksOf(made.cross, divisions);
  const exchange = exchangeOf(made, state, blocks);
  const widths = new Float64Array(widthStarts(made).count).fill(1.5);
  const moves = blocks.map((block) => blockMove(made, block, exchange, widths, workspace(made)));
  for (const { publish } of moves) publish();
  return moves;
}

/** Rows of Q, of Z_f and the response in working units. */
export function workingRows(model: LinearMixedModel, { cross }: Setup) {
  const { n, p } = model;
  const Q = Array.from({ length: n }, (_, i) => {
    const row = new Array<number>(p).fill(0);
    for (let j = 0; j < p; j++) {
      let value = model.fixed.values[j * n + i];
      for (let c = 0; c < j; c++) value -= cross.R[c + j * p] * row[c];
      row[j] = value / cross.R[j + j * p];
    }
    return row;
  });
  const y = Q.map((row, i) => {
    const fit = row.reduce((sum, value, c) => sum + value * cross.betaOls[c], 0);
    return (model.response.values[i] - fit) / cross.yScale;
  });
  /** Level and columns of row i in factor f. */
  const z = cross.factors.map(({ k }, f) =>
    Array.from({ length: n }, (_, i) => {
      const columns = new Array<number>(k).fill(0);
      let level = 0;
      model.random.forEach((term, t) => {
        const { factor, offset, k: own } = cross.places[t];
        if (factor !== f) return;
        level = term.codes[i];
        for (let c = 0; c < own; c++) columns[offset + c] = term.z[c * n + i] / cross.zScale[f][offset + c];
      });
      return { level, columns };
    }),
  );
  const weight = Array.from({ length: n }, (_, i) => model.weights?.[i] ?? 1);
  return { Q, y, z, weight };
}
