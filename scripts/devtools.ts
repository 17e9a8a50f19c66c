/**
 * Chromium over the DevTools pipe: no port, no package, and nothing emulated, so that a page is seen, hidden and frozen as
 * in the browser of a reader.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CHROMIUM_FLAGS } from "./serveFolder.ts";

/** A page in a browser of its own. */
export interface DevtoolsPage {
  /** Gives an order of the DevTools protocol. */
  send<T = object>(method: string, params?: object): Promise<T>;
  on(method: string, listener: (params: unknown) => void): void;
  /** The value of an expression in the page, awaited where it is a promise. */
  evaluate<T>(expression: string): Promise<T>;
}

/** Starts a browser, does something with its one page, and ends it. @param flags - beside those of {@link CHROMIUM_FLAGS} */
export async function withPage<T>(
  command: string,
  flags: readonly string[],
  use: (page: DevtoolsPage) => Promise<T>,
): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "blmm-page-"));
  const all = [...CHROMIUM_FLAGS, "--remote-debugging-pipe", ...flags, `--user-data-dir=${profile}`];
  const child = spawn(command, all, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const { send, on } = devtools(child.stdio[3] as Writable, child.stdio[4] as Readable);
  try {
    const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const target = { targetId, flatten: true };
    const { sessionId } = await send<{ sessionId: string }>("Target.attachToTarget", target);
    const toPage = <R>(method: string, params = {}): Promise<R> => send<R>(method, params, sessionId);
    await toPage("Page.enable");
    return await use({
      send: toPage,
      on,
      async evaluate<R>(expression: string): Promise<R> {
        const order = { expression, returnByValue: true, awaitPromise: true };
        const { result, exceptionDetails } = await toPage<Evaluated>("Runtime.evaluate", order);
        if (exceptionDetails !== undefined) throw new Error(`${expression}: ${result.description}`);
        return result.value as R;
      },
    });
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    await send("Browser.close", {}).catch(() => child.kill());
    await gone;
    // Helpers of the browser may outlive it by a moment and still write here.
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

interface Evaluated {
  readonly result: { readonly value?: unknown; readonly description?: string };
  readonly exceptionDetails?: object;
}

interface Devtools {
  send<T>(method: string, params: object, sessionId?: string): Promise<T>;
  on(method: string, listener: (params: unknown) => void): void;
}

/** DevTools messages over two pipes, each ended by a zero byte. */
function devtools(input: Writable, output: Readable): Devtools {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const listeners = new Map<string, (params: unknown) => void>();
  let last = 0;
  let rest = "";
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop() ?? "";
    for (const text of messages) {
      const { id, method, params, result, error } = JSON.parse(text);
      if (method !== undefined) listeners.get(method)?.(params);
      else if (error !== undefined) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result as never);
      waiting.delete(id);
    }
  });
  return {
    send<T>(method: string, params: object, sessionId?: string): Promise<T> {
      const id = ++last;
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return new Promise<T>((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    on: (method, listener) => void listeners.set(method, listener),
  };
}
