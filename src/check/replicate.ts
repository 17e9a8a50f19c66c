/**
 * Replications: the loop, the seeds and the arguments that all checks share.
 *
 * @module
 */

import { ArgumentError } from "../errors.ts";
import type { ResolvedPriors } from "../gibbs/resolvePriors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { requireNormal } from "../model/student.ts";
import { groupVariables, parameterVariables, sigmaNames, termVariables } from "../model/variables.ts";
import { breather } from "../pause.ts";

/** How replications are watched and stopped. */
export interface ReplicationOptions {
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
  /** Called after each replication with how many are done and how many will be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops; the replications made so far count. */
  readonly signal?: AbortSignal;
}

/** Names of {@link ReplicationOptions}. */
export const REPLICATION_OPTIONS = ["seed", "onProgress", "signal"] as const;

/** The schemes of `gibbs`. */
export const SCHEMES = ["auto", "collapsed", "crossed", "blocked", "full-conditionals"] as const;

/**
 * Bytes that a short chain may take. Given to `gibbs` so that the platform is not asked each time, which costs a tenth
 * of a millisecond.
 */
export const ENOUGH = 1e9;

/** Refuses what is not a model, and models that only `sbc` can simulate. */
export function checkSimulated(call: string, model: LinearMixedModel): void {
  checkModel(call, model);
  requireNormal(call, model, "Make the model without student(); sbc() takes Student-t parts too.");
}

/**
 * Does replications one after the other, letting the event loop run in between. Each has a seed of its own, so that it
 * does not depend on how many come before.
 *
 * @param fewest - that make a result
 * @returns how many were done: fewer than `total` when `signal` came
 * @throws {ArgumentError} `cancelled` before the fewest are done
 */
export async function replicate(
  total: number,
  fewest: number,
  seed: number,
  { onProgress, signal }: ReplicationOptions,
  one: (seed: number, done: number) => void,
): Promise<number> {
  const pause = breather();
  let done = 0;
  for (; done < total && !signal?.aborted; done++) {
    one((Math.imul(done + 1, 0x9e3779b1) ^ seed) >>> 0, done);
    onProgress?.(done + 1, total);
    await pause();
  }
  if (done >= fewest) return done;
  throw new ArgumentError(
    "cancelled",
    `Cancelled after ${done} replications; ${fewest} are the fewest.`,
    "Run it again.",
  );
}

/** A variable, and where it stands in a draw. */
export interface Watched {
  readonly name: string;
  readonly place: number;
}

/** β, SDs, correlations and σ that are not fixed by their prior, and the effects of the first level of each term. */
export function watchedVariables(model: LinearMixedModel, { sigma, terms }: ResolvedPriors): Watched[] {
  const parameters = parameterVariables(model);
  const effects = groupVariables(model);
  const known = new Set(sigma.type === "fixed" ? sigmaNames(model) : []);
  const first = new Set<string>();
  let at = 0;
  model.random.forEach(({ levels, columns }, t) => {
    if (terms[t].prior.type === "fixed") for (const { name } of termVariables(model, t)) known.add(name);
    for (let c = 0; c < columns.length; c++) first.add(effects[at + c].name);
    at += levels.length * columns.length;
  });
  return [...parameters, ...effects].flatMap(({ name, kind }, place) =>
    kind === "group" ? (first.has(name) ? [{ name, place }] : []) : known.has(name) ? [] : [{ name, place }],
  );
}
