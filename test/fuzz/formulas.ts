/** Formulas: from a grammar whose meaning is known, with slips of the pen, and from no grammar at all. */

import fc from "fast-check";
import { parseFormula } from "../../src/formula/terms.ts";
import { updateFormula } from "../../src/formula/update.ts";
import { lmm, reml } from "../../src/index.ts";
import { hostileNames } from "./hostile.ts";
import { outcome, type Trial, trial } from "./trial.ts";

/** A predictor: one way to write it, and the terms it stands for, each as its variables in order. */
interface Predictor {
  readonly text: string;
  readonly terms: ReadonlySet<string>;
}

const join = (...names: readonly string[]): string => [...new Set(names)].sort().join("\0");
const variablesOf = (term: string): string[] => term.split("\0");
const pairs = (left: Predictor, right: Predictor): string[] =>
  [...left.terms].flatMap((a) => [...right.terms].map((b) => join(...variablesOf(a), ...variablesOf(b))));
const all = ({ terms }: Predictor): string[] => [...terms].flatMap(variablesOf);
const within = (inner: Predictor, outer: Predictor): string[] =>
  [...inner.terms].map((term) => join(...variablesOf(term), ...all(outer)));

/** R's rules, on sets. */
const MEANING: Readonly<Record<string, (left: Predictor, right: Predictor) => string[]>> = {
  "+": (left, right) => [...left.terms, ...right.terms],
  "-": (left, right) => [...left.terms].filter((term) => !right.terms.has(term)),
  ":": pairs,
  "*": (left, right) => [...left.terms, ...right.terms, ...pairs(left, right)],
  "/": (left, right) => [...left.terms, ...within(right, left)],
  "%in%": (left, right) => within(left, right),
};

const blank = fc.constantFrom("", " ", "  ", "\n");

function predictor(names: readonly string[]): fc.Arbitrary<Predictor> {
  const atom = fc.constantFrom(...names).map((text) => ({ text, terms: new Set([text]) }));
  const { tree } = fc.letrec<{ tree: Predictor }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      atom,
      fc
        .tuple(fc.constantFrom(...Object.keys(MEANING)), tie("tree"), tie("tree"), blank)
        .map(([operator, left, right, gap]) => ({
          text: `(${left.text})${gap}${operator}${gap}(${right.text})`,
          terms: new Set(MEANING[operator](left, right)),
        })),
      fc
        .tuple(tie("tree"), fc.constantFrom("^", "**"), fc.integer({ min: 1, max: 3 }))
        .map(([base, sign, n]) => {
          let power = base;
          for (let i = 1; i < n; i++) power = { text: "", terms: new Set(pairs(power, base)) };
          return { text: `(${base.text})${sign}${n}`, terms: power.terms };
        }),
    ),
  }));
  return tree;
}

/** A formula, and another way to write the same. */
interface Sentence {
  readonly text: string;
  readonly plain: string;
  readonly intercept: boolean;
  readonly terms: ReadonlySet<string>;
  readonly groups: readonly string[];
}

const GROUPS: readonly (readonly [text: string, groups: readonly string[]])[] = [
  ["g", ["g"]],
  ["h:k", ["h:k"]],
  ["m/n", ["m", "n:m"]],
];

function sentence(names: readonly string[]): fc.Arbitrary<Sentence> {
  const bar = fc.tuple(fc.constantFrom("|", "||"), fc.option(fc.constantFrom(...names)));
  const random = fc
    .tuple(fc.subarray([...GROUPS], { minLength: 1 }), fc.array(bar, { minLength: 3, maxLength: 3 }))
    .map(([chosen, bars]) =>
      chosen.map(([group, labels], i) => ({ group, labels, bar: bars[i][0], x: bars[i][1] })),
    );
  return fc
    .tuple(predictor(names), fc.boolean(), random, blank)
    .map(([{ text, terms }, intercept, terms2, gap]) => {
      const bars = terms2.map(({ group, bar: sign, x }) => `(${x ?? 1}${gap}${sign}${gap}${group})`);
      const same = terms2.flatMap(({ labels, bar: sign, x }) =>
        labels.map((l) => `(1${x === null ? "" : ` + ${x}`} ${sign} ${l})`),
      );
      const sums = [...terms].map((term) => variablesOf(term).join(":"));
      return {
        text: [`y${gap}~${gap}${intercept ? "" : "0 + "}${text}`, ...bars].join("+"),
        plain: `y ~ ${[intercept ? "1" : "0", ...sums, ...same].join(" + ")}`,
        intercept,
        terms,
        groups: terms2.flatMap(({ labels }) => labels).sort(),
      };
    });
}

const NAMES = ["a", "b", "c", "d", ".e", "é_1", "`f g`", "`1`", "`a:b`", "`\\``", "__proto__"];

function check({ text, intercept, terms, groups }: Sentence): void {
  const formula = parseFormula(text);
  const found = formula.fixed.terms.map(({ variables }) =>
    join(...variables.map((v) => formula.fixed.labels[v])),
  );
  same(join(...found), join(...terms), text);
  same(formula.fixed.intercept, intercept, text);
  same(
    formula.random
      .flatMap((spec) => spec.groups.map(({ label }) => label))
      .sort()
      .join(),
    groups.join(),
    text,
  );
  same(parseFormula(formula.text).text, formula.text, text);
  const again = parseFormula(updateFormula(text, ". ~ .")).fixed.terms;
  same(again.length, formula.fixed.terms.length, text);
}

function same(found: unknown, wanted: unknown, text: string): void {
  if (found !== wanted) throw new Error(`${text}: found ${String(found)}, not ${String(wanted)}`);
}

/** Deletes, doubles or puts in a piece somewhere. */
interface Slip {
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const PIECES = [
  ...[
    "~",
    "|",
    "||",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "^",
    ":",
    "%in%",
    ",",
    "=",
    "`",
    '"',
    "'",
    ".",
    "\\",
    "%",
    "**",
  ],
  ...[
    "0",
    "1",
    "2",
    "1e999",
    "1e-999",
    "50",
    "y",
    "a",
    "g",
    "log(",
    "poly(a, 2)",
    "I(",
    "offset(a)",
    "factor(",
    "cs(",
  ],
  ...[
    "diag(a | g)",
    "us(",
    "scale(a, center = ",
    "(1 | g)",
    "TRUE",
    "\0",
    " ",
    "\n",
    "é",
    "😀",
    "\ud800",
    "eval(",
  ],
];

const slip: fc.Arbitrary<Slip> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 4 }),
  piece: fc.oneof(fc.constant(""), fc.constantFrom(...PIECES)),
});

function withSlips(text: string, slips: readonly Slip[]): string {
  return slips.reduce((before, { at, length, piece }) => {
    const place = Math.floor(at * before.length);
    return before.slice(0, place) + piece + before.slice(place + length);
  }, text);
}

/** Reads it every way there is. */
function read(text: string): void {
  const formula = outcome(() => parseFormula(text));
  // Blanks may make it too long to be read again.
  const again = formula === undefined ? undefined : outcome(() => parseFormula(formula.text).text);
  if (again !== undefined) same(again, formula?.text, text);
  for (const call of [
    () => updateFormula(text, ". ~ . - a"),
    () => updateFormula("y ~ a * b + (a | g)", text),
  ]) {
    const changed = outcome(call);
    if (changed !== undefined) outcome(() => parseFormula(changed));
  }
}

/** Sixty rows of numbers and six columns of labels. */
const wave = (k: number) => Array.from({ length: 60 }, (_, i) => Math.sin((i + 1) * (k + 0.37)) * 2 + k);
const table = {
  y: wave(1).map((v, i) => v + Math.sin(i)),
  ...{ a: wave(2), b: wave(3), c: wave(4), d: wave(5) },
  ...Object.fromEntries(
    [..."ghkmn"].map((g, j) => [g, wave(0).map((_, i) => `${g}${(i * (j + 1) + j) % (4 + j)}`)]),
  ),
};

/** The same criterion from both spellings, or the same refusal. */
function fitBoth({ text, plain }: Sentence): void {
  const criterion = (formula: string) =>
    outcome(() => reml(lmm(formula, table, { collinear: "drop" })).criterion);
  const [one, other] = [criterion(text), criterion(plain)];
  // The order of columns moves the optimum by what the search stops at (DESIGN §7: 1e-6 standard errors).
  if (one === other || Math.abs(one! - other!) <= 1e-6 * (1 + Math.abs(one!))) return;
  throw new Error(`${text}: ${one}; ${plain}: ${other}`);
}

export const formulas: readonly Trial[] = [
  trial("formulas of the grammar mean what they say", [1500, 150_000], sentence(NAMES), check),
  trial(
    "formulas with slips are refused with a code or read",
    [1500, 200_000],
    fc
      .tuple(sentence(NAMES), fc.array(slip, { minLength: 1, maxLength: 4 }))
      .map(([{ text }, slips]) => withSlips(text, slips)),
    read,
  ),
  trial(
    "any row of tokens",
    [800, 100_000],
    fc
      .array(fc.constantFrom(...PIECES, ...hostileNames.slice(0, 20)), { maxLength: 40 })
      .map((pieces) => pieces.join("")),
    read,
  ),
  trial("any text", [500, 60_000], fc.string({ unit: "binary", maxLength: 200 }), read),
  trial("another way to write a formula fits the same", [30, 1500], sentence(["a", "b", "c", "d"]), fitBoth),
];

const times = (piece: string, size: number): string => piece.repeat(Math.floor(size / piece.length));
const many = (count: number, sign: string): string =>
  Array.from({ length: Math.max(1, count) }, (_, i) => `v${i.toString(36)}`).join(sign);

/** Formulas of about `size` characters that ask much of a reader. */
export const monsters: Readonly<Record<string, (size: number) => string>> = {
  parentheses: (size) => `y ~ ${times("(", size / 2)}x${times(")", size / 2)}`,
  "open parentheses": (size) => `y ~ ${times("(", size)}`,
  signs: (size) => `y ~ ${times("-", size)}a`,
  calls: (size) => `y ~ ${times("log(", size)}a`,
  "bars in bars": (size) => `y ~ ${times("(a|", size)}g`,
  ...Object.fromEntries(
    ["+", "-", ":", "*", "/", "^", "%in%", "|", ","].flatMap((sign) => [
      [`one name ${sign}`, (size: number) => `y ~ ${times(`a${sign}`, size)}a`],
      [`names ${sign}`, (size: number) => `y ~ ${many(size / 5, sign)}`],
      [`a group of ${sign}`, (size: number) => `y ~ (1 | ${many(size / 5, sign)})`],
      [`a response of ${sign}`, (size: number) => `${times(`a${sign}`, size)}a ~ (1 | g)`],
      [`a call of ${sign}`, (size: number) => `y ~ I(${times(`a${sign}`, size)}a)`],
    ]),
  ),
  "a square": (size) => `y ~ (${many(size / 5, "+")})^2`,
  "a large power": (size) => `y ~ (${many(size / 5, "+")})^50`,
  "powers of all products": (size) => `y ~ ${times(`(${many(8, "*")})^50+`, size)}a`,
  "long products": (size) => `y ~ (${many(size / 10, ":")}):(${many(size / 10, "+")})`,
  "random terms": (size) => `y ~ ${times("(1 | g) + ", size)}a`,
  "slopes of a group": (size) => `y ~ (${many(size / 5, "+")} | g/h)`,
  offsets: (size) => `y ~ ${times("offset(a)+", size)}a`,
  digits: (size) => `y ~ ${times("9", size)}`,
  "a long name": (size) => `y ~ ${times("f", size)}(x)`,
  "back-quotes": (size) => `y ~ \`${times("\\`", size)}`,
  tildes: (size) => times("~", size),
  blanks: (size) => `y ~${times(" ", size)}x + (1 | g)`,
};

/** Milliseconds of this process's work that reading a monster of a size takes. */
export function timeOf(monster: (size: number) => string, size: number): number {
  const text = monster(size);
  const before = process.cpuUsage();
  read(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
