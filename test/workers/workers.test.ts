import { createHash } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbs, gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import type { GibbsOptions } from "../../src/gibbs/session.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { cancelStorm, counted, workers } from "./harness.ts";

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
// Long enough for help to be asked for.
const options = { draws: 60_000, seed: 5, keep: "hyper" } as const;
const hash = ({ draws: { values } }: Posterior): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
const whole = hash(gibbsSync(model, options));
const lost = ({ warnings }: Posterior) => warnings.filter(({ code }) => code === "worker-lost");

const stream = new RandomStream(31, 0);
/** 400 groups: fewer draws that take as long. */
const large = lmm(
  "y ~ x + (x | g)",
  Array.from({ length: 2000 }, (_, i) => ({ x: stream.normal(), y: (i % 7) + stream.normal(), g: i % 400 })),
);
const largeOptions = { draws: 8000, seed: 5, keep: "hyper" } as const;

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
    // The first worker has chains 0 and 2. The second, which has the others, never dies.
    const [{ message, details }] = lost(posterior);
    const [times] = details["restarts"] as number[];
    expect(times).toBeGreaterThan(0);
    expect(details).toEqual({ restarts: [times, 0, times, 0] });
    expect(message).toContain(`last positions: 0 (${times}×), 2 (${times}×). The draws are the same`);
    await ended();
  });

  it.each<[string, LinearMixedModel, GibbsOptions]>([
    ["small model", model, options],
    ["400 groups", large, largeOptions],
  ])("may be killed at any moment, ten times: %s", async (_, any, own) => {
    const chance = new RandomStream(7, 0);
    const kills: number[] = [];
    const { threads, worker, ended } = counted((thread) => {
      const post = thread.postMessage.bind(thread);
      thread.postMessage = (message: { kind: string; order: number }) => {
        post(message);
        // At its fourth death the run would go on without workers, and one may be left from the order before.
        const often = kills.filter((order) => order === message.order).length === 2;
        if (message.kind !== "turn" || kills.length === 10 || often || chance.uniform() < 0.2) return;
        kills.push(message.order);
        // A turn takes some 50 ms: before it, within it, after it.
        setTimeout(() => thread.terminate(), 70 * chance.uniform());
      };
    });
    const posterior = await gibbs(any, { ...own, runner: workers({ size: 2, worker }) });
    expect(kills.length).toBe(10);
    expect(threads.length).toBeGreaterThan(5);
    expect(hash(posterior)).toBe(hash(gibbsSync(any, own)));
    const [{ details }] = lost(posterior);
    expect(details["gaveUp"]).toBeUndefined();
    expect((details["restarts"] as number[]).reduce((sum, times) => sum + times)).toBeGreaterThan(0);
    await ended();
  });

  it("are done without when they keep dying or cannot be started", async () => {
    const { threads, worker } = counted((thread) => thread.terminate());
    const wanted = hash(gibbsSync(large, largeOptions));
    const dying = await gibbs(large, { ...largeOptions, runner: workers({ size: 1, worker }) });
    expect(threads.length).toBeGreaterThan(1);
    expect(hash(dying)).toBe(wanted);
    expect(lost(dying)[0].details).toEqual({ restarts: [3, 3, 3, 3], gaveUp: "workers keep dying" });
    const none = (): Worker => {
      throw new Error("no threads here");
    };
    const alone = await gibbs(large, { ...largeOptions, runner: workers({ worker: none }) });
    expect(hash(alone)).toBe(wanted);
    expect(lost(alone)[0].message).toMatch(/^The run was finished without workers \(no threads here\)\./);
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

  it("say nothing when nothing has happened", async () => {
    const posterior = await gibbs(large, { ...largeOptions, runner: workers({ size: 2 }) });
    expect(lost(posterior)).toEqual([]);
  });

  it("leave no thread behind when runs are cancelled at different moments", async () => {
    const { threads, ended } = await cancelStorm(model, 2);
    // Either wave has had its threads.
    expect(threads.length).toBeGreaterThanOrEqual(4);
    await ended();
    expect(threads.every(({ threadId }) => threadId === -1)).toBe(true);
  });

  it("are not started for a run of milliseconds", async () => {
    // A clock of our own, that a busy machine does not hurry: it moves by 0.1 ms whenever somebody looks.
    let clock = 0;
    const time = vi.spyOn(performance, "now").mockImplementation(() => (clock += 0.1));
    onTestFinished(() => time.mockRestore());
    const { threads, worker } = counted();
    await gibbs(model, { draws: 300, seed: 1, runner: workers({ worker }) });
    expect(threads.length).toBe(0);
    clock = 0;
    time.mockImplementation(() => (clock += 10));
    await gibbs(model, { draws: 300, seed: 1, runner: workers({ worker }) });
    expect(threads.length).toBeGreaterThan(0);
  });

  it("refuse a size that is none, and options nobody knows", () => {
    expect(() => workers({ size: 0 })).toThrow(/"size"/);
    expect(() => workers({ threads: 2 } as object)).toThrow(/"threads"/);
  });
});
