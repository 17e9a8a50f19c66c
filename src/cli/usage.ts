/**
 * What commands take, and how it is explained.
 *
 * @module
 */

import { textTable, wordColumn } from "../data/format.ts";

/** An option, `--name` or `--name VALUE`. */
export interface Option {
  readonly name: string;
  /** What stands for its value in the help; none for a switch. */
  readonly value?: string;
  /** Whether the value is a number. */
  readonly number?: boolean;
  readonly help: string;
  /** Whether it may be given several times. */
  readonly many?: boolean;
  /** Its value where it is not given. */
  readonly default?: string;
}

/** What stands on the line without a name. */
export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Whether more of them may follow. */
  readonly many?: boolean;
}

/** What a command takes. */
export interface Usage {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  readonly operands: readonly Operand[];
  readonly options: readonly Option[];
}

const HELP: Option = { name: "help", help: "this text" };

/** The help of a command. */
export function helpOf({ name, about, operands, options }: Usage): string {
  const places = operands.map((one) => {
    const text = one.many === true ? `${one.name}...` : one.name;
    return one.optional === true ? `[${text}]` : text;
  });
  const rows = [...options, HELP].map((one) => [
    one.value === undefined ? `--${one.name}` : `--${one.name} ${one.value}`,
    one.many === true ? `${one.help}; repeatable` : one.help,
  ]);
  return [
    `Usage: blmm ${[name, ...places, "[options]"].join(" ")}`,
    about,
    twoColumns(operands.map((one) => [one.name, one.help])),
    `Options:\n${twoColumns(rows)}`,
  ].join("\n\n");
}

/** Names beside what they mean. */
export function twoColumns(rows: readonly (readonly string[])[]): string {
  const column = (place: number) => wordColumn("", rows.map((row) => row[place])); // biome-ignore format: one line
  return textTable([column(0), column(1)], { indent: "  ", gap: "  " }).replace(/^\n/, "");
}
