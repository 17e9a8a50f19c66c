/**
 * `blmm compare`.
 *
 * @module
 */

import type { Warning } from "../errors.ts";
import { anova, compare as compareModels, type LinearMixedModel, lmm, ml, reml } from "../index.ts";
import { toJson } from "../io/json.ts";
import { VERSION } from "../save/version.ts";
import type { Arguments } from "./arguments.ts";
import { samplingNames } from "./commands.ts";
import { exitCodes } from "./exitCodes.ts";
import { modelOptions, readData } from "./inputs.ts";
import { codeOf, sample } from "./sampling.ts";
import { print, type Terminal, warn } from "./terminal.ts";

/** Holds the posterior of one formula against its fit, or several formulas against each other. */
export async function compare(args: Arguments, terminal: Terminal): Promise<number> {
  const [path, ...formulas] = args.operands;
  const several = formulas.length > 1;
  if (several && args.has("gibbs")) args.refuse(["ml"], "beside --gibbs");
  if (several && !args.has("gibbs")) args.refuse(samplingNames, "without --gibbs");
  const table = await readData(path, terminal);
  const models = formulas.map((formula) => lmm(formula, table, modelOptions(args)));
  if (!several) return compareWithFit(models[0], args, terminal);
  return args.has("gibbs") ? comparePosteriors(models, args, terminal) : compareFits(models, args, terminal);
}

/** The posterior of a model beside its fit by REML, or by ML with `--ml`. */
export async function compareWithFit(
  model: LinearMixedModel,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const fit = args.has("ml") ? ml(model) : reml(model);
  const [posterior] = await sample([model], args, terminal);
  const comparison = compareModels(posterior, fit);
  const { formula } = model;
  const { seed, status } = posterior;
  const warnings = [...comparison.warnings, ...fit.warnings];
  show(comparison, { formula, seed, status, ...comparison }, warnings, args, terminal);
  return codeOf([posterior]);
}

async function comparePosteriors(
  models: readonly LinearMixedModel[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const posteriors = await sample(models, args, terminal);
  const [first, second, ...others] = posteriors;
  const comparison = compareModels(first, second, ...others);
  const { loo, warnings } = comparison;
  const seeds = posteriors.map(({ seed }) => seed);
  show(comparison, { seeds, ...comparison, loo }, warnings, args, terminal);
  return codeOf(posteriors);
}

function compareFits(models: readonly LinearMixedModel[], args: Arguments, terminal: Terminal): number {
  const fits = models.map((model) => (args.has("ml") ? ml(model) : reml(model)));
  const table = anova(...fits);
  const warnings = fits.flatMap((fit) => fit.warnings);
  show(table, table.toJSON(), warnings, args, terminal);
  return fits.every(({ convergence }) => convergence.ok) ? exitCodes.fine : exitCodes.notConverged;
}

/** Prints a result, and each warning once: in the document, or where the text does not say it. */
function show(
  result: { toString(): string },
  json: object,
  all: readonly Warning[],
  args: Arguments,
  terminal: Terminal,
): void {
  const warnings = [...new Map(all.map((one) => [one.message, one])).values()];
  const text = args.has("json") ? toJson({ version: VERSION, ...json, warnings }) : String(result);
  print(terminal.stdout, text);
  if (!args.has("json")) warn(terminal, warnings, text);
}
