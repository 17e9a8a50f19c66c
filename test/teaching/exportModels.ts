/** Models to export, with the rows that their scripts read, and hostile names. */

import {
  cake,
  Dyestuff,
  oats,
  Pastes,
  Penicillin,
  sleepstudy,
  tabletsMissing,
} from "../../src/datasets/index.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { base, type Row, withColumn } from "../model/sample.ts";

/** A model and the rows it was made of. */
export interface Exported {
  readonly model: LinearMixedModel;
  readonly rows: readonly object[];
}

/** Text that ends a string, a name or a comment in some language and then does harm. */
const HARM = '\'"`); system("touch harm"); (`$(touch harm) #{}';

/** Columns whose names and labels would be code if they were pasted. */
const hostileRows: readonly Row[] = base.map(({ y, x, h, f, g, w }) => ({
  // The groups differ enough for a variance above zero, where every program stops well.
  [`y${HARM}`]: y + ((5 * Number(g.slice(1))) % 7),
  'a "b"\\n $x': x,
  "it's é": h,
  if: `${g}${HARM}\n# `,
  "z\\": `${f}'); system("touch harm")`,
  "data.frame": w,
}));

const make = (formula: string, rows: readonly object[], options: LmmOptions = {}): Exported => ({
  model: lmm(formula, rows, options),
  rows,
});

const quoted = (name: string): string => `\`${name.replace(/[\\`]/g, "\\$&")}\``;

/** By name; what each is for is its name. */
export const exported: Readonly<Record<string, () => Exported>> = {
  "a random intercept": () => make("Reaction ~ Days + (1 | Subject)", sleepstudy),
  "correlated slopes": () => make("Reaction ~ Days + (Days | Subject)", sleepstudy),
  "two bars": () => make("Reaction ~ Days + (Days || Subject)", sleepstudy),
  "transformations, polynomials": () =>
    make("log(Reaction) ~ poly(Days, 2) + (scale(Days) | Subject)", sleepstudy),
  "arithmetic in the formula": () =>
    make("I(Reaction / 100) ~ I((Days - 4)^2) + log(Days + 1, base = 2) + (1 | Subject)", sleepstudy),
  "one group": () => make("Yield ~ 1 + (1 | Batch)", Dyestuff),
  "nested groups": () => make("strength ~ 1 + (1 | batch/cask)", Pastes),
  "a split plot": () => make("yield ~ variety * nitrogen + (1 | block/variety)", oats),
  "sum and Helmert contrasts": () =>
    make("yield ~ variety * nitrogen + (1 | block/variety)", oats, {
      contrasts: { variety: "sum", nitrogen: "helmert" },
      levels: { nitrogen: ["0.6cwt", "0.0cwt", "0.4cwt", "0.2cwt"] },
    }),
  "factors with two bars": () => make("yield ~ nitrogen + (variety || block)", oats),
  "contrasts with two bars": () =>
    make("yield ~ nitrogen + (variety || block)", oats, { contrasts: { variety: "helmert" } }),
  "ordered factors": () => make("angle ~ recipe * temperature + (1 | recipe:replicate)", cake),
  "rows left out": () => make("y ~ method + (1 | tablet)", tabletsMissing),
  "weights, an offset, a row of weight 0": () =>
    make(
      "y ~ x + offset(h) + (1 | g)",
      withColumn(({ w }, i) => ({ w: i === 5 ? 0 : w, unused: i === 7 ? null : 1 })),
      { weights: "w" },
    ),
  "a column that is number and label": () => make("y ~ h + factor(h) + (1 | g)", base, { collinear: "drop" }),
  "a number that is grouped by": () => make("y ~ x + h + (1 | z)", base),
  "a predictor that is grouped by too": () => make("y ~ x + z + (1 | z)", base),
  "true and false": () =>
    make(
      "y ~ t + I(u) + (1 | g)",
      withColumn((_, i) => ({ t: i % 3 === 0, u: i % 5 === 0 })),
    ),
  dates: () =>
    make(
      "y ~ when + (1 | g)",
      withColumn((_, i) => ({ when: new Date(Date.UTC(2024, 0, 1 + ((7 * i) % 11))) })),
    ),
  "hostile names": () =>
    make(
      `${quoted(`y${HARM}`)} ~ ${quoted('a "b"\\n $x')} * ${quoted("z\\")} + ${quoted("it's é")} + (1 | \`if\`)`,
      hostileRows,
    ),
  "hostile names, weights": () =>
    make(`${quoted(`y${HARM}`)} ~ ${quoted('a "b"\\n $x')} + (1 | \`if\`)`, hostileRows, {
      weights: "data.frame",
    }),
  "crossed groups": () => make("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin),
  "compound symmetry": () => make("yield ~ variety + nitrogen + cs(0 + variety | block)", oats),
  "residual SDs by stratum": () =>
    make("yield ~ variety + nitrogen + (1 | block)", oats, { sigmaBy: "variety" }),
  "strata and weights": () =>
    make(
      "y ~ x + (1 | g)",
      withColumn((_, i) => ({ s: i % 2 === 0 ? "odd" : "even", w: 1 + (i % 3) })),
      { sigmaBy: "s", weights: "w" },
    ),
};

/** Rows as a script reads them: every cell quoted, blank where missing. */
export function csvOf(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    const text =
      typeof value === "boolean"
        ? String(value).toUpperCase()
        : value instanceof Date
          ? value.toISOString().slice(0, 10)
          : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  const lines = rows.map((row) => names.map((name) => cell((row as Row)[name])).join(","));
  return `${[names.map(cell).join(","), ...lines].join("\n")}\n`;
}
