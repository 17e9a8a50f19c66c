/**
 * 500 random mixed models with data: one to three grouping factors, nested or crossed, intercepts, slopes, `||`, factors
 * and covariates, unbalanced, few groups, truths near and on the boundary. The same numbers on every machine.
 */

import { BlmmError } from "../../src/errors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { type BitState, nextUniform, seededState } from "../../src/random/bits.ts";
import { nextNormal } from "../../src/random/normals.ts";

/** A model and its data, columns of labels as text. */
export interface SimulatedModel {
  readonly seed: number;
  readonly formula: string;
  readonly data: Readonly<Record<string, readonly (number | string)[]>>;
  readonly model: LinearMixedModel;
}

export const COUNT = 500;

/** The 500 models; seeds whose design is not identified (a refusal of `lmm`) are passed over. */
export function simulatedModels(count = COUNT): SimulatedModel[] {
  const found: SimulatedModel[] = [];
  for (let seed = 1; found.length < count; seed++) {
    try {
      found.push(simulatedModel(seed));
    } catch (error) {
      if (!(error instanceof BlmmError)) throw error;
    }
  }
  return found;
}

/** The model of one seed; throws what `lmm` throws. */
export function simulatedModel(seed: number): SimulatedModel {
  const { formula, data } = simulated(seed);
  return { seed, formula, data, model: lmm(formula, data) };
}

interface Chance {
  readonly bits: BitState;
  uniform(from: number, to: number): number;
  integer(from: number, to: number): number;
  pick<T>(choices: readonly T[]): T;
  normal(): number;
}

function chanceOf(seed: number): Chance {
  const bits = seededState(seed);
  const uniform = (from: number, to: number): number => from + (to - from) * nextUniform(bits);
  const integer = (from: number, to: number): number => Math.floor(uniform(from, to + 1));
  return {
    bits,
    uniform,
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)],
    normal: () => nextNormal(bits),
  };
}

function simulated(seed: number): { formula: string; data: Record<string, (number | string)[]> } {
  const chance = chanceOf(seed);
  const structure = chance.pick(["one", "one", "nested", "crossed", "crossed", "three"] as const);
  const groups = chance.pick([3, 4, 5, 6, 8, 12, 20, 35]);
  const rows = chance.integer(Math.max(30, 3 * groups), Math.max(60, 12 * groups));

  // Group sizes differ: a level is drawn with a probability of its own.
  const levelsOf = (count: number): (() => number) => {
    const edges = Array.from({ length: count }, () => chance.uniform(0.2, 1));
    const total = edges.reduce((sum, v) => sum + v, 0);
    return () => {
      let at = chance.uniform(0, total);
      let level = 0;
      while (level < count - 1 && at > edges[level]) at -= edges[level++];
      return level;
    };
  };
  const columns: Record<string, (number | string)[]> = { g: [], h: [], s: [], x: [], w: [], f: [] };
  const codes: Record<string, number[]> = { g: [], h: [], s: [] };
  const nextG = levelsOf(groups);
  const within = chance.integer(2, 5);
  const nextInner = levelsOf(within);
  const others = chance.pick([3, 4, 7, 12]);
  const nextOther = levelsOf(others);
  const categories = chance.integer(2, 4);
  const shift = chance.pick([0, 0, 0, 2, 20]);
  const scale = chance.pick([1, 1, 0.01, 100]);
  const between = Array.from({ length: groups }, () => chance.normal());
  const f: number[] = [];
  for (let i = 0; i < rows; i++) {
    const g = nextG();
    codes["g"].push(g);
    codes["h"].push(structure === "crossed" ? nextOther() : g * within + nextInner());
    codes["s"].push(nextOther());
    f.push(chance.integer(0, categories - 1));
    columns["x"].push(scale * (shift + chance.normal()));
    columns["w"].push(between[g] + (chance.uniform(0, 1) < 0.5 ? 0 : chance.normal()));
  }
  for (const name of ["g", "h", "s"]) columns[name] = codes[name].map((code) => `${name}${code}`);
  columns["f"] = f.map((code) => `f${code}`);

  const fixed = chance.pick(["1", "x", "x + w", "f", "x * f", "x + f"]);
  const kinds = ["1", "1", "x", "x", "x || ", "0 + x", "f", "x + w", "x + w || "] as const;
  const small = ["1", "1", "1", "x", "x || ", "f"] as const;
  const terms: { group: string; kind: (typeof kinds)[number] }[] = [];
  terms.push({ group: "g", kind: chance.pick(structure === "one" ? kinds : small) });
  if (structure !== "one") terms.push({ group: "h", kind: chance.pick(small) });
  if (structure === "three") terms.push({ group: "s", kind: chance.pick(small) });
  const random = terms.map(({ group, kind }) =>
    kind.endsWith("|| ") ? `(${kind}${group})` : `(${kind} | ${group})`,
  );

  const x = (columns["x"] as number[]).map((value) => value / scale);
  const w = columns["w"] as number[];
  const y = x.map((value, i) => 1 + value - 0.5 * w[i] + 0.7 * f[i] + chance.normal());
  for (const { group, kind } of terms) {
    const basis: ((i: number) => number)[] = kind === "0 + x" ? [] : [() => 1];
    if (kind.includes("x")) basis.push((i) => x[i]);
    if (kind.includes("w")) basis.push((i) => w[i]);
    if (kind === "f") for (let c = 1; c < categories; c++) basis.push((i) => (f[i] === c ? 1 : 0));
    const truth = chance.pick(["full", "full", "near", "rank one", "none"] as const);
    const sd = basis.map(() => chance.uniform(0.3, 2));
    const count = 1 + Math.max(...codes[group]);
    const effects = Array.from({ length: count }, () => {
      const common = chance.normal();
      const share = chance.pick([0.9, 0.5]);
      return sd.map((s) => {
        const own = chance.normal();
        if (truth === "none") return 0;
        if (truth === "near") return 0.1 * s * own;
        if (truth === "rank one") return s * common;
        return s * (share * common + (1 - share) * own);
      });
    });
    for (let i = 0; i < rows; i++) {
      basis.forEach((b, c) => {
        y[i] += effects[codes[group][i]][c] * b(i);
      });
    }
  }
  columns["y"] = y;
  return { formula: `y ~ ${fixed} + ${random.join(" + ")}`, data: columns };
}
