import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbs, gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import type { Runner } from "../../src/gibbs/run.ts";
import { lmm } from "../../src/model/linearMixedModel.ts";
import type { WorkersOptions } from "../../src/workers/index.ts";

// Threads run the built package: Node cannot load TypeScript in them.
const { workers } = (await import("../../dist/workers/index.js" as string)) as {
  workers: (options?: WorkersOptions) => Runner;
};
const program = new URL("../../dist/workers/worker.js", import.meta.url);

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
// Long enough for help to be asked for.
const options = { draws: 60_000, seed: 5, keep: "hyper" } as const;
const hash = ({ draws: { values } }: Posterior): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
const whole = hash(gibbsSync(model, options));

/** Threads that are counted, and that something may happen to. */
function counted(happen: (thread: Worker, index: number) => void = () => {}) {
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

describe("workers", () => {
  it.each([1, 2, 4])("give the bits of one thread: %i of them", async (size) => {
    const { threads, worker, ended } = counted();
    const posterior = await gibbs(model, { ...options, runner: workers({ size, worker }) });
    expect(threads.length).toBe(size);
    expect(hash(posterior)).toBe(whole);
    expect(posterior.status).toBe("complete");
    await ended();
  });

  it("find their program by themselves", async () => {
    const posterior = await gibbs(model, { ...options, runner: workers({ size: 2 }) });
    expect(hash(posterior)).toBe(whole);
  });

  it("are replaced when they die, and nothing is lost", async () => {
    const { threads, worker, ended } = counted((thread, index) => {
      // Every other worker dies in the middle of its second turn.
      let orders = 0;
      const post = thread.postMessage.bind(thread);
      thread.postMessage = (message: { kind: string }) => {
        post(message);
        if (message.kind === "turn" && ++orders === 2 && index % 2 === 0) thread.terminate();
      };
    });
    const posterior = await gibbs(model, { ...options, runner: workers({ size: 2, worker }) });
    expect(threads.length).toBeGreaterThan(2);
    expect(hash(posterior)).toBe(whole);
    await ended();
  });

  it("are done without when they keep dying or cannot be started", async () => {
    const { threads, worker } = counted((thread) => thread.terminate());
    const dying = await gibbs(model, { ...options, runner: workers({ size: 1, worker }) });
    expect(threads.length).toBeGreaterThan(1);
    expect(hash(dying)).toBe(whole);
    const none = (): Worker => {
      throw new Error("no threads here");
    };
    const alone = await gibbs(model, { ...options, runner: workers({ worker: none }) });
    expect(hash(alone)).toBe(whole);
  });

  it("are shared by runs side by side, which keep apart", async () => {
    const { threads, worker, ended } = counted();
    const runner = workers({ size: 2, worker });
    const seeds = [5, 6, 7];
    const posteriors = await Promise.all(seeds.map((seed) => gibbs(model, { ...options, seed, runner })));
    expect(threads.length).toBe(2);
    posteriors.forEach((posterior, i) => {
      expect(hash(posterior)).toBe(hash(gibbsSync(model, { ...options, seed: seeds[i] })));
    });
    await ended();
  });

  it("stop at a signal and end", async () => {
    const { threads, worker, ended } = counted();
    const stop = new AbortController();
    const posterior = await gibbs(model, {
      ...options,
      draws: 1e6,
      signal: stop.signal,
      runner: workers({ size: 2, worker }),
      onProgress: ({ kept }) => {
        if (kept > 30_000) stop.abort();
      },
    });
    expect(threads.length).toBe(2);
    expect(posterior.status).toBe("cancelled");
    expect(posterior.draws.get("sigma")[0]).toBe(
      gibbsSync(model, { ...options, draws: 5 }).draws.get("sigma")[0],
    );
    await ended();
  });

  it("are not started for a run of milliseconds", async () => {
    const { threads, worker } = counted();
    await gibbs(model, { draws: 300, seed: 1, runner: workers({ worker }) });
    expect(threads.length).toBe(0);
  });

  it("refuse a size that is none, and options nobody knows", () => {
    expect(() => workers({ size: 0 })).toThrow(/"size"/);
    expect(() => workers({ threads: 2 } as object)).toThrow(/"threads"/);
  });
});
