/** Threads that are counted, and storms of cancels. */

import { Worker } from "node:worker_threads";
import { gibbs } from "../../src/gibbs/gibbs.ts";
import type { Runner } from "../../src/gibbs/run.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { RandomStream } from "../../src/random/stream.ts";
import type { WorkersOptions } from "../../src/workers/index.ts";

// Threads run the built package: Node cannot load TypeScript in them.
export const { workers } = (await import("../../dist/workers/index.js" as string)) as {
  workers: (options?: WorkersOptions) => Runner;
};
const program = new URL("../../dist/workers/worker.js", import.meta.url);

/** Threads that are counted, and that something may happen to. */
export function counted(happen: (thread: Worker, index: number) => void = () => {}) {
  const threads: Worker[] = [];
  const worker = (): Worker => {
    const thread = new Worker(program);
    happen(thread, threads.length);
    threads.push(thread);
    return thread;
  };
  const ended = (): Promise<unknown> =>
    Promise.all(
      threads.map((thread) => thread.threadId < 0 || new Promise((done) => thread.once("exit", done))),
    );
  return { threads, worker, ended };
}

/**
 * Waves of ten runs that share two workers, each run cancelled at a moment of its own; every one says that it was.
 *
 * @param model - of which 100 000 draws per chain take a second or longer
 */
export async function cancelStorm(
  model: LinearMixedModel,
  waves: number,
): Promise<Pick<ReturnType<typeof counted>, "threads" | "ended">> {
  const { threads, worker, ended } = counted();
  const chance = new RandomStream(11, 0);
  const runner = workers({ size: 2, worker });
  for (let wave = 0; wave < waves; wave++) {
    const runs = Array.from({ length: 10 }, async (_, i) => {
      const stop = new AbortController();
      // After the first four reports chains are with the workers, whose turns take some 50 ms.
      const [last, later] = [Math.floor(8 * chance.uniform()), 60 * chance.uniform()];
      let reports = 0;
      const onProgress = (): void => {
        if (reports++ === last) setTimeout(() => stop.abort(), later);
      };
      const { signal } = stop;
      const options = { draws: 1e5, keep: "hyper", seed: 10 * wave + i, runner, onProgress, signal } as const;
      const outcome = await gibbs(model, options).then(
        ({ status }) => status,
        // Before the first draw.
        ({ code }) => code,
      );
      if (outcome !== "cancelled") throw new Error(`run ${i} of wave ${wave}: ${outcome}`);
    });
    await Promise.all(runs);
  }
  return { threads, ended };
}
