/**
 * Student-t residuals and random effects: what a model says of them, and the names of their degrees of freedom.
 *
 * @module
 */

import { ArgumentError, knownOptions, ModelError, show } from "../errors.ts";

/** A Student-t distribution; see {@link student}. */
export interface Student {
  readonly type: "student";
  /** ν, at least 1; `null` where it is estimated. */
  readonly df: number | null;
}

/** Which parts of a model are Student-t; the others are normal. */
export interface StudentParts {
  readonly residuals: Student | null;
  /** One entry per random term. */
  readonly effects: readonly (Student | null)[];
}

/**
 * A Student-t distribution for residuals or random effects, in place of the normal one: values far out count less. Its
 * scale is σ (or Σ), so that the variance is σ²ν/(ν − 2) for ν > 2 and infinite below.
 *
 * Left out, ν is estimated under brms's prior, ν ~ Gamma(2, 0.1) cut at 1: density ∝ ν e^(−0.1ν) for ν ≥ 1. It is the
 * variable `nu` of the residuals, `df_Subject` of the effects of Subject.
 *
 * @param options - `df`: ν, at least 1 (Cauchy); estimated when left out
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @see Lange, Little & Taylor 1989, JASA 84, 881; brms `family = student`, `gr(g, dist = "student")`
 *
 * @example
 * lmm("Reaction ~ Days + (Days | Subject)", sleepstudy, { residuals: student({ df: 4 }) });
 * lmm("Reaction ~ Days + (Days | Subject)", sleepstudy, { effects: { Subject: student() } });
 */
export function student(options: { readonly df?: number } = {}): Student {
  knownOptions("student()", options, ["df"]);
  const { df } = options;
  if (df === undefined) return { type: "student", df: null };
  if (typeof df === "number" && df >= 1 && Number.isFinite(df)) return { type: "student", df };
  throw new ArgumentError(
    "invalid-argument",
    `The degrees of freedom must be a number of at least 1, got ${show(df)}.`,
    "Pass a number such as 4, or leave df out to have it estimated.",
    { name: "df", value: df },
  );
}

/** The variable of the degrees of freedom of the residuals. */
export const RESIDUAL_DF = "nu";

/** The variable of the degrees of freedom of a random term's effects, by the term's name (`Subject`, `Subject.1`). */
export function effectDf(term: string): string {
  return `df_${term}`;
}

/** `student(df = 4)`, or `student(df estimated)`. */
export function studentText({ df }: Student): string {
  return `student(df ${df === null ? "estimated" : `= ${df}`})`;
}

/** One line for each part of a model that is Student-t. */
export function studentLines({
  student: parts,
  random,
}: {
  readonly student: StudentParts | null;
  readonly random: readonly { readonly name: string }[];
}): string[] {
  if (parts === null) return [];
  const { residuals, effects } = parts;
  return [
    ...effects.flatMap((own, t) =>
      own === null ? [] : [`effects of ${random[t].name}: ${studentText(own)}`],
    ),
    ...(residuals === null ? [] : [`residuals: ${studentText(residuals)}`]),
  ];
}

/** Student-t effects under the names of their terms, in the order of the terms. */
export function namedEffects(
  random: readonly { readonly name: string }[],
  parts: StudentParts | null,
): (readonly [term: string, student: Student])[] {
  return random.flatMap(({ name }, t) => {
    const own = parts?.effects[t] ?? null;
    return own === null ? [] : [[name, own] as const];
  });
}

/**
 * Matches the options `residuals` and `effects` of `lmm` to the random terms.
 *
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 */
export function studentParts(
  random: readonly { readonly name: string }[],
  residuals: Student | undefined,
  effects: Readonly<Record<string, Student>> = {},
): StudentParts | null {
  knownOptions(
    "effects",
    effects,
    random.map(({ name }) => name),
  );
  const parts = {
    residuals: residuals === undefined ? null : checked("residuals", residuals),
    effects: random.map(({ name }) =>
      Object.hasOwn(effects, name) ? checked(`effects.${name}`, effects[name]) : null,
    ),
  };
  return parts.residuals === null && parts.effects.every((own) => own === null) ? null : parts;
}

function checked(name: string, value: Student): Student {
  if (typeof value === "object" && value !== null && value.type === "student") return value;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be of student(), got ${show(value)}.`,
    "Pass student({ df: 4 }), or student() to have df estimated; leave it out for a normal distribution.",
    { name },
  );
}

/**
 * Refuses Student-t parts where everything rests on normal ones.
 *
 * @throws {ModelError} `needs-gibbs`; `needs-normal` where another remedy is given
 */
export function requireNormal(
  call: string,
  model: { readonly student: StudentParts | null },
  remedy?: string,
): void {
  if (model.student === null) return;
  throw new ModelError(
    remedy === undefined ? "needs-gibbs" : "needs-normal",
    `${call} is made for normal residuals and effects, and ${model.student.residuals === null ? "the random effects" : "the residuals"} of this model are Student-t.`,
    remedy ?? "Sample it by gibbs(), or make the model without student().",
  );
}
