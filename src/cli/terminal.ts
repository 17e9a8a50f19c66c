/**
 * What a command sees of the process it runs in, and how it writes there.
 *
 * @module
 */

import { harmless, type Warning } from "../errors.ts";

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of a terminal in characters. */
  readonly columns?: number;
}

/** The members of `process` that commands use. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  once(event: "SIGINT", listener: () => void): unknown;
  off(event: "SIGINT", listener: () => void): unknown;
}

/** Writes a result, or a message, and ends the line. */
export function print(output: Output, text: string): void {
  output.write(`${harmless(text)}\n`);
}

/** Says on standard error what the printed text does not say already. */
export function warn({ stderr }: Terminal, warnings: readonly Warning[], printed = ""): void {
  for (const { code, message } of warnings)
    if (!printed.includes(message)) print(stderr, `warning [${code}]: ${message}`);
}

/** Says what was done, to people only. */
export function note({ stderr }: Terminal, text: string): void {
  if (stderr.isTTY) print(stderr, text);
}
