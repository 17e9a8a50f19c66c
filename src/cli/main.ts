/**
 * From a command line to an exit code.
 *
 * @module
 */

import { ArgumentError, BlmmError, didYouMean } from "../errors.ts";
import { noAccess } from "../io/files.ts";
import { VERSION } from "../save/version.ts";
import { parse } from "./arguments.ts";
import { commands } from "./commands.ts";
import { exitCodes } from "./exitCodes.ts";
import { print, type Terminal } from "./terminal.ts";
import { helpOf, twoColumns } from "./usage.ts";

/**
 * Runs one command and returns its exit code, whatever happens.
 *
 * @param argv - the words after the program's name
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(argv, terminal);
  } catch (error) {
    return explain(error, argv.includes("--json"), terminal);
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = argv;
  const command = commands.find(({ name }) => name === first);
  if (argv.includes("--help") || argv.includes("-h")) {
    print(terminal.stdout, command === undefined ? overview() : helpOf(command));
    return exitCodes.fine;
  }
  if (first === "--version") {
    print(terminal.stdout, VERSION);
    return exitCodes.fine;
  }
  if (command !== undefined) return command.run(parse(command, rest), terminal);
  const names = commands.map(({ name }) => name);
  const near = first === undefined ? undefined : didYouMean(first, names);
  throw new ArgumentError(
    "usage",
    first === undefined ? "blmm needs a command." : `blmm has no command "${first}".`,
    near === undefined ? `There are ${names.join(", ")}; see blmm --help.` : `Did you mean "${near}"?`,
  );
}

function overview(): string {
  return `blmm ${VERSION}: Bayesian linear mixed models

Usage: blmm COMMAND ...

${twoColumns(commands.map(({ name, about }) => [name, about]))}

blmm COMMAND --help says what a command takes.`;
}

/** Says what went wrong, on standard error; a stack only for faults of this program, and only where it is asked for. */
function explain(thrown: unknown, json: boolean, { stderr, env }: Terminal): number {
  const error = thrown instanceof BlmmError ? thrown : ofFile(thrown);
  if (env["BLMM_DEBUG"] === "1" && error === undefined) print(stderr, (thrown as Error)?.stack ?? "");
  const { code, reason, remedy } = error ?? {
    code: "internal",
    reason: `blmm failed: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
    remedy: "This is a fault of blmm: please report it, with what BLMM_DEBUG=1 prints.",
  };
  if (json) print(stderr, JSON.stringify({ error: { code, message: reason, hint: remedy } }));
  else print(stderr, [`error [${code}]: ${reason}`, remedy].join(error === undefined ? " " : "\n"));
  if (error === undefined) return exitCodes.internal;
  if (error.code === "usage") return exitCodes.usage;
  return error.code === "cancelled" ? exitCodes.interrupted : exitCodes.mistake;
}

/** What the system says of a file that cannot be read or written. */
function ofFile(error: unknown): BlmmError | undefined {
  return error instanceof Error && "syscall" in error ? noAccess(error) : undefined;
}
