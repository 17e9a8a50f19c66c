/**
 * From a run to its posterior, and on from there.
 *
 * @module
 */

import { ArgumentError, integerIn, type Warning, warning } from "../errors.ts";
import { now } from "../pause.ts";
import { Draws } from "../posterior/draws.ts";
import { checkpointOf, type RunSettings } from "./checkpoint.ts";
import { diagnosticWarnings, priorWarnings } from "./checks.ts";
import { effectsAgain } from "./effects.ts";
import { Posterior } from "./posterior.ts";
import { type Outcome, rounds, runSync, type Status, type Work } from "./run.ts";
import { cancelled, checkRunOptions, type Session, workOf } from "./session.ts";

/** Runs to the goal, letting the event loop run in between. @param started - on the clock of `now` */
export async function toTheEnd(session: Session, work: Work, started: number): Promise<Posterior> {
  const run = rounds(work);
  for (;;) {
    const { done, value } = await run.next();
    if (done) return posteriorOf(session, value, started);
  }
}

/** Runs to the goal in one go. */
export function inOneGo(session: Session, work: Work, started: number): Posterior {
  return posteriorOf(session, runSync(work), started);
}

/**
 * The posterior of what a run has kept.
 *
 * @throws {ArgumentError} `cancelled`, `max-time` when nothing was kept
 */
export function posteriorOf(session: Session, { record, status }: Outcome, started: number): Posterior {
  const { model, settings, resolved, info, effects } = session;
  const seconds = (now() - started) / 1000;
  if (record.kept === 0) throw nothingKept(status, seconds);
  const { chains, seed, warmup, thin, scheme, keep, until } = settings;
  const draws = new Draws({ info, chains, iterations: record.kept, values: record.values });
  const warnings = (): Warning[] => [
    ...model.warnings,
    ...scheme.warnings,
    ...statusWarnings(status, record.kept, settings),
    ...diagnosticWarnings(draws, until),
    ...priorWarnings(model, resolved, session.setup, draws),
  ];
  /** The session of a run that keeps so many more draws per chain. */
  const longer = (more: unknown): Session => {
    const wanted = record.kept + integerIn("draws", more, 1, Number.MAX_SAFE_INTEGER - record.kept);
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
  return [warning("stopped-early", message, { status, kept })];
}

function nothingKept(status: Status, seconds: number): ArgumentError {
  if (status !== "max-time") return cancelled();
  const reason = `No draw was kept within ${seconds.toFixed(1)} s.`;
  return new ArgumentError("max-time", reason, "Raise maxTime.", { seconds });
}
