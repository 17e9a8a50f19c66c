/**
 * From a run to its posterior, and on from there.
 *
 * @module
 */

import { ArgumentError, integerIn, listOf, type Warning, warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { now } from "../pause.ts";
import { Draws } from "../posterior/draws.ts";
import { checkpointOf, type RunSettings } from "./checkpoint.ts";
import { diagnosticWarnings, fixedWarnings, priorWarnings } from "./checks.ts";
import { effectsAgain } from "./effects.ts";
import { checkMemory } from "./memory.ts";
import { mixingWarnings } from "./mixing.ts";
import { Posterior } from "./posterior.ts";
import { type Mishaps, type Outcome, rounds, runSync, type Status, type Work } from "./run.ts";
import { cancelled, checkRunOptions, type Session, sessionAgain, workOf } from "./session.ts";
import { standings } from "./until.ts";

/** Runs to the goal, letting the event loop run in between. @param started - on the clock of `now` */
export async function toTheEnd(session: Session, work: Work, started: number): Promise<Posterior> {
  const run = rounds(work);
  for (;;) {
    const { done, value } = await run.next();
    if (done) return posteriorOf(session, value, secondsSince(started));
  }
}

/** Runs to the goal in one go. */
export function inOneGo(session: Session, work: Work, started: number): Posterior {
  return posteriorOf(session, runSync(work), secondsSince(started));
}

/** @param started - on the clock of `now` */
export function secondsSince(started: number): number {
  return (now() - started) / 1000;
}

/** What `save` keeps of a posterior beside its model. */
export interface SavedPosterior {
  readonly kind: "posterior";
  readonly settings: RunSettings;
  readonly outcome: Outcome;
  /** That the run took. */
  readonly seconds: number;
}

/** A posterior from what was kept of it. @param model - of the same sums */
export function savedPosterior(model: LinearMixedModel, saved: SavedPosterior): Posterior {
  return posteriorOf(sessionAgain(model, saved.settings), saved.outcome, saved.seconds);
}

/**
 * The posterior of what a run has kept.
 *
 * @throws {ArgumentError} `cancelled`, `max-time` when nothing was kept
 */
export function posteriorOf(session: Session, outcome: Outcome, seconds: number): Posterior {
  const { model, settings, resolved, watched, info, effects } = session;
  const { record, status, mishaps } = outcome;
  if (record.kept === 0) throw nothingKept(status, seconds);
  const { chains, seed, warmup, thin, scheme, keep, until } = settings;
  const draws = new Draws({ info, chains, iterations: record.kept, values: record.values });
  const warnings = (): Warning[] => {
    const standing = standings(draws, watched);
    return [
      ...model.warnings,
      ...scheme.warnings,
      ...statusWarnings(status, record.kept, settings),
      ...diagnosticWarnings(draws, standing, until),
      ...mixingWarnings(draws, standing, settings),
      ...priorWarnings(model, resolved, session.setup, draws),
      ...fixedWarnings(model, resolved),
      ...workerWarnings(mishaps),
    ];
  };
  /** The session of a run that keeps so many more draws per chain. */
  const longer = (more: unknown): Session => {
    const wanted = record.kept + integerIn("draws", more, 1, Number.MAX_SAFE_INTEGER - record.kept);
    // What is kept is settled by now.
    checkMemory({ all: info.length, hyper: info.length }, keep, chains, wanted, session.maxMemory);
    return { ...session, settings: { ...settings, draws: wanted } };
  };
  return new Posterior({
    model,
    draws,
    priors: resolved,
    scheme: { name: scheme.name, reason: scheme.reason },
    seed,
    status,
    warmup,
    thin,
    warnings,
    timing: { seconds },
    effectInfo: effects,
    effects: (chosen, iterations) =>
      keep === "all"
        ? draws.subset({
            variables: chosen.map((place) => effects[place].name),
            ...(iterations === undefined ? {} : { iterations }),
          })
        : effectsAgain(session.task, session.prepared, record, effects, chosen, iterations),
    extend: async (more, options) => {
      checkRunOptions("extend()", options);
      const on = longer(more);
      return toTheEnd(on, workOf(on, record, options, now()), now());
    },
    extendSync: (more) => {
      const on = longer(more);
      return inOneGo(on, workOf(on, record, {}, now()), now());
    },
    checkpoint: () => checkpointOf(model, settings, record),
    saved: () => ({ kind: "posterior", settings, outcome, seconds }),
  });
}

/** `stopped-early`: fewer draws than asked for, and why. */
function statusWarnings(status: Status, kept: number, { draws, maxDraws, until }: RunSettings): Warning[] {
  if (status === "complete" || status === "running") return [];
  const made = `${kept}${draws === "auto" ? "" : ` of ${draws}`} draws per chain`;
  const message = {
    cancelled: `Cancelled after ${made}; they are valid, and extend() goes on from them.`,
    "max-time": `Stopped at maxTime after ${made}; they are valid, and extend() goes on from them.`,
    "max-draws": `After ${maxDraws} draws per chain (maxDraws) R-hat at most ${until.rhat} and ESS at least ${until.ess} were not reached.`,
  }[status];
  const more = draws === "auto" ? kept : draws - kept;
  return [warning("stopped-early", message, { status, kept }, `await posterior.extend(${more})`)];
}

/** `worker-lost`: workers that died or could not be started, and what became of their chains. */
function workerWarnings(mishaps: Mishaps | undefined): Warning[] {
  if (mishaps === undefined) return [];
  const { restarts, gaveUp } = mishaps;
  const again = restarts.flatMap((times, chain) => (times > 0 ? [`${chain} (${times}×)`] : []));
  const told = [
    ...(again.length === 0
      ? []
      : [`Workers died; chains went on from their last positions: ${listOf(again, 8)}.`]),
    ...(gaveUp === undefined ? [] : [`The run was finished without workers (${gaveUp}).`]),
    "The draws are the same as without this.",
  ];
  return [warning("worker-lost", told.join(" "), { ...mishaps })];
}

function nothingKept(status: Status, seconds: number): ArgumentError {
  if (status !== "max-time") return cancelled();
  const reason = "maxTime was over before a draw was kept.";
  return new ArgumentError("max-time", reason, "Raise maxTime.", { seconds });
}
