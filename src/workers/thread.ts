/**
 * One worker as this library sees it, whatever the platform calls it.
 *
 * @module
 */

import type { Order, Reply } from "./protocol.ts";

/** A worker that takes orders. */
export interface Thread {
  post(order: Order): void;
  end(): void;
}

/** What a worker of the web has in common with what Deno and Bun offer. */
export interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  addEventListener(type: string, listener: (event: unknown) => void): void;
}

/** What a worker of Node's has; `on` tells it apart. */
export interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  on(event: string, listener: (value: unknown) => void): unknown;
}

/**
 * Starts a worker and listens to it.
 *
 * @param start - makes the worker
 * @param hear - called with each reply
 * @param lost - called once when the worker has failed or ended by itself
 */
export function thread(
  start: () => WebWorker | NodeWorker,
  hear: (reply: Reply) => void,
  lost: () => void,
): Thread {
  const worker = start();
  let over = false;
  const gone = (): void => {
    if (over) return;
    over = true;
    worker.terminate();
    lost();
  };
  if ("on" in worker) {
    worker.on("message", (reply) => hear(reply as Reply));
    for (const event of ["error", "exit", "messageerror"]) worker.on(event, gone);
  } else {
    worker.addEventListener("message", (event) => hear((event as { readonly data: Reply }).data));
    for (const event of ["error", "messageerror"]) {
      worker.addEventListener(event, (reason) => {
        // Heard here; nobody else needs to report it.
        (reason as { preventDefault?: () => void }).preventDefault?.();
        gone();
      });
    }
  }
  return {
    post: (order) => worker.postMessage(order),
    end() {
      over = true;
      worker.terminate();
    },
  };
}

/** The worker of this package, as the platform starts it. */
export function ownWorker(): WebWorker | NodeWorker {
  // Written out like this, bundlers find the file and bring it along.
  if (typeof Worker === "function") {
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  }
  const { Worker: Threads } = process.getBuiltinModule("node:worker_threads");
  return new Threads(new URL("./worker.js", import.meta.url));
}

/** Threads that this machine can run at a time. */
export function cores(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  if (navigator?.hardwareConcurrency !== undefined) return navigator.hardwareConcurrency;
  return process.getBuiltinModule("node:os").availableParallelism();
}
