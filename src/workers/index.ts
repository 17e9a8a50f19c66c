/**
 * Chains in worker threads (Node) or web workers: the only place that knows threads exist.
 *
 * Draws are the same bits with any number of workers, and when a worker dies on the way: an order holds all that another
 * worker needs to carry it out.
 *
 * @module
 */

import { integerIn, knownOptions } from "../errors.ts";
import type { Crew, Runner } from "../gibbs/run.ts";
import type { Position, Task, Turn } from "../gibbs/sampler.ts";
import type { Order, Reply } from "./protocol.ts";
import { cores, type NodeWorker, ownWorker, type Thread, thread, type WebWorker } from "./thread.ts";

/** Options of {@link workers}. */
export interface WorkersOptions {
  /** Workers at a time; defaults to the cores of the machine. */
  readonly size?: number;
  /** Makes a worker that runs `blmm/workers/worker`; for bundlers that cannot find it by themselves. */
  readonly worker?: () => WebWorker | NodeWorker;
}

/** Times that an order is given again to a fresh worker. */
const RETRIES = 3;

interface Pending {
  readonly order: Extract<Order, { kind: "turn" }>;
  readonly done: (turns: readonly Turn[]) => void;
  readonly failed: (error: unknown) => void;
  /** Called when the order is given again. */
  readonly again: () => void;
  tries: number;
}

/** One place in the pool: a worker, the tasks it has been told, the orders it has not answered. */
interface Seat {
  thread: Thread | undefined;
  readonly told: Set<number>;
  readonly pending: Map<number, Pending>;
}

/**
 * Workers for `gibbs({ runner })`. They start when a run has more than 150 ms ahead of it, are shared by all runs given
 * this runner, and end with the last of these. Where no worker can be started the run stays on its thread.
 *
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @example
 * const posterior = await gibbs(model, { seed: 1, runner: workers() });
 */
export function workers(options: WorkersOptions = {}): Runner {
  knownOptions("workers()", options, ["size", "worker"]);
  const size = integerIn("size", options.size ?? cores(), 1, 256);
  const start = options.worker ?? ownWorker;
  const seats: Seat[] = [];
  const tasks = new Map<number, Task>();
  let jobs = 0;
  let orders = 0;

  function seatAt(index: number): Seat {
    seats[index] ??= { thread: undefined, told: new Set(), pending: new Map() };
    return seats[index];
  }

  /** Gives an order, to a fresh worker where there is none. */
  function give(seat: Seat, pending: Pending): void {
    const { order } = pending;
    try {
      seat.thread ??= thread(start, (reply) => hear(seat, reply), () => lost(seat)); // biome-ignore format: one worker
      seat.pending.set(order.order, pending);
      if (!seat.told.has(order.job)) {
        seat.thread.post({ kind: "task", job: order.job, task: tasks.get(order.job)! });
        seat.told.add(order.job);
      }
      seat.thread.post(order);
    } catch (error) {
      seat.pending.delete(order.order);
      pending.failed(error);
    }
  }

  function hear(seat: Seat, reply: Reply): void {
    const pending = seat.pending.get(reply.order);
    seat.pending.delete(reply.order);
    if ("turns" in reply) pending?.done(reply.turns);
    else pending?.failed(new Error(reply.error));
  }

  /** A worker is gone: what it had not answered goes to another. */
  function lost(seat: Seat): void {
    seat.thread = undefined;
    seat.told.clear();
    const open = [...seat.pending.values()];
    seat.pending.clear();
    for (const pending of open) {
      if (pending.tries++ < RETRIES) {
        pending.again();
        give(seat, pending);
      } else pending.failed(new Error("workers keep dying"));
    }
  }

  function crew(task: Task, chains: number): Crew {
    const job = jobs++;
    tasks.set(job, task);
    const hands = Math.min(size, chains);
    const restarts = new Array<number>(chains).fill(0);
    let closed = false;
    return {
      restarts,
      async turns(iterations, positions, signal) {
        const shares = Array.from({ length: hands }, (_, hand) => {
          const own = Array.from({ length: chains }, (_, chain) => chain).filter(
            (chain) => chain % hands === hand,
          );
          return own.map((chain) => ({ chain, from: positions[chain] as Position | undefined }));
        });
        const asked = shares.map(
          (share, hand) =>
            new Promise<readonly Turn[]>((done, failed) => {
              // Runs side by side start at different seats.
              const seat = seatAt((job + hand) % size);
              const order = { kind: "turn" as const, job, order: orders++, iterations, chains: share };
              const again = (): void => {
                for (const { chain } of share) restarts[chain]++;
              };
              give(seat, { order, done, failed, again, tries: 0 });
            }),
        );
        const answers = await unlessStopped(Promise.all(asked), signal);
        if (answers === undefined) return undefined;
        return Array.from(
          { length: chains },
          (_, chain) => answers[chain % hands][Math.floor(chain / hands)],
        );
      },
      close() {
        if (closed) return;
        closed = true;
        tasks.delete(job);
        for (const seat of seats) {
          if (seat?.told.delete(job)) seat.thread?.post({ kind: "drop", job });
          for (const [order, pending] of seat?.pending ?? []) {
            if (pending.order.job === job) seat.pending.delete(order);
          }
        }
        if (tasks.size > 0) return;
        for (const seat of seats) seat?.thread?.end();
        seats.length = 0;
      },
    };
  }

  return { crew };
}

/** What a promise comes to, or undefined as soon as the signal comes. */
function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener("abort", stop));
  });
}
