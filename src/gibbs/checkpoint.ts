/**
 * A run as plain JSON: what was asked for, what has been drawn, and where every chain stands.
 *
 * @module
 */

import { hash } from "../data/hash.ts";
import { ArgumentError, show, type Warning } from "../errors.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Priors } from "./priors.ts";
import type { RunRecord } from "./record.ts";
import type { Position } from "./sampler.ts";
import type { Tuning } from "./scheme.ts";

const FORMAT = "blmm-checkpoint@1";

/** What a run was asked for and how it was set up. */
export interface RunSettings {
  readonly chains: number;
  readonly draws: number | "auto";
  readonly until: { readonly rhat: number; readonly ess: number };
  readonly maxDraws: number;
  readonly warmup: number;
  readonly thin: number;
  readonly seed: number;
  readonly keep: "all" | "hyper";
  /** As given by the user. */
  readonly priors: Priors;
  readonly scheme: {
    readonly name: string;
    readonly reason: string;
    readonly tuning: Tuning;
    readonly warnings: readonly Warning[];
  };
}

/** A {@link Position} in JSON. */
interface PlainPosition {
  readonly iteration: number;
  readonly stream: readonly number[];
  readonly state: readonly number[];
}

/** What `posterior.checkpoint()` returns and `resume` takes; survives JSON with every bit. */
export interface Checkpoint {
  readonly format: string;
  readonly model: { readonly formula: string; readonly rows: number; readonly fingerprint: string };
  readonly settings: RunSettings;
  readonly iteration: number;
  readonly kept: number;
  readonly positions: readonly PlainPosition[];
  readonly marks: readonly (readonly PlainPosition[])[];
  /** Draws, laid out [variable][chain][iteration]. */
  readonly values: readonly number[];
  /** Of all the rest. */
  readonly checksum: string;
}

/** Writes a run down. */
export function checkpointOf(
  model: LinearMixedModel,
  settings: RunSettings,
  { iteration, kept, values, positions, marks }: RunRecord,
): Checkpoint {
  const plain = (position: Position): PlainPosition => ({ ...position, state: Array.from(position.state) });
  const content = {
    format: FORMAT,
    model: { formula: model.formula, rows: model.n, fingerprint: fingerprintOf(model.crossProducts) },
    settings,
    iteration,
    kept,
    positions: positions.map(plain),
    marks: marks.map((list) => list.map(plain)),
    values: Array.from(values),
  };
  return { ...content, checksum: checksumOf(content) };
}

/**
 * Reads a run back.
 *
 * @throws {ArgumentError} `invalid-checkpoint` for something else, or what was cut or edited; `checkpoint-mismatch`
 *   when it was taken of another model or other data
 */
export function recordOf(model: LinearMixedModel, checkpoint: Checkpoint): RunRecord {
  const given = checkpoint as Partial<Checkpoint> | null | undefined;
  if (typeof given !== "object" || given === null || given.format !== FORMAT) {
    throw invalid(`its format is ${show((given as { format?: unknown } | null)?.format)}, not ${FORMAT}`);
  }
  const { checksum, ...content } = checkpoint;
  let found: string;
  try {
    found = checksumOf(content);
  } catch {
    throw invalid("it holds what is no JSON");
  }
  if (checksum !== found) throw invalid("it was cut or edited");
  const { formula, fingerprint } = checkpoint.model;
  if (formula !== model.formula || fingerprint !== fingerprintOf(model.crossProducts)) {
    throw new ArgumentError(
      "checkpoint-mismatch",
      formula === model.formula
        ? `The checkpoint is of ${formula} on other data.`
        : `The checkpoint is of ${formula}, the model is ${model.formula}.`,
      "Build the model from the same formula, data and options.",
      { formula, model: model.formula },
    );
  }
  const numbers = (list: readonly (number | null)[]): Float64Array =>
    Float64Array.from(list, (value) => value ?? Number.NaN);
  const back = (position: PlainPosition): Position => ({ ...position, state: numbers(position.state) });
  return {
    iteration: checkpoint.iteration,
    kept: checkpoint.kept,
    values: numbers(checkpoint.values),
    positions: checkpoint.positions.map(back),
    marks: checkpoint.marks.map((list) => list.map(back)),
  };
}

/** The error for what cannot be read back. */
function invalid(why: string): ArgumentError {
  return new ArgumentError(
    "invalid-checkpoint",
    `This is not a checkpoint that can be taken up: ${why}.`,
    "Pass what checkpoint() returned, unchanged.",
  );
}

/** Tells cross-products apart. */
function fingerprintOf({ n, p, xtx, betaOls, factors, pairs, student }: CrossProducts): string {
  const { take, text } = hash();
  const words = (array: Float64Array | Int32Array): void =>
    take(new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4));
  take([n, p]);
  words(xtx);
  words(betaOls);
  for (const { ztz, ztx } of factors) {
    words(ztz);
    words(ztx);
  }
  for (const row of pairs) {
    for (const { column, values } of row) {
      words(column);
      words(values);
    }
  }
  if (student !== null) {
    const { residuals, effects } = student;
    take(charactersOf({ residuals, effects }));
  }
  return text();
}

function checksumOf(content: unknown): string {
  const { take, text } = hash();
  take(charactersOf(content));
  return text();
}

function charactersOf(content: unknown): number[] {
  const json = JSON.stringify(content);
  return Array.from({ length: json.length }, (_, i) => json.charCodeAt(i));
}
