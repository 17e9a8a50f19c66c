import { EventEmitter } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** What a run of the program left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A process that is none. `write` is called with what goes to standard error, before it is kept. */
export function pretend(
  options: {
    readonly stdin?: string | Uint8Array;
    readonly columns?: number;
    readonly env?: Record<string, string>;
    readonly onError?: (text: string, terminal: Terminal & EventEmitter) => void;
    readonly onOut?: () => void;
  } = {},
): { readonly terminal: Terminal & EventEmitter; readonly written: { out: string; err: string } } {
  const written = { out: "", err: "" };
  const { stdin = "", columns, env = {}, onError, onOut } = options;
  const terminal: Terminal & EventEmitter = Object.assign(new EventEmitter(), {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: {
      write(text: string) {
        onOut?.();
        written.out += text;
      },
    },
    stderr: {
      ...(columns === undefined ? {} : { isTTY: true, columns }),
      write(text: string) {
        onError?.(text, terminal);
        written.err += text;
      },
    },
    env,
  });
  return { terminal, written };
}

/** Runs the program in this process. */
export async function blmm(
  argv: readonly string[],
  options: Parameters<typeof pretend>[0] = {},
): Promise<Ran> {
  const { terminal, written } = pretend(options);
  const code = await main(argv, terminal);
  return { code, ...written };
}

/** A folder for files of a test. */
export function folder(): string {
  return mkdtempSync(join(tmpdir(), "blmm-cli-"));
}
