/**
 * What a run has made so far: draws of all chains at one iteration, and where every chain stands.
 *
 * @module
 */

import { keptAfter, type Position, type Task, type Turn } from "./sampler.ts";

/** Draws that are transposed together. */
const BLOCK = 32;

/** A run at one moment; all chains have done the same iterations. */
export interface RunRecord {
  readonly iteration: number;
  /** Kept draws per chain. */
  readonly kept: number;
  /** Laid out [variable][chain][iteration], `kept` iterations each. */
  readonly values: Float64Array;
  /** One per chain; empty before the first iteration. */
  readonly positions: readonly Position[];
  /** Positions remembered along the way, per chain. */
  readonly marks: readonly (readonly Position[])[];
}

/** A run that nobody has started. */
export function emptyRecord(chains: number): RunRecord {
  return {
    iteration: 0,
    kept: 0,
    values: new Float64Array(0),
    positions: [],
    marks: Array.from({ length: chains }, () => []),
  };
}

/** A record that takes turns in. */
export interface Recording {
  readonly iteration: number;
  readonly kept: number;
  readonly positions: readonly Position[];
  /** Makes room for so many kept draws per chain. */
  reserve(kept: number): void;
  /** The draws of the variable at this place, laid out [chain][iteration]. */
  variable(place: number): Float64Array;
  /** Takes one turn of every chain, all of the same length. */
  add(turns: readonly Turn[]): void;
  /** What there is now; later turns do not change it. */
  record(): RunRecord;
}

/** Goes on from a record. */
export function recording(
  from: RunRecord,
  task: Pick<Task, "warmup" | "thin">,
  chains: number,
  length: number,
): Recording {
  let { iteration, kept, values, positions } = from;
  let capacity = kept;
  let shared = true;
  const marks = from.marks.map((list) => [...list]);

  /** The values with room for `room` iterations per chain. */
  function spread(room: number): Float64Array {
    const wider = new Float64Array(length * chains * room);
    for (let row = 0; row < length * chains; row++) {
      wider.set(values.subarray(row * capacity, row * capacity + kept), row * room);
    }
    return wider;
  }

  return {
    get iteration() {
      return iteration;
    },
    get kept() {
      return kept;
    },
    get positions() {
      return positions;
    },
    reserve(room) {
      if (room <= capacity && !shared) return;
      values = spread(Math.max(room, capacity));
      capacity = Math.max(room, capacity);
      shared = false;
    },
    variable(place) {
      const own = new Float64Array(chains * kept);
      for (let c = 0; c < chains; c++) {
        const at = (place * chains + c) * capacity;
        own.set(values.subarray(at, at + kept), c * kept);
      }
      return own;
    },
    add(turns) {
      const next = turns[0].position.iteration;
      const fresh = keptAfter(next, task) - kept;
      turns.forEach(({ draws, marks: own }, c) => {
        marks[c].push(...own);
        // Transposed in blocks, so that each cache line of the draws is read once.
        for (let first = 0; first < fresh; first += BLOCK) {
          const last = Math.min(first + BLOCK, fresh);
          for (let v = 0; v < length; v++) {
            const at = (v * chains + c) * capacity + kept;
            let from = first * length + v;
            for (let to = at + first; to < at + last; to++, from += length) values[to] = draws[from];
          }
        }
      });
      positions = turns.map(({ position }) => position);
      iteration = next;
      kept += fresh;
    },
    record() {
      const compact = kept === capacity ? values : spread(kept);
      // What has been handed out is not written to again.
      if (compact === values) shared = true;
      return { iteration, kept, values: compact, positions, marks: marks.map((list) => [...list]) };
    },
  };
}
