/**
 * All rows (or all levels of a group) at one draw. Predictions come row by row, at all draws; here they are turned in
 * blocks of draws, so that memory grows neither with the rows nor with the draws.
 *
 * @module
 */

import { groupVariables } from "../model/variables.ts";
import type { PredictionSource } from "./drawsOfRows.ts";
import type { Posterior } from "./posterior.ts";

/** Numbers of a block: 128 MB. */
const BLOCK = 16_777_216;

/** The values of all rows at one draw. */
export interface AtDraw {
  /** Place among the draws of the iterations chosen, chain after chain. */
  readonly draw: number;
  /** One number per column. */
  readonly values: Float64Array;
}

/**
 * Turns columns, each of all draws, into one array per draw.
 *
 * @param iterations - kept iterations of every chain, from 0, ascending
 * @param width - how many columns there are
 * @param columns - called once for each block of draws, with a source of those draws and a seed of its own
 * @param size - numbers of a block, about; defaults to 2²⁴
 */
export function* byDraw(
  posterior: Posterior,
  iterations: readonly number[],
  width: number,
  columns: (source: PredictionSource) => Iterable<Float64Array>,
  size: number = BLOCK,
): Generator<AtDraw> {
  const most = Math.max(1, Math.floor(size / (width * posterior.draws.chains)));
  for (let start = 0; start < iterations.length; start += most) {
    const own = iterations.slice(start, start + most);
    const source = sourceAt(posterior, own, start);
    const block = Array.from({ length: source.draws.size }, () => new Float64Array(width));
    let i = 0;
    for (const column of columns(source)) {
      for (let d = 0; d < block.length; d++) block[d][i] = column[d];
      i++;
    }
    for (let d = 0; d < block.length; d++) {
      const chain = Math.floor(d / own.length);
      yield { draw: chain * iterations.length + start + (d % own.length), values: block[d] };
    }
  }
}

/** What predictions at some iterations are made from; `block` sets its random numbers apart from those of other blocks. */
export function sourceAt(posterior: Posterior, iterations: readonly number[], block = 0): PredictionSource {
  const { model, draws, seed } = posterior;
  const effects = groupVariables(model).map(({ name }) => name);
  const variables = draws.info.filter(({ kind }) => kind !== "group").map(({ name }) => name);
  return {
    model,
    draws: draws.subset({ variables, iterations }),
    seed: (seed + block) % 4294967296,
    effects: (chosen) => posterior.effects({ variables: chosen.map((place) => effects[place]), iterations }),
  };
}

/** So many iterations of a posterior, evenly spaced; all of them where there are no more. */
export function evenly({ draws }: Posterior, count: number): number[] {
  const length = Math.min(count, draws.iterations);
  return Array.from({ length }, (_, k) => Math.floor(((k + 0.5) * draws.iterations) / length));
}
