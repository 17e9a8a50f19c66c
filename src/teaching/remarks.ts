/**
 * Sentences that several notations share: what indices run over, how factors are coded, which rows count.
 *
 * @module
 */

import { contrastCoding } from "../data/contrasts.ts";
import { significant } from "../data/format.ts";
import { counted } from "../errors.ts";
import type { FactorVariable } from "../model/evaluate.ts";
import type { Piece } from "./columns.ts";
import type { Symbols } from "./symbols.ts";

/** `Row i (of 180) belongs to Subject j (of 18).` */
export function indexSentence({ model, pen, groups }: Symbols): string {
  const levels = groups.map(
    ({ name, letter, levels: { length } }) => `${pen.word(name)} ${pen.inline(letter)} (of ${length})`,
  );
  const left = model.inputRows - model.n;
  return (
    `Row ${pen.inline("i")} (of ${model.n}) belongs to ${levels.join(" and ")}.` +
    (left > 0 ? ` ${counted(left, "row")} of the data left out.` : "")
  );
}

/** How each factor in the model's columns is coded, its reference level named. */
export function codingSentences({ model, pen, columns }: Symbols): string[] {
  const pieces = columns.all.flatMap((column) => column.pieces);
  const sentences: string[] = [];
  for (const [label, variable] of model.variables) {
    if (variable.kind !== "factor") continue;
    for (const coding of ["contrasts", "indicators"] as const) {
      const own = pieces.filter((piece) => piece.variable === label && piece.coding === coding);
      const names = [...new Set(own.map(({ name }) => name))];
      if (names.length > 0) sentences.push(codingSentence(variable, coding, names, pen.word));
    }
  }
  return sentences;
}

function codingSentence(
  { label, factor: { levels }, contrasts }: FactorVariable,
  coding: Piece["coding"],
  names: readonly string[],
  word: (text: string) => string,
): string {
  const list = names.map(word).join(", ");
  const plural = names.length > 1;
  const indicator = `${list} ${plural ? "are" : "is"} 1 in rows with ${plural ? "that level of " : ""}${word(label)}${plural ? "" : ` ${word(levels.find((level) => label + level === names[0]) ?? "")}`}, 0 elsewhere`;
  if (coding === "indicators") return `${indicator}; no level is the reference.`;
  if (contrasts === "treatment") return `${indicator}; the reference level is ${word(levels[0])}.`;
  const { values } = contrastCoding(contrasts, levels);
  const k = levels.length;
  const rows = levels.map((level, i) => {
    const row = Array.from({ length: k - 1 }, (_, j) => significant(values[j * k + i], 3));
    return `${word(level)} ${k > 2 ? `(${row.join(", ")})` : row[0]}`;
  });
  return `${list}: contrasts (${contrasts}) of ${word(label)}, with the values ${rows.join("; ")}.`;
}

/** What the residual variance of a row depends on; empty when it is one number. */
export function varianceSentences({ model, pen, row }: Symbols): string[] {
  const { strata, recipe } = model;
  const sentences: string[] = [];
  if (strata !== null) {
    const sigmas = strata.levels.map((level) => pen.inline(pen.sub(pen.symbol("sigma"), pen.name(level))));
    sentences.push(`The residual SD depends on ${pen.word(strata.name)}: it is one of ${sigmas.join(", ")}.`);
  }
  if (recipe.weights !== null) {
    const weight = pen.inline(pen.sub(pen.name(recipe.weights), ...row));
    sentences.push(`A row's residual variance is inversely proportional to its weight ${weight}.`);
  }
  return sentences;
}
