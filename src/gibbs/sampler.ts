/**
 * Chains at work: a task as plain data, and turns of so many iterations from any position.
 *
 * A chain is its stream of random numbers and what its scheme saves, nothing else: whoever holds the task and a position
 * goes on from there with the same bits, on this thread or another, today or after a restart.
 *
 * @module
 */

import type { CrossProducts } from "../model/crossProducts.ts";
import { atOnce } from "../pause.ts";
import { RandomStream } from "../random/stream.ts";
import { blocked } from "./blocked.ts";
import { collapsed } from "./collapsed.ts";
import { crossed } from "./crossed.ts";
import { fullConditionals } from "./fullConditionals.ts";
import type { Chain, Prepared, Scheme, Tuning } from "./scheme.ts";
import { recorder, setup } from "./state.ts";
import type { WorkingPriors } from "./workingPriors.ts";

/** Every scheme by name. */
export const schemes: ReadonlyMap<string, Scheme> = new Map(
  [fullConditionals, blocked, collapsed, crossed].map((scheme) => [scheme.name, scheme]),
);

/** All that a chain needs to be run anywhere; can be cloned into another thread. */
export interface Task {
  readonly cross: CrossProducts;
  readonly priors: WorkingPriors;
  readonly scheme: string;
  readonly tuning: Tuning;
  readonly seed: number;
  /** Iterations per chain before the first kept one. */
  readonly warmup: number;
  /** Iterations per kept one. */
  readonly thin: number;
  /** Random effects to write with each draw, in the order of `groupVariables`; all when left out. */
  readonly effects?: readonly number[];
  /** Remembers a position before every so many kept draws; never when left out. */
  readonly markEvery?: number;
}

/** Where a chain stands. */
export interface Position {
  /** Iterations done, warm-up included. */
  readonly iteration: number;
  readonly stream: readonly number[];
  /** From `save` of its scheme. */
  readonly state: Float64Array;
}

/** What a chain did in one go. */
export interface Turn {
  /** Kept draws, one after the other, `length` numbers each; valid until the chain's next turn. */
  readonly draws: Float64Array;
  readonly position: Position;
  readonly marks: readonly Position[];
}

/** Kept draws after so many iterations. */
export function keptAfter(iteration: number, { warmup, thin }: Pick<Task, "warmup" | "thin">): number {
  return Math.max(0, Math.floor((iteration - warmup) / thin));
}

/** Runs chains of one task on this thread. */
export interface Sampler {
  /** Numbers per draw. */
  readonly length: number;
  /** Moves a chain on, from a position or from its start. */
  turn(chain: number, iterations: number, from?: Position): Turn;
}

/**
 * Makes a sampler. A chain that goes on from where its last turn ended keeps its buffers.
 *
 * @param prepared - the scheme made ready, where the caller has it already
 */
export function sampler(task: Task, prepared?: Prepared): Sampler {
  const made = setup(task.cross, task.priors);
  const ready =
    prepared ?? atOnce(schemes.get(task.scheme)!.prepare(made, new RandomStream(task.seed, 0), task.tuning));
  const record = recorder(made, task.effects);
  const running = new Map<number, Running>();

  function take(index: number, from: Position | undefined): Running {
    const known = running.get(index);
    if (known !== undefined && known.at === (from?.iteration ?? 0)) return known;
    const stream = new RandomStream(task.seed, from === undefined ? index : 0);
    if (from !== undefined) stream.restore(from.stream);
    const buffer = known?.buffer ?? new Float64Array(0);
    const fresh = { chain: ready.start(stream, from?.state), stream, at: from?.iteration ?? 0, buffer };
    running.set(index, fresh);
    return fresh;
  }

  return {
    length: record.length,
    turn(index, iterations, from) {
      const own = take(index, from);
      const { chain, stream } = own;
      const { thin, warmup, markEvery = 0 } = task;
      const first = own.at;
      const last = first + iterations;
      const room = (keptAfter(last, task) - keptAfter(first, task)) * record.length;
      if (own.buffer.length < room) own.buffer = new Float64Array(room);
      const { buffer } = own;
      const marks: Position[] = [];
      const position = (iteration: number): Position => ({
        iteration,
        stream: stream.snapshot(),
        state: chain.save(),
      });
      let at = 0;
      for (let iteration = first; iteration < last; iteration++) {
        const after = iteration - warmup;
        if (markEvery > 0 && after >= 0 && after % (markEvery * thin) === 0) marks.push(position(iteration));
        chain.step();
        if (after + 1 <= 0 || (after + 1) % thin !== 0) continue;
        record.write(chain.state, buffer, at);
        at += record.length;
      }
      own.at = last;
      return { draws: buffer.subarray(0, room), position: position(last), marks };
    },
  };
}

/** A chain that a sampler has started. */
interface Running {
  readonly chain: Chain;
  readonly stream: RandomStream;
  at: number;
  /** Draws of its last turn: memory that is used again costs less than fresh memory. */
  buffer: Float64Array;
}
