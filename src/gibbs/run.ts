/**
 * A run: rounds of turns until enough draws are kept, on this thread or through a crew elsewhere.
 *
 * Who does the turns, how long they are and when anyone looks never changes a draw.
 *
 * @module
 */

import { breather, now } from "../pause.ts";
import type { VariableInfo } from "../posterior/draws.ts";
import { type Recording, type RunRecord, recording } from "./record.ts";
import { keptAfter, type Position, type Sampler, type Task, type Turn } from "./sampler.ts";
import { fallingShort, type Standing, standing, type Until } from "./until.ts";

/** Kept draws per chain between two looks at R-hat and ESS. */
export const BATCH = 1000;
/** Milliseconds that a chain's turn should take here (a cancel waits no longer), and elsewhere (it need not wait). */
const TURN = { here: 8, elsewhere: 50 };
/** Numbers that a turn here should write, so that they are still in the cache when they are filed. */
const CACHED = 16_384;
/** Milliseconds of work still ahead that make it worth while to ask for help. */
const WORTH_HELP = 150;

/** How far to go. */
export interface Goal {
  /** Kept draws per chain, or until `until` is met. */
  readonly draws: number | "auto";
  readonly until: Required<Until>;
  /** Kept draws per chain that `"auto"` stops at. */
  readonly maxDraws: number;
  /** Seconds, counted from `started` (milliseconds). */
  readonly maxTime: number;
  readonly started: number;
}

/** Why a run ended, or that it has not. */
export type Status = "running" | "complete" | "cancelled" | "max-draws" | "max-time";

/** Where a run stands after a chain's turn. */
export interface Progress {
  readonly phase: "warmup" | "sampling";
  /** From 0. */
  readonly chain: number;
  /** Iterations done by this chain, warm-up included. */
  readonly iteration: number;
  /** Iterations it will do; with `draws: "auto"` up to the next look at the diagnostics. */
  readonly total: number;
  /** Kept iterations that every chain has reached. */
  readonly kept: number;
  /**
   * R-hat and ESS, at the last look, of what falls short of `until` among β, SDs, correlations and σ; `draws: "auto"` only.
   * The worst of them is followed until it has come far enough, then the worst that is left.
   */
  readonly rhat?: number;
  readonly ess?: number;
}

/** Someone else who can move chains: all of them, by so many iterations, from the positions given. */
export interface Crew {
  /** Turns in the order of the chains; undefined when `signal` stopped it. Rejects when it can go on no longer. */
  turns(
    iterations: number,
    positions: readonly Position[],
    signal?: AbortSignal,
  ): Promise<Turn[] | undefined>;
  /** Turns of each chain so far that were begun again, because who did them was gone; none when left out. */
  readonly restarts?: readonly number[];
  close(): void;
}

/** Makes crews; what `workers()` returns. */
export interface Runner {
  /** A crew for the task, or undefined where there is none. @param chains - how many there are */
  crew(task: Task, chains: number): Crew | undefined;
}

/** What a run works with. */
export interface Work {
  readonly task: Task;
  readonly sampler: Sampler;
  readonly chains: number;
  readonly info: readonly VariableInfo[];
  /** Names of what `goal.until` is asked of. */
  readonly watched: readonly string[];
  readonly goal: Goal;
  readonly from: RunRecord;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly runner?: Runner | undefined;
}

/** What befell the crew of a run; no draw depends on it. */
export interface Mishaps {
  /** As in {@link Crew}. */
  readonly restarts: readonly number[];
  /** Why the crew could go on no longer, and the run went on here. */
  readonly gaveUp?: string;
}

/** What a run came to. */
export interface Outcome {
  readonly record: RunRecord;
  readonly status: Status;
  /** Left out where there were none. */
  readonly mishaps?: Mishaps;
}

/** The bookkeeping of a run, the same whoever does the turns. */
interface Ledger {
  readonly recording: Recording;
  /** Iterations for the next round, or why there is none. */
  next(): number | Status;
  /** Takes a round in. @param milliseconds - that it took @param wanted - milliseconds that a turn should take */
  add(turns: readonly Turn[], milliseconds: number, wanted: number): void;
  /** Milliseconds to the end of the batch, as far as known. */
  ahead(): number;
  report(chain: number, iteration: number, kept: number): void;
}

function ledger({ task, sampler, chains, info, watched, goal, from, onProgress }: Work): Ledger {
  const kept = recording(from, task, chains, sampler.length);
  // Looks at whole batches, wherever a run was interrupted: the same ones as in one go.
  let target =
    goal.draws === "auto"
      ? Math.min(Math.max(1, Math.ceil(from.kept / BATCH)) * BATCH, Math.max(goal.maxDraws, from.kept))
      : goal.draws;
  // Few at first: nobody knows yet how long they take.
  let pace = 10;
  let perIteration = 0;
  let room = 0;
  const places = new Map(info.map(({ name }, place) => [name, place]));
  let worst: Standing | undefined;

  /** Whether the goal is met. While what was worst falls short, nobody looks at the rest: that would take longer than the draws. */
  function met(): boolean {
    const worstOf = (names: readonly string[]): Standing | undefined =>
      fallingShort(
        names.map((name) => standing(name, kept.variable(places.get(name)!), chains)),
        goal.until,
      )[0];
    worst = (worst && worstOf([worst.name])) ?? worstOf(watched);
    return worst === undefined;
  }

  return {
    recording: kept,
    next() {
      if (kept.kept >= target) {
        if (goal.draws !== "auto" || met()) return "complete";
        if (kept.kept >= goal.maxDraws) return "max-draws";
        target = Math.min(kept.kept + BATCH, goal.maxDraws);
      }
      if (now() - goal.started > 1000 * goal.maxTime) return "max-time";
      if (target > room) {
        // After the first batch for more than the next one, so that the draws are not moved for each.
        const most = goal.draws === "auto" && kept.kept > 0 ? Math.min(2 * target, goal.maxDraws) : 0;
        room = Math.max(target, most);
      }
      kept.reserve(room);
      return Math.min(pace, task.warmup + target * task.thin - kept.iteration);
    },
    add(turns, milliseconds, wanted) {
      const done = turns[0].position.iteration - kept.iteration;
      kept.add(turns);
      perIteration = milliseconds / done;
      const each = Math.max(milliseconds / chains, 0.05);
      pace = Math.max(1, Math.round(done * Math.min(4, Math.max(0.25, wanted / each))));
      if (wanted === TURN.here)
        pace = Math.min(pace, Math.max(50, Math.round((CACHED / sampler.length) * task.thin)));
    },
    ahead: () => perIteration * (task.warmup + target * task.thin - kept.iteration),
    report(chain, iteration, everywhere) {
      onProgress?.({
        phase: iteration <= task.warmup ? "warmup" : "sampling",
        chain,
        iteration,
        total: task.warmup + target * task.thin,
        kept: everywhere,
        ...(worst === undefined ? {} : { rhat: worst.rhat, ess: worst.ess }),
      });
    },
  };
}

/** Runs to the goal on this thread, in one go. */
export function runSync(work: Work): Outcome {
  const book = ledger(work);
  const { recording: made } = book;
  for (;;) {
    const iterations = book.next();
    if (typeof iterations === "string") return { record: made.record(), status: iterations };
    const begun = now();
    const turns: Turn[] = [];
    for (let c = 0; c < work.chains; c++) {
      turns.push(work.sampler.turn(c, iterations, made.positions[c]));
      const { iteration } = turns[c].position;
      book.report(c, iteration, c === work.chains - 1 ? keptAfter(iteration, work.task) : made.kept);
    }
    book.add(turns, now() - begun, TURN.here);
  }
}

/**
 * Runs to the goal, yielding what there is after every round, and letting the event loop run in between. A signal
 * drops the round under way: what earlier rounds kept stays.
 */
export async function* rounds(work: Work): AsyncGenerator<Recording, Outcome, void> {
  const book = ledger(work);
  const { recording: made } = book;
  const { signal } = work;
  const pause = breather();
  let { runner } = work;
  let crew: Crew | undefined;
  let restarts: readonly number[] = [];
  let gaveUp: string | undefined;
  const end = (status: Status): Outcome => {
    // First, so that nobody else is at work while the draws are gathered.
    crew?.close();
    const outcome = { record: made.record(), status };
    if (gaveUp === undefined && restarts.every((times) => times === 0)) return outcome;
    return { ...outcome, mishaps: { restarts: [...restarts], ...(gaveUp === undefined ? {} : { gaveUp }) } };
  };
  try {
    for (;;) {
      const iterations = book.next();
      if (typeof iterations === "string") return end(iterations);
      const begun = now();
      let turns: Turn[] | undefined;
      if (crew === undefined) {
        turns = await turnsHere(work, book, iterations, pause);
      } else {
        try {
          turns = await crew.turns(iterations, made.positions, signal);
        } catch (error) {
          gaveUp = error instanceof Error ? error.message : String(error);
          // Nothing is lost: the round is done again here, from where it began.
          crew.close();
          crew = undefined;
          continue;
        }
        turns?.forEach(({ position: { iteration } }, c) => {
          book.report(c, iteration, keptAfter(iteration, work.task));
        });
      }
      if (turns === undefined) return end("cancelled");
      book.add(turns, now() - begun, crew === undefined ? TURN.here : TURN.elsewhere);
      if (signal?.aborted && book.next() !== "complete") return end("cancelled");
      yield made;
      if (runner !== undefined && book.ahead() > WORTH_HELP) {
        crew = runner.crew(work.task, work.chains);
        restarts = crew?.restarts ?? [];
        runner = undefined;
      }
    }
  } finally {
    crew?.close();
  }
}

/** One round on this thread; undefined when the signal came before its last chain was through. */
async function turnsHere(
  work: Work,
  book: Ledger,
  iterations: number,
  pause: () => Promise<void>,
): Promise<Turn[] | undefined> {
  const { sampler, chains, task, signal } = work;
  const turns: Turn[] = [];
  for (let c = 0; c < chains; c++) {
    turns.push(sampler.turn(c, iterations, book.recording.positions[c]));
    const { iteration } = turns[c].position;
    book.report(c, iteration, c === chains - 1 ? keptAfter(iteration, task) : book.recording.kept);
    await pause();
    if (signal?.aborted && c < chains - 1) return undefined;
  }
  return turns;
}
