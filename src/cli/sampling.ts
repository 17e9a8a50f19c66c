/**
 * Sampling under the eyes of a user: progress, Ctrl-C, and what a run came to.
 *
 * @module
 */

import { integerIn } from "../errors.ts";
import { type GibbsOptions, gibbs, type LinearMixedModel, type Posterior, type Priors } from "../index.ts";
import { readJson } from "../io/files.ts";
import type { Arguments } from "./arguments.ts";
import { exitCodes } from "./exitCodes.ts";
import { progressLine } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

const NUMBERS = ["seed", "chains", "draws", "warmup", "thin", "max-draws", "max-time"];

/** Options of `gibbs` as given; it checks them. */
async function samplingOptions(args: Arguments): Promise<GibbsOptions> {
  const workers = args.number("workers");
  // The range of workers(), which would call it size.
  const size = workers === undefined ? undefined : integerIn("workers", workers, 1, 256);
  const priors = args.text("priors");
  return {
    ...args.options(NUMBERS, (name) => args.number(name)),
    ...args.options(["scheme"], (name) => args.text(name)),
    ...(priors === undefined ? {} : { priors: (await readJson(priors)) as Priors }),
    // An entry of the package of its own, because it finds the worker's file beside itself.
    ...(size === undefined ? {} : { runner: (await import("../workers/index.ts")).workers({ size }) }),
  };
}

/**
 * Posteriors of one model or several, with seeds that follow one another. Ctrl-C ends the run under way with the draws
 * that there are; a second one ends the program.
 *
 * @throws as `gibbs`; `cancelled` for a run that Ctrl-C did not let begin
 */
export async function sample(
  models: readonly LinearMixedModel[],
  args: Arguments,
  terminal: Terminal,
): Promise<Posterior[]> {
  const options = await samplingOptions(args);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const line = progressLine(terminal.stderr);
  const posteriors: Posterior[] = [];
  terminal.once("SIGINT", stop);
  try {
    for (const [k, model] of models.entries()) {
      const seed = options.seed === undefined ? {} : { seed: options.seed + k };
      const watched = { signal: controller.signal, onProgress: line.show };
      posteriors.push(await gibbs(model, { ...options, ...seed, ...watched }));
    }
  } finally {
    terminal.off("SIGINT", stop);
    line.clear();
  }
  return posteriors;
}

/** The exit code of posteriors. */
export function codeOf(posteriors: readonly Posterior[]): number {
  if (posteriors.some(({ status }) => status === "cancelled")) return exitCodes.interrupted;
  const short = posteriors.some(({ warnings }) => warnings.some(({ code }) => code === "not-converged"));
  return short ? exitCodes.notConverged : exitCodes.fine;
}
