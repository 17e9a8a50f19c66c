/**
 * The posterior of a linear mixed model by Gibbs sampling.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { atOnce, inPieces, now } from "../pause.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { inOneGo, posteriorOf, secondsSince, toTheEnd } from "./finish.ts";
import type { Posterior } from "./posterior.ts";
import { emptyRecord } from "./record.ts";
import { rounds } from "./run.ts";
import { type GibbsOptions, openSession, type RunOptions, reopenSession, stopAt, workOf } from "./session.ts";

/**
 * Samples the posterior of β, b, σ and Σ given the data; brms: `brm()`, MCMCglmm: `MCMCglmm()`.
 *
 * The same model, options and seed give the same draws. By default draws are made until the chains agree and hold 400
 * effective draws of every coefficient, SD, correlation and σ. Between rounds the event loop runs, so a page stays
 * alive and `signal` can stop the run.
 *
 * @param model - from `lmm`
 * @param options - see {@link GibbsOptions}
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`, `impossible-until`, `not-enough-memory`,
 *   `scheme-cannot`; `cancelled` or `max-time` when stopped before a first draw
 * @throws {PriorError} `unknown-prior`, `unknown-prior-target`, `prior-dimension`, `improper-posterior`
 *
 * @example
 * const posterior = await gibbs(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), { seed: 1 });
 * posterior.summary()[1]; // { variable: "b_Days", mean: 10.5, … }
 */
export async function gibbs(model: LinearMixedModel, options: GibbsOptions = {}): Promise<Posterior> {
  const started = now();
  const session = await inPieces(openSession(model, options), () => stopAt(options.signal));
  return toTheEnd(session, workOf(session, emptyRecord(session.settings.chains), options, started), started);
}

/**
 * As {@link gibbs}, in one go and without a promise. `signal` and `runner` are not looked at.
 *
 * @throws as {@link gibbs}
 */
export function gibbsSync(model: LinearMixedModel, options: GibbsOptions = {}): Posterior {
  const started = now();
  const session = atOnce(openSession(model, options));
  return inOneGo(session, workOf(session, emptyRecord(session.settings.chains), options, started), started);
}

/** Options of {@link gibbsStream}. */
export interface GibbsStreamOptions extends GibbsOptions {
  /** Seconds between two posteriors, at least; defaults to 0.1. */
  readonly every?: number;
}

/**
 * As {@link gibbs}, as posteriors that grow: for pages that show a run while it goes on. Each posterior is complete
 * in itself (`status` says `"running"` for all but the last), and the last is the one that `gibbs` would return.
 * Leaving the loop ends the run.
 *
 * @throws as {@link gibbs}
 *
 * @example
 * for await (const posterior of gibbsStream(model, { seed: 1 })) {
 *   show(Plot.plot(trace(posterior)));
 * }
 */
export async function* gibbsStream(
  model: LinearMixedModel,
  options: GibbsStreamOptions = {},
): AsyncGenerator<Posterior, void, void> {
  const { every = 0.1, ...rest } = options;
  const started = now();
  const session = await inPieces(openSession(model, rest), () => stopAt(rest.signal));
  const run = rounds(workOf(session, emptyRecord(session.settings.chains), rest, started));
  let shown = now();
  try {
    for (;;) {
      const { done, value } = await run.next();
      if (done) {
        yield posteriorOf(session, value, secondsSince(started));
        return;
      }
      if (value.kept < FEWEST_SHOWN || now() - shown < 1000 * every) continue;
      const outcome = { record: value.record(), status: "running" as const };
      yield posteriorOf(session, outcome, secondsSince(started));
      shown = now();
    }
  } finally {
    await run.return(undefined as never);
  }
}

/** Kept draws per chain before anything is shown: R-hat and ESS need four. */
const FEWEST_SHOWN = 4;

/**
 * Takes up a run where a checkpoint left it and brings it to the end it was meant to reach; the draws are those of a
 * run that was never interrupted, bit for bit.
 *
 * @param model - built from the same formula and data
 * @param checkpoint - from `posterior.checkpoint()`, or its JSON parsed
 * @param options - `maxTime`, `onProgress`, `signal`, `runner`; the rest is in the checkpoint
 * @throws {ArgumentError} `invalid-checkpoint`, `checkpoint-mismatch`; as {@link gibbs}
 *
 * @example
 * const saved = JSON.stringify(posterior.checkpoint());
 * const whole = await resume(model, JSON.parse(saved));
 */
export async function resume(
  model: LinearMixedModel,
  checkpoint: Checkpoint,
  options: RunOptions = {},
): Promise<Posterior> {
  const started = now();
  const { session, record } = reopenSession(model, checkpoint, options);
  return toTheEnd(session, workOf(session, record, options, started), started);
}
