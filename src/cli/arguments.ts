/**
 * Command lines, read as their command takes them.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isPlainNumber } from "../data/table.ts";
import { ArgumentError, didYouMean, listOf, show } from "../errors.ts";
import type { Usage } from "./usage.ts";

/** What was given on a line. Whatever cannot be understood is an error `usage`. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #usage: Usage;
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(usage: Usage, operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.#usage = usage;
    this.operands = operands;
    this.#values = values;
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** All values given for an option. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value of an option. */
  text(name: string): string | undefined {
    return this.all(name)[0] ?? this.#usage.options.find((one) => one.name === name)?.default;
  }

  /** The value of an option that must be there. @throws {ArgumentError} `usage` */
  needed(name: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw this.fault(`needs --${name}`);
  }

  /** The value of an option that takes a number. */
  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  /** Values of the form `NAME=VALUE`, by name. @throws {ArgumentError} `usage` */
  pairs(name: string): Record<string, string> {
    const pairs = this.all(name).map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw this.fault(`takes NAME=VALUE as --${name}, got ${show(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    });
    return Object.fromEntries(pairs);
  }

  /** Those of the options that have values, under the names they have in calls: `max-draws` as `maxDraws`. */
  options<T>(names: readonly string[], read: (name: string) => T | undefined): Record<string, T> {
    const values = names.map((name) => [camelCase(name), read(name)] as const);
    return Object.fromEntries(values.filter((pair): pair is [string, T] => pair[1] !== undefined));
  }

  /** Refuses options that would have no effect. @param why - goes on from "means nothing" @throws {ArgumentError} `usage` */
  refuse(names: readonly string[], why: string): void {
    const idle = names.find((name) => this.has(name));
    if (idle !== undefined)
      throw this.fault(`is given --${idle}, which means nothing ${why}`, "Leave it out.");
  }

  /** Refuses to write over a file that is read, or twice to one file; devices may be named twice. @throws {ArgumentError} `usage` */
  apart(paths: readonly (string | undefined)[]): void {
    const files = paths.flatMap((path) => (path === undefined || path === "-" ? [] : [resolve(path)]));
    const twice = files.find((file, k) => files.indexOf(file) < k && !file.startsWith("/dev/"));
    if (twice !== undefined)
      throw this.fault(`is given ${show(twice)} twice, and would write over it`, "Name another file.");
  }

  /** The error of this line. @param what - goes on from the name of the command @param remedy - defaults to its help */
  fault(what: string, remedy = `See blmm ${this.#usage.name} --help.`): ArgumentError {
    return new ArgumentError("usage", `blmm ${this.#usage.name} ${what}.`, remedy);
  }
}

/**
 * Reads a line.
 *
 * @param argv - what follows the name of the command
 * @throws {ArgumentError} `usage`
 */
export function parse(usage: Usage, argv: readonly string[]): Arguments {
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  const args = new Arguments(usage, operands, values);
  for (const token of tokensOf(usage, argv)) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const option = rawName.startsWith("--") ? usage.options.find((one) => one.name === name) : undefined;
    if (option === undefined) {
      const known = usage.options.map((one) => one.name);
      const near = didYouMean(name, known);
      throw args.fault(
        `has no option "${rawName}"`,
        near === undefined ? undefined : `Did you mean "--${near}"?`,
      );
    }
    if (option.value === undefined && value !== undefined) throw args.fault(`takes no value with ${rawName}`);
    // What looks like the next option is no value; a number below zero does not.
    const next = !inlineValue && /^-./.test(value ?? "") && !isPlainNumber(value ?? "");
    if (option.value !== undefined && (value === undefined || next))
      throw args.fault(`needs ${option.value} after ${rawName}`);
    if (option.number === true && !isPlainNumber(value ?? ""))
      throw args.fault(`takes a number after ${rawName}, got ${show(value)}`);
    const before = args.all(name);
    if (before.length > 0 && option.many !== true) throw args.fault(`takes ${rawName} once`);
    values.set(name, [...before, value ?? ""]);
  }
  const absent = usage.operands.filter(({ optional }) => optional !== true)[operands.length];
  if (absent !== undefined) throw args.fault(`needs ${absent.name}`);
  const extra = usage.operands.at(-1)?.many === true ? [] : operands.slice(usage.operands.length);
  if (extra.length > 0) {
    const names = usage.operands.map(({ name }) => name);
    throw args.fault(
      `takes ${names.join(" and ")}, got ${listOf(extra.map(show))} too`,
      names.includes("FORMULA") ? "Put the formula into quotation marks." : undefined,
    );
  }
  return args;
}

function tokensOf(usage: Usage, argv: readonly string[]) {
  const options = usage.options.map(
    ({ name, value }) => [name, { type: value === undefined ? "boolean" : "string" }] as const,
  );
  return parseArgs({
    args: [...argv],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
