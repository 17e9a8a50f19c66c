/**
 * From a model to what `blmm fit` prints and writes.
 *
 * @module
 */

import { type LinearMixedModel, type LmmFit, ml, type Posterior, reml } from "../index.ts";
import { checkTarget } from "../io/files.ts";
import { toJson } from "../io/json.ts";
import { VERSION } from "../save/version.ts";
import type { Arguments } from "./arguments.ts";
import { samplingNames } from "./commands.ts";
import { exitCodes } from "./exitCodes.ts";
import { codeOf, sample } from "./sampling.ts";
import { note, print, type Terminal, warn } from "./terminal.ts";

/**
 * Samples, or fits with `--reml` or `--ml`; prints the summary; writes the files asked for.
 *
 * @returns the exit code
 */
export async function estimate(
  model: LinearMixedModel,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  if (args.has("ml")) args.refuse(["reml"], "beside --ml");
  if (!args.has("ml") && !args.has("reml")) return samplePosterior(model, args, terminal);
  args.refuse([...samplingNames, "draws-csv", "report"], "without a posterior");
  await targetsOf(args);
  const fit = args.has("ml") ? ml(model) : reml(model);
  print(terminal.stdout, args.has("json") ? fitJson(fit) : String(fit));
  await writeFiles(args, terminal, { save: async (path) => (await files()).writeSave(path, fit) });
  return fit.convergence.ok ? exitCodes.fine : exitCodes.notConverged;
}

async function samplePosterior(
  model: LinearMixedModel,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  await targetsOf(args);
  const [posterior] = await sample([model], args, terminal);
  print(terminal.stdout, args.has("json") ? posteriorJson(posterior) : String(posterior));
  await writeFiles(args, terminal, {
    save: async (path) => (await files()).writeSave(path, posterior),
    "draws-csv": async (path) => (await files()).writeDrawsCsv(path, posterior.draws),
    report: (path) => writePage(posterior, path, terminal),
  });
  return codeOf([posterior]);
}

/** Writes the page on a posterior and the REML fit of its model. */
export async function writePage(posterior: Posterior, path: string, terminal: Terminal): Promise<void> {
  const fit = reml(posterior.model);
  warn(terminal, fit.warnings, posterior.warnings.map(({ message }) => message).join("\n"));
  await (await files()).writeReport(posterior, fit, path);
}

/** Refuses files that cannot be written, before hours go into what they should hold. */
async function targetsOf(args: Arguments): Promise<void> {
  for (const option of ["save", "draws-csv", "report"]) {
    const path = args.text(option);
    if (path !== undefined) await checkTarget(path);
  }
}

/** Writes the files that options name. @param writers - by option */
async function writeFiles(
  args: Arguments,
  terminal: Terminal,
  writers: Readonly<Record<string, (path: string) => Promise<void>>>,
): Promise<void> {
  for (const [option, write] of Object.entries(writers)) {
    const path = args.text(option);
    if (path === undefined) continue;
    await write(path);
    note(terminal, `wrote ${path}`);
  }
}

/** What writes files brings a library of plots along, which takes longer to load than many a model to fit. */
function files(): Promise<typeof import("../io/node.ts")> {
  return import("../io/node.ts");
}

function fitJson(fit: LmmFit): string {
  return toJson({ version: VERSION, ...fit.toJSON(), parameters: fit.parameters() });
}

/** All but the draws, which are many: `--draws-csv` has them. */
function posteriorJson(posterior: Posterior): string {
  const { chains, iterations } = posterior.draws;
  return toJson({ version: VERSION, ...posterior.toJSON(), draws: { chains, iterations } });
}
