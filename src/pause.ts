/**
 * Long work that lets others work too.
 *
 * @module
 */

/** Milliseconds of work after which the event loop gets its chance. */
const STRETCH = 15;

/** Makes a function to await between pieces of work: it lets the event loop run when this thread has worked for a while. */
export function breather(): () => Promise<void> {
  let rested = now();
  return async () => {
    if (now() - rested < STRETCH) return;
    await new Promise<void>(nextTask);
    rested = now();
  };
}

/** Calls back once the event loop has come round; timers would be held back in a hidden tab. */
function nextTask(callback: () => void): void {
  if (typeof setImmediate === "function") {
    setImmediate(callback);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
}

/** Milliseconds of a clock that only goes forward. */
export function now(): number {
  return performance.now();
}

/** Does work that comes in pieces, in one go. */
export function atOnce<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same, letting the event loop run between the pieces. @param look - called after every piece; may throw */
export async function inPieces<T>(work: Generator<void, T, void>, look: () => void): Promise<T> {
  const pause = breather();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await pause();
    look();
  }
}
