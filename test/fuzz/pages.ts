/** Text, LaTeX and HTML of models whose names are written in these languages. */

import fc from "fast-check";
import katex from "katex";
import { quoteName } from "../../src/formula/parser.ts";
import {
  compare,
  explain,
  gibbsSync,
  type LinearMixedModel,
  lmm,
  type NotationName,
  reml,
} from "../../src/index.ts";
import { reportHtml } from "../../src/io/report.ts";
import { name } from "./hostile.ts";
import { outcome, type Trial, trial } from "./trial.ts";

const NOTATIONS: readonly NotationName[] = [
  "two-level",
  "matrix",
  "marginal",
  "penalised",
  "bayesian",
  "assumptions",
];
const wave = (k: number): number[] =>
  Array.from({ length: 24 }, (_, i) => Math.sin((i + 1) * (k + 0.37)) * 2);

/** Names of response, covariate, factor, group, and their labels. */
const PLAIN = ["y", "x", "f", "g", "lo", "hi", "a", "b", "c", "d"] as const;

function model([y, x, f, g, ...labels]: readonly string[]): LinearMixedModel {
  const [response, covariate, factor, group] = [y, x, f, g].map(quoteName);
  const data = Object.fromEntries<unknown[]>([
    [y, wave(1)],
    [x, wave(2)],
    [f, wave(3).map((v) => labels[v > 0 ? 0 : 1])],
    [g, wave(4).map((_, i) => labels[2 + (i % 4)])],
  ] as [string, unknown[]][]);
  return lmm(
    `${response} ~ ${covariate} + ${factor} + (${covariate} | ${group})`,
    data as Record<string, unknown[]>,
  );
}

const names = fc.uniqueArray(
  name.filter((text) => text !== ""),
  { minLength: PLAIN.length, maxLength: PLAIN.length },
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: names must not bring any into a line.
const CONTROL = /[\0-\x09\x0b-\x1f\x7f\u2028\u2029]/;

/** Those that stand for a character of a name, and those of long equations, which go on in a second line. */
const HARMLESS =
  /^\\(?:[_%{}$#&]|textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|char|quad|\\)$/;

/** The commands of LaTeX, each once. */
function commands(tex: string): Set<string> {
  return new Set(tex.match(/\\(?:[a-zA-Z]+|.)/gsu) ?? []);
}

/** Deepest brace, or NaN where one closes nothing or is never closed. */
function braces(tex: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [own] of tex.matchAll(/\\.|[{}]/gsu)) {
    if (own === "{") deepest = Math.max(deepest, ++depth);
    if (own === "}") depth--;
    if (depth < 0) return Number.NaN;
  }
  return depth === 0 ? deepest : Number.NaN;
}

const plainModel = model(PLAIN);

function checkLatex(list: readonly string[], notation: NotationName): void {
  const own = outcome(() => explain(model(list), { notation, format: "latex" }));
  if (own === undefined) return;
  const plain = commands(explain(plainModel, { notation, format: "latex" }).text);
  const strangers = [...commands(own.text)].filter((one) => !plain.has(one) && !HARMLESS.test(one));
  if (strangers.length > 0) throw new Error(`${strangers.join(", ")} in ${own.text}`);
  if (Number.isNaN(braces(own.text))) throw new Error(`braces in ${own.text}`);
  if (CONTROL.test(own.text)) throw new Error(`a control character in ${own.text}`);
  for (const tex of own.equations) {
    // Of what is not ASCII, KaTeX takes only what is in its fonts; all that has a meaning to LaTeX is ASCII.
    const html = katex.renderToString(tex.replace(/[^ -~\n]/g, ""), { displayMode: true, strict: "ignore" });
    if (/<script|<input/i.test(html)) throw new Error(tex);
  }
}

/** Tags and attributes of HTML, each once; fails where one is not closed. */
function tagsOf(html: string): Set<string> {
  const found = new Set<string>();
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1)) {
    const tag = /^<(?:!doctype html|\/?[a-zA-Z][\w:-]*((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*\/?)>/i.exec(
      html.slice(at, at + 100_000),
    );
    if (tag === null) throw new Error(`no tag: ${html.slice(at, at + 80)}`);
    found.add((/^<\/?[^\s>/]+/.exec(tag[0]) as RegExpExecArray)[0]);
    for (const [, attribute] of (tag[1] ?? "").matchAll(/([\w:-]+)(?:="[^"]*")?/g)) found.add(attribute);
  }
  return found;
}

function checkHtml(found: string, plain: ReadonlySet<string>): void {
  const strangers = [...tagsOf(found)].filter((tag) => !plain.has(tag));
  if (strangers.length > 0) throw new Error(`${strangers.join(", ")} in ${found.slice(0, 500)}`);
}

const JUPYTER = Symbol.for("Jupyter.display");

/** What a notebook shows of everything that shows itself. */
function shownOf(own: LinearMixedModel): string[] {
  const fit = reml(own);
  const posterior = gibbsSync(own, { seed: 1, chains: 2, draws: 10, warmup: 10 });
  return [posterior, compare(posterior, fit), fit.coefTable(), explain(own)].flatMap((result) => {
    const bundle = (result as unknown as Record<symbol, (() => Record<string, string>) | undefined>)[
      JUPYTER
    ]?.();
    return bundle === undefined ? [] : [bundle["text/html"]];
  });
}

function reportOf(own: LinearMixedModel): string {
  return reportHtml(gibbsSync(own, { seed: 1, chains: 2, draws: 10, warmup: 10 }), reml(own));
}

const plainTags = new Set(shownOf(plainModel).flatMap((html) => [...tagsOf(html)]));
let reportTags: ReadonlySet<string> | undefined;

export const pages: readonly Trial[] = [
  trial(
    "names in LaTeX are no commands",
    [60, 2500],
    fc.tuple(names, fc.constantFrom(...NOTATIONS)),
    ([list, notation]) => checkLatex(list, notation),
  ),
  trial(
    "names in text stay on their line",
    [100, 5000],
    fc.tuple(names, fc.constantFrom(...NOTATIONS)),
    ([list, notation]) => {
      const text = outcome(() => String(explain(model(list), { notation })));
      if (text !== undefined && CONTROL.test(text))
        throw new Error(`a control character in ${JSON.stringify(text)}`);
    },
  ),
  trial("names in notebooks are no tags", [30, 1200], names, (list) => {
    for (const html of outcome(() => shownOf(model(list))) ?? []) checkHtml(html, plainTags);
  }),
  trial("names in reports are no tags", [1, 12], names, (list) => {
    // Plot sets the lines of a name in tspans of their own.
    reportTags ??= new Set([...tagsOf(reportOf(plainModel)), "<tspan", "</tspan", "dy"]);
    const html = outcome(() => reportOf(model(list)));
    if (html !== undefined) checkHtml(html, reportTags);
  }),
];
