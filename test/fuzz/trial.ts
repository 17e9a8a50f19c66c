/** What every property of the fuzzers shares: how often it is tried, and what a call may come to. */

import { inspect } from "node:util";
import fc from "fast-check";
import { BlmmError } from "../../src/errors.ts";

/** A property, and how many cases of it the quick and the slow suite try. */
export interface Trial {
  readonly title: string;
  readonly quick: number;
  readonly slow: number;
  readonly run: (cases: number) => Promise<void>;
}

/** Cases are the same in every run; those of the quick suite are the first ones of the slow suite. */
const SEED = 20_817;

export function trial<T>(
  title: string,
  [quick, slow]: readonly [quick: number, slow: number],
  cases: fc.Arbitrary<T>,
  check: (value: T) => void | Promise<void>,
): Trial {
  const property = fc.asyncProperty(cases, async (value) => check(value));
  const run = async (numRuns: number): Promise<void> => {
    const { failed, counterexample, errorInstance } = await fc.check(property, { seed: SEED, numRuns });
    // Not by fc.assert(), which cannot show every value that is passed here.
    if (failed)
      throw new Error(`${title}: ${inspect(counterexample, { depth: 6 })}`, { cause: errorInstance });
  };
  return { title, quick, slow, run };
}

/** Milliseconds of CPU within which a case of these sizes is done; most take less than one. Others may be busy beside it. */
const LONGEST = 2000;

/** Milliseconds of CPU that this process has taken. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The result of a call; `undefined` where it refused with a coded error. Anything else is a fault. */
export function outcome<T>(call: () => T): T | undefined {
  const started = cpuTime();
  try {
    return call();
  } catch (error) {
    checkError(error);
    return undefined;
  } finally {
    checkTime(started);
  }
}

/** As {@link outcome}, of what a promise comes to. */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<T | undefined> {
  const started = cpuTime();
  try {
    return await call();
  } catch (error) {
    checkError(error);
    return undefined;
  } finally {
    checkTime(started);
  }
}

/** Coded, with a cause and a remedy that can be read. */
export function checkError(error: unknown): asserts error is BlmmError {
  if (!(error instanceof BlmmError)) throw error;
  const { code, reason, remedy, message } = error;
  if (!/^[a-z][a-z-]*[a-z]$/.test(code)) throw new Error(`No code: ${JSON.stringify(code)}`);
  if (reason.trim() === "" || remedy.trim() === "") throw new Error(`No cause or no remedy: ${message}`);
  if (message.length > LONGEST_MESSAGE)
    throw new Error(`${message.length} characters: ${message.slice(0, 300)}`);
}

/** Characters that a message has room for; texts of the user are cut in it. */
const LONGEST_MESSAGE = 2000;

function checkTime(started: number): void {
  const took = cpuTime() - started;
  if (took > LONGEST) throw new Error(`Took ${Math.round(took)} ms.`);
}

/** Fails unless every number is finite. */
export function checkFinite(what: string, values: Iterable<number>): void {
  for (const value of values) if (!Number.isFinite(value)) throw new Error(`${what}: ${value}`);
}
