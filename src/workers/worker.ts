/**
 * The program of a worker, in browsers, Deno, Bun and Node.
 *
 * @module
 */

import { type Order, obedient } from "./protocol.ts";

interface Scope {
  postMessage(message: unknown, move: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: Order }) => void): void;
}

const scope = globalThis as unknown as Partial<Scope>;
if (typeof scope.postMessage === "function" && typeof scope.addEventListener === "function") {
  const { postMessage } = scope as Scope;
  const obey = obedient((reply, move) => postMessage.call(scope, reply, move));
  (scope as Scope).addEventListener("message", ({ data }) => obey(data));
} else {
  // Read from the process, so that bundlers for browsers find no import of Node's.
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  const obey = obedient((reply, move) => parentPort?.postMessage(reply, move));
  parentPort?.on("message", obey);
}
