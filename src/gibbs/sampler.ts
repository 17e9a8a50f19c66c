/**
 * Runs chains: warm-up, thinning, recording; round by round, so that a caller can look in between.
 *
 * @module
 */

import { RandomStream } from "../random/stream.ts";
import { blocked } from "./blocked.ts";
import { collapsed } from "./collapsed.ts";
import { fullConditionals } from "./fullConditionals.ts";
import type { Chain, Prepared, Scheme } from "./scheme.ts";
import { recorder, type Setup } from "./state.ts";

/** Every scheme by name. */
export const schemes: ReadonlyMap<string, Scheme> = new Map(
  [fullConditionals, blocked, collapsed].map((scheme) => [scheme.name, scheme]),
);

/** How long to run, and where the numbers go. */
export interface Plan {
  readonly prepared: Prepared;
  readonly chains: number;
  /** Kept iterations per chain. */
  readonly draws: number;
  /** Iterations per chain before the first kept one. */
  readonly warmup: number;
  /** Iterations per kept one. */
  readonly thin: number;
  readonly seed: number;
  /** Numbers per draw. */
  readonly variables: number;
}

/** Where a run stands after a round. */
export interface Round {
  readonly phase: "warmup" | "sampling";
  readonly chain: number;
  /** Iterations done by this chain, warm-up included. */
  readonly iteration: number;
  /** Iterations it will do. */
  readonly total: number;
  /** Kept iterations that every chain has reached. */
  readonly kept: number;
}

/** Iterations per chain between two looks. */
const ROUND = 50;

/**
 * Runs all chains side by side, yielding after each chain's turn of 50 iterations. Chain c draws from
 * stream c of the seed, so nothing depends on who else runs or on when the caller looks.
 *
 * @param values - [variable][chain][iteration], filled as the chains go
 */
export function* run(setup: Setup, plan: Plan, values: Float64Array): Generator<Round, void, void> {
  const { prepared, draws, warmup, thin } = plan;
  const total = warmup + draws * thin;
  const chains: Chain[] = [];
  for (let c = 0; c < plan.chains; c++) chains.push(prepared.start(new RandomStream(plan.seed, c)));
  // Kept draws of one turn, draw after draw: writing them out together touches each variable's memory once.
  const { variables } = plan;
  const turn = new Float64Array(ROUND * variables);
  const record = recorder(setup);
  for (let done = 0; done < total; ) {
    const until = Math.min(done + ROUND, total);
    for (let c = 0; c < chains.length; c++) {
      const chain = chains[c];
      let kept = 0;
      const first = Math.max(0, Math.floor((done - warmup) / thin));
      for (let iteration = done; iteration < until; iteration++) {
        chain.step();
        const after = iteration + 1 - warmup;
        if (after <= 0 || after % thin !== 0) continue;
        record.write(chain.state, turn, kept++ * variables);
      }
      for (let v = 0; v < variables; v++) {
        const at = (v * plan.chains + c) * draws + first;
        for (let d = 0; d < kept; d++) values[at + d] = turn[d * variables + v];
      }
      const everywhere = c === chains.length - 1 ? until : done;
      yield {
        phase: until <= warmup ? "warmup" : "sampling",
        chain: c,
        iteration: until,
        total,
        kept: Math.max(0, Math.floor((everywhere - warmup) / thin)),
      };
    }
    done = until;
  }
}
