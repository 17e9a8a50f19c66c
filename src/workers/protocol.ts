/**
 * What is said between the calling thread and a worker.
 *
 * @module
 */

import { type Position, type Sampler, sampler, type Task, type Turn } from "../gibbs/sampler.ts";

/** To a worker: here is a task; move these chains on; the task is over. */
export type Order =
  | { readonly kind: "task"; readonly job: number; readonly task: Task }
  | {
      readonly kind: "turn";
      readonly job: number;
      readonly order: number;
      readonly iterations: number;
      readonly chains: readonly { readonly chain: number; readonly from: Position | undefined }[];
    }
  | { readonly kind: "drop"; readonly job: number };

/** From a worker: the turns, in the order of the chains asked for, or what went wrong. */
export type Reply =
  | { readonly order: number; readonly turns: readonly Turn[] }
  | { readonly order: number; readonly error: string };

/**
 * The worker's side: makes a function that obeys orders.
 *
 * @param answer - sends a reply; buffers named second may be moved instead of copied
 */
export function obedient(answer: (reply: Reply, move: ArrayBuffer[]) => void): (order: Order) => void {
  const samplers = new Map<number, Sampler>();
  return (order) => {
    if (order.kind === "task") samplers.set(order.job, sampler(order.task));
    if (order.kind === "drop") samplers.delete(order.job);
    if (order.kind !== "turn") return;
    try {
      const own = samplers.get(order.job)!;
      const turns = order.chains.map(({ chain, from }) => {
        const turn = own.turn(chain, order.iterations, from);
        return { ...turn, draws: turn.draws.slice() };
      });
      const move = turns.flatMap(({ draws, position, marks }) => [
        draws.buffer,
        position.state.buffer,
        ...marks.map(({ state }) => state.buffer),
      ]);
      answer({ order: order.order, turns }, move as ArrayBuffer[]);
    } catch (error) {
      answer({ order: order.order, error: String(error) }, []);
    }
  };
}
