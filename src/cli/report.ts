/**
 * `blmm report`.
 *
 * @module
 */

import { lmm } from "../index.ts";
import { checkTarget } from "../io/files.ts";
import type { Arguments } from "./arguments.ts";
import { writePage } from "./estimate.ts";
import { modelOptions, readData } from "./inputs.ts";
import { codeOf, sample } from "./sampling.ts";
import { note, type Terminal, warn } from "./terminal.ts";

/** Writes a page on one model. */
export async function report(args: Arguments, terminal: Terminal): Promise<number> {
  const [path, formula, page] = args.operands;
  args.apart([path, page]);
  await checkTarget(page);
  const model = lmm(formula, await readData(path, terminal), modelOptions(args));
  const [posterior] = await sample([model], args, terminal);
  warn(terminal, posterior.warnings);
  await writePage(posterior, page, terminal);
  note(terminal, `wrote ${page}`);
  return codeOf([posterior]);
}
