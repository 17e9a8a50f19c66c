/** A peer that runs as a process of its own and answers one line of JSON to each line of text. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Asks a peer and waits for its answer. */
export interface Peer {
  ask(...words: readonly (string | number)[]): Promise<Record<string, number | string | number[]>>;
  close(): void;
}

/** Starts a peer; `env` is added to the environment. */
export function startPeer(command: string, args: readonly string[], env: Record<string, string>): Peer {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let failed: Error | undefined;
  let wake: ((end: Error) => void) | undefined;
  const end = (error: Error): void => {
    failed ??= error;
    wake?.(failed);
  };
  child.on("error", end);
  child.on("exit", (code) => end(new Error(`${command} ended with code ${code}.`)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(...words) {
      if (failed !== undefined) throw failed;
      const died = new Promise<never>((_, reject) => {
        wake = reject;
      });
      child.stdin.write(`${words.join(" ")}\n`);
      const { value } = await Promise.race([lines.next(), died]);
      const answer: Record<string, unknown> = JSON.parse(String(value));
      return Object.fromEntries(
        Object.entries(answer).map(([name, v]) => [
          name,
          Array.isArray(v) && v.length === 1 ? Number(v[0]) : v,
        ]),
      ) as Record<string, number | string | number[]>;
    },
    close() {
      child.removeAllListeners();
      child.stdin.end();
    },
  };
}
