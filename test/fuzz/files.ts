/** What was written once: cut anywhere, edited anywhere, or something else from the start. */

import fc from "fast-check";
import * as blmm from "../../src/index.ts";
import {
  drawsFromArrow,
  drawsFromCsv,
  drawsFromStanCsv,
  drawsToArrow,
  drawsToCsv,
  drawsToStanCsv,
  fromInferenceData,
  toInferenceData,
} from "../../src/io/formats.ts";
import { bytesOf, treeOf } from "../../src/save/tree.ts";
import { name, number, oddity } from "./hostile.ts";
import { outcome, outcomeOf, type Trial, trial } from "./trial.ts";

const wave = (k: number): number[] =>
  Array.from({ length: 24 }, (_, i) => Math.sin((i + 1) * (k + 0.37)) * 2);
const labels = wave(0).map((_, i) => `g,${i % 4}`);
const model = blmm.lmm("y ~ x + (x | g)", { y: wave(1), x: wave(2), g: labels });
const posterior = blmm.gibbsSync(model, { seed: 1, chains: 2, draws: 4, warmup: 10 });
const { draws } = posterior;
const saves = [blmm.save(posterior), blmm.save(blmm.reml(model))];
const checkpoint = JSON.stringify(posterior.checkpoint());
const sums = JSON.stringify(blmm.sums(model));
const arrow = await drawsToArrow(posterior);

/** A place in something of any length, from 0 to 1. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** An edit of bytes: cut there, or change some. */
const bytesEdit = fc.record({
  at: place,
  cut: fc.boolean(),
  piece: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});
type BytesEdit = typeof bytesEdit extends fc.Arbitrary<infer T> ? T : never;

function editedBytes(bytes: Uint8Array, { at, cut, piece }: BytesEdit): Uint8Array {
  const start = Math.floor(at * bytes.length);
  if (cut) return bytes.slice(0, start);
  const copy = bytes.slice();
  copy.set(piece.subarray(0, copy.length - start), start);
  return copy;
}

const textEdit = fc.record({
  at: place,
  cut: fc.boolean(),
  length: fc.integer({ min: 0, max: 5 }),
  piece: fc.oneof(
    fc.constantFrom(
      "",
      ",",
      "\n",
      "1",
      "-",
      ".",
      "e",
      "9999",
      "NaN",
      "Inf",
      '"',
      "null",
      "[",
      "]",
      "{",
      "}",
      "#",
      "\0",
      "#\n",
      "é",
    ),
    name,
  ),
});
type TextEdit = typeof textEdit extends fc.Arbitrary<infer T> ? T : never;

function editedText(text: string, { at, cut, length, piece }: TextEdit): string {
  const start = Math.floor(at * text.length);
  return cut ? text.slice(0, start) : text.slice(0, start) + piece + text.slice(start + length);
}

/** An edit of a tree of JSON: something else at one place. */
const treeEdit = fc.record({
  path: fc.array(place, { minLength: 1, maxLength: 6 }),
  value: fc.oneof({ weight: 2, arbitrary: fc.jsonValue() }, number, oddity),
  remove: fc.boolean(),
});
type TreeEdit = typeof treeEdit extends fc.Arbitrary<infer T> ? T : never;

function editedTree(tree: unknown, { path, value, remove }: TreeEdit): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree)) return value;
  const entries = Object.entries(tree);
  const own = Math.floor(at * entries.length);
  const changed = entries.flatMap(([key, item], i): [string, unknown][] =>
    i !== own
      ? [[key, item]]
      : remove && rest.length === 0
        ? []
        : [[key, editedTree(item, { path: rest, value, remove })]],
  );
  return Array.isArray(tree) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}

/** Draws are whole: their values fill variables, chains and iterations, and they print. */
function checkDraws(read: blmm.Draws | undefined): void {
  if (read === undefined) return;
  const { variables, chains, iterations, values } = read;
  if (values.length !== variables.length * chains * iterations) throw new Error("values are missing");
  outcome(() => blmm.summarize(read));
}

/** A text that was cut is refused, or holds the draws before the cut. */
function checkStart(read: blmm.Draws | undefined): void {
  checkDraws(read);
  for (const own of read?.variables ?? []) {
    const [before, whole] = [read!.chain(own, 0), draws.chain(own, 0)];
    if (before.some((value, i) => value !== whole[i])) throw new Error(`other draws of ${own}`);
  }
}

const [stan, stan2] = drawsToStanCsv(posterior);
const csv = drawsToCsv(posterior);
const json = JSON.stringify(toInferenceData(posterior));
const READERS: readonly (readonly [title: string, text: string, read: (text: string) => blmm.Draws])[] = [
  ["CSV", csv, drawsFromCsv],
  ["Stan CSV", stan, (text) => drawsFromStanCsv([text, stan2])],
  ["InferenceData", json, fromInferenceData],
];

export const files: readonly Trial[] = [
  trial(
    "saves, cut or edited",
    [800, 80_000],
    fc.tuple(fc.constantFrom(...saves), bytesEdit),
    ([bytes, edit]) => {
      const edited = editedBytes(bytes, edit);
      const loaded = outcome(() => blmm.load(edited));
      if (loaded !== undefined && edited.some((byte, i) => byte !== bytes[i]))
        throw new Error("taken although edited");
    },
  ),
  trial(
    "saves written by others",
    [200, 15_000],
    fc.tuple(fc.constantFrom(...saves), treeEdit),
    ([bytes, edit]) => {
      let forged: Uint8Array;
      try {
        forged = bytesOf(editedTree(treeOf(bytes), edit));
      } catch {
        return; // What no file can hold.
      }
      outcome(() => blmm.load(forged));
    },
  ),
  trial("any bytes as a save", [300, 40_000], fc.uint8Array({ maxLength: 64 }), (bytes) => {
    outcome(() => blmm.load(bytes));
    outcome(() => blmm.load(Uint8Array.from([...saves[0].subarray(0, 12), ...bytes])));
  }),
  trial(
    "checkpoints, edited",
    [200, 15_000],
    fc.oneof(
      treeEdit,
      oddity.map((value) => ({ path: [], value, remove: false })),
    ),
    async (edit) => {
      const given = editedTree(JSON.parse(checkpoint), edit) as blmm.Checkpoint;
      await outcomeOf(() => blmm.resume(model, given));
    },
  ),
  trial("sums, cut or edited", [500, 40_000], fc.oneof(textEdit, treeEdit), (edit) => {
    const given = "path" in edit ? editedTree(JSON.parse(sums), edit) : editedText(sums, edit);
    const read = outcome(() => blmm.sumsFromJson(given as string));
    if (read !== undefined && JSON.stringify(read) !== sums) throw new Error("taken although edited");
  }),
  ...READERS.map(([title, text, read]) =>
    trial(`draws as ${title}, cut or edited`, [500, 50_000], textEdit, (edit) => {
      const found = outcome(() => read(editedText(text, edit)));
      if (edit.cut) checkStart(found);
      else checkDraws(found);
    }),
  ),
  trial(
    "InferenceData of any kind",
    [300, 30_000],
    fc.oneof(
      treeEdit,
      oddity.map((value) => ({ path: [], value, remove: false })),
    ),
    (edit) => {
      checkDraws(outcome(() => fromInferenceData(editedTree(JSON.parse(json), edit) as string)));
    },
  ),
  trial("draws as Arrow, cut or edited", [100, 4000], bytesEdit, async (edit) => {
    const found = await outcomeOf(() => drawsFromArrow(editedBytes(arrow, edit)));
    if (edit.cut) checkStart(found);
    else checkDraws(found);
  }),
];
