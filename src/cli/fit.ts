/**
 * `blmm fit`.
 *
 * @module
 */

import { lmm } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { estimate } from "./estimate.ts";
import { modelOptions, readData } from "./inputs.ts";
import type { Terminal } from "./terminal.ts";

/** Fits one model to a file. */
export async function fit(args: Arguments, terminal: Terminal): Promise<number> {
  const [path, formula] = args.operands;
  args.apart([path, ...["save", "draws-csv", "report"].map((name) => args.text(name))]);
  const model = lmm(formula, await readData(path, terminal), modelOptions(args));
  return estimate(model, args, terminal);
}
