/** The numbers in the prose of README.md, and where each is computed or read from a table of docs/. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type SelfTest, selfTest } from "../../src/check/selfTest.ts";
import { contrastNames } from "../../src/data/contrasts.ts";
import * as datasets from "../../src/datasets/index.ts";
import * as priors from "../../src/gibbs/priors.ts";
import { schemes } from "../../src/gibbs/sampler.ts";
import * as core from "../../src/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import * as plots from "../../src/plot/index.ts";
import { comparePooling } from "../../src/reml/pooling.ts";

/** A claim with one number. */
interface Claim {
  /** The words; the group `n` is the number, in digits or letters. */
  readonly says: RegExp;
  /** What is true, and whether the README may say less. */
  readonly is: (root: string) => number | string;
  readonly atLeast?: true;
}

const read = (root: string, path: string): string => readFileSync(join(root, path), "utf8");
const manifest = (root: string): { version: string; engines: { node: string } } =>
  JSON.parse(read(root, "package.json"));

/** A number of a page, by the words around it. */
function stated(root: string, page: string, words: RegExp): number {
  const found = words.exec(read(root, page))?.groups?.["n"];
  if (found === undefined) throw new Error(`${page} has nothing like ${words}.`);
  return Number(found);
}

/** The fewest digits in a table of docs/accuracy.md. */
function fewestDigits(root: string, title: string): number {
  const section = read(root, "docs/accuracy.md").split(`## ${title}`)[1].split("\n## ")[0];
  const digits = [...section.matchAll(/^\|[^|]*\| \d+ \| ([\d.]+) \|/gm)].map(([, fewest]) => Number(fewest));
  return Math.min(...digits);
}

let selfTested: SelfTest | undefined;

export const claims: readonly Claim[] = [
  { says: /Version (?<n>[\d.]+\d) is not/, is: (root) => manifest(root).version },
  { says: /Node (?<n>[\d.]+\d) or later/, is: (root) => manifest(root).engines.node.replace(">=", "") },
  {
    says: /\[(?<n>\w+) ways of pooling\]/,
    is: () => {
      const [row] = comparePooling(lmm("Reaction ~ Days + (Days | Subject)", datasets.sleepstudy)).rows;
      return Object.values(row).filter((value) => typeof value === "number").length;
    },
  },
  {
    says: /\[cakes with (?<n>\w+) correlated effects\]/,
    is: (root) => {
      const formula = /"(angle ~ .*\(recipe \| replicate\))"/.exec(
        read(root, "examples/notebooks/cake.html"),
      );
      return lmm(formula?.[1] ?? "", datasets.cake).random[0].columns.length;
    },
  },
  { says: /, (?<n>\w+) contrasts/, is: () => contrastNames.length },
  {
    says: /in (?<n>\w+) notations of textbooks/,
    is: (root) => {
      const type = /NotationName =([^;]*);/.exec(read(root, "src/teaching/explain.ts"))?.[1] ?? "";
      return (type.match(/"(?!assumptions)[\w-]+"/g) ?? []).length;
    },
  },
  { says: /for the same formulas by (?<n>\w+) schemes/, is: () => schemes.size },
  {
    says: /(?<n>\w+) priors, with defaults/,
    is: () => Object.keys(priors).filter((name) => name in core).length,
  },
  {
    says: /(?<n>[\w-]+) plots \(/,
    is: () => Object.keys(plots).filter((name) => `${name}Data` in plots).length,
  },
  { says: /(?<n>\w+) classic data sets/, is: () => Object.keys(datasets).length },
  {
    says: /More than (?<n>\d+ \d+) figures held/,
    is: (root) => stated(root, "docs/accuracy.md", /^(?<n>\d+) figures are compared/m),
    atLeast: true,
  },
  {
    says: /estimates of lme4 to at least (?<n>\d+) digits/,
    is: (root) => fewestDigits(root, "Estimates: lme4"),
    atLeast: true,
  },
  {
    says: /and (?<n>\d+) of posteriors against/,
    is: (root) => stated(root, "docs/accuracy.md", /(?<n>\d+) figures of posteriors are compared/),
    atLeast: true,
  },
  {
    says: /makes these (?<n>\w+) pages anew/,
    is: (root) =>
      ["accuracy", "calibration", "benchmarks"].filter((name) =>
        readdirSync(join(root, "docs")).includes(`${name}.md`),
      ).length,
  },
  {
    says: /holds (?<n>\d+) figures against closed/,
    is: () => {
      selfTested ??= selfTest();
      return selfTested.passed;
    },
    atLeast: true,
  },
];

/** Numbers about others, which nothing here can compute: what npm downloads for the umbrella packages of @stdlib. */
const ELSEWHERE = [/437 MB/];

const UNITS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const WORDS = new Map(UNITS.map((word, n) => [word, n]));
for (let n = 1; n < 10; n++) WORDS.set(`twenty-${UNITS[n]}`, 20 + n);

/** "23", "35 000" or "twenty-three" as a number, versions as text. */
function meaning(text: string): number | string {
  const plain = text.toLowerCase().replaceAll(" ", "");
  const number = WORDS.get(plain) ?? Number(plain);
  return Number.isNaN(number) ? plain : number;
}

/** Prose without code, and without the addresses of links, everything else in its place. */
function proseOf(text: string): string {
  const blank = (match: string): string => " ".repeat(match.length);
  return text
    .replace(/^```[\s\S]*?^```/gm, blank)
    .replace(/`[^`\n]*`/g, blank)
    .replace(/\]\([^)]*\)/g, (m) => `]${blank(m.slice(1))}`);
}

/** What of a README is not true, or says a number that no claim knows. */
export function brokenClaims(readme: string, root: string): string[] {
  const prose = proseOf(readme);
  const broken: string[] = [];
  const known: [from: number, to: number][] = [];
  for (const words of ELSEWHERE) {
    const match = words.exec(prose);
    if (match !== null) known.push([match.index, match.index + match[0].length]);
  }
  for (const { says, is, atLeast } of claims) {
    const match = says.exec(prose) ?? says.exec(readme);
    if (match === null) {
      broken.push(`README.md says nothing like ${says.source} any more: drop the claim.`);
      continue;
    }
    known.push([match.index, match.index + match[0].length]);
    const said = meaning(match.groups?.["n"] ?? "");
    const truth = is(root);
    const holds = atLeast === true ? Number(truth) >= Number(said) : meaning(String(truth)) === said;
    if (!holds) broken.push(`README.md says "${match[0].trim()}", and it is ${truth}.`);
  }
  const number = new RegExp(
    `(?<![\\w.-])(?:\\d[\\d.,]*|${[...WORDS.keys()].slice(3).reverse().join("|")})(?![\\w-])`,
    "gi",
  );
  for (const match of prose.matchAll(number)) {
    if (known.some(([from, to]) => match.index >= from && match.index < to)) continue;
    const around = readme.slice(Math.max(0, match.index - 30), match.index + 30).replaceAll("\n", " ");
    broken.push(
      `README.md says "${match[0]}" in "…${around}…", which no claim of scripts/proof/claims.ts covers.`,
    );
  }
  return broken;
}
