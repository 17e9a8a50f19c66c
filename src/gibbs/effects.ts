/**
 * Random effects made again: the chains walk once more from positions remembered on the way, with the same bits.
 *
 * @module
 */

import { Draws, type VariableInfo } from "../posterior/draws.ts";
import type { RunRecord } from "./record.ts";
import { sampler, type Task } from "./sampler.ts";
import type { Prepared } from "./scheme.ts";

/** Kept draws between two remembered positions. */
export const MARK_EVERY = 64;

/**
 * Draws of some random effects of a run that did not keep them.
 *
 * @param task - of the run, and its scheme made ready
 * @param record - of the run, with the positions remembered
 * @param info - the effects, in the order of `groupVariables`
 * @param chosen - which of them, by place
 * @param iterations - which kept iterations of each chain, ascending; defaults to all
 */
export function effectsAgain(
  task: Task,
  prepared: Prepared,
  { kept, marks }: Pick<RunRecord, "kept" | "marks">,
  info: readonly VariableInfo[],
  chosen: readonly number[],
  iterations?: readonly number[],
): Draws {
  const wanted = iterations ?? Array.from({ length: kept }, (_, i) => i);
  const { markEvery: _, ...rest } = task;
  const { length, turn } = sampler({ ...rest, effects: chosen }, prepared);
  const first = length - chosen.length;
  const chains = marks.length;
  const values = new Float64Array(chosen.length * chains * wanted.length);
  for (let c = 0; c < chains; c++) {
    let next = 0;
    for (let block = 0; block * MARK_EVERY < kept; block++) {
      const start = block * MARK_EVERY;
      let last = -1;
      while (next < wanted.length && wanted[next] < start + MARK_EVERY) last = wanted[next++];
      if (last < 0) continue;
      // A sampler goes on by itself where the block before was made too.
      const { draws } = turn(c, (last + 1 - start) * task.thin, marks[c][block]);
      for (let w = next - 1; w >= 0 && wanted[w] >= start; w--) {
        const at = (wanted[w] - start) * length + first;
        for (let v = 0; v < chosen.length; v++) values[(v * chains + c) * wanted.length + w] = draws[at + v];
      }
    }
  }
  return new Draws({ info: chosen.map((place) => info[place]), chains, iterations: wanted.length, values });
}
