/** What many runs through workers leave behind: nothing. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbs } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { cancelStorm, counted, workers } from "../workers/harness.ts";

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in use on this thread, buffers included, once everything else is given back. */
async function inUse(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("load", () => {
  it("keeps memory flat over 1000 runs, eight at a time", async () => {
    let tasks = 0;
    const { worker, ended } = counted((thread) => {
      const post = thread.postMessage.bind(thread);
      thread.postMessage = (message: { kind: string }) => {
        if (message.kind === "task") tasks++;
        post(message);
      };
    });
    const runner = workers({ size: 2, worker });
    let seed = 0;
    const upTo = async (last: number): Promise<void> => {
      while (seed < last) {
        await gibbs(model, { draws: 20_000, keep: "hyper", seed: seed++, runner });
      }
    };
    const runs = (last: number) => Promise.all(Array.from({ length: 8 }, () => upTo(last)));
    // Code is compiled and pools are filled by then.
    await runs(200);
    const [before, wholeBefore] = [await inUse(), process.memoryUsage().rss];
    await runs(1000);
    const [after, wholeAfter] = [await inUse(), process.memoryUsage().rss];
    expect(after).toBeLessThan(1.05 * before);
    // With the heaps of the workers, and what the allocator keeps: one that forgot to drop a run would hold a megabyte
    // of its draws, 800 in all.
    expect(wholeAfter).toBeLessThan(1.2 * wholeBefore);
    // Each run had its chains with both workers.
    expect(tasks).toBe(2000);
    await ended();
  });

  it("leaves no thread behind when a hundred runs are cancelled", async () => {
    const { threads, ended } = await cancelStorm(model, 10);
    expect(threads.length).toBeGreaterThanOrEqual(20);
    await ended();
    expect(threads.every(({ threadId }) => threadId === -1)).toBe(true);
  });
});
