/**
 * What R scripts share: reading the data, factors with their contrasts, rows left out, formulas.
 *
 * @module
 */

import { contrastCoding } from "../../data/contrasts.ts";
import { deparse, type Node } from "../../formula/parser.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { modelColumns, type Piece } from "../columns.ts";
import { commentText, numberText, rString } from "./literals.ts";
import { cannot, type ScriptNames, type Sheet, scriptNames, sheetOf } from "./sheet.ts";
import { type Arithmetic, type ExportedTerm, exportedTerms, expression, partText } from "./terms.ts";

/** An R script in the making. */
export interface RScript {
  readonly model: LinearMixedModel;
  readonly names: ScriptNames;
  readonly terms: readonly ExportedTerm[];
  /** Lines that make the table `data`. */
  readonly reading: readonly string[];
  /** The response, less the offset where the target takes none. */
  readonly response: string;
  /** The fixed part: `1 + Days`. */
  readonly fixed: string;
  /** The effects of a random term: `1 + Days`. */
  effects(term: ExportedTerm): string;
  /** The group of a random term: `cask:batch`. */
  group(term: ExportedTerm): string;
  /** A variable of the model by its label. */
  variable(label: string): string;
}

const RESERVED = new Set(
  "if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ NA_real_ NA_character_ in T F".split(
    " ",
  ),
);
/** Elementwise functions that R has under the same name. */
const SAME = ["log", "exp", "sqrt", "abs", "log2", "log10", "log1p"];

/** A name that R takes without quotes, in any locale. */
export function isRName(name: string): boolean {
  return /^(?:[A-Za-z]|\.(?![0-9.]))[A-Za-z0-9._]*$/.test(name) && !RESERVED.has(name);
}

/** A name in back-quotes; `null` where R's parser takes no escape in them. */
export function backQuoted(name: string): string | null {
  if (isRName(name)) return name;
  return /^[\x20-\x7e]+$/.test(name) ? `\`${name.replace(/[\\`]/g, "\\$&")}\`` : null;
}

/**
 * Prepares a script.
 *
 * @param options.quote - a name in formulas, `null` for names that get others
 * @param options.offset - whether the target takes `offset()`; its response is made less the offset otherwise
 * @param options.derive - whether computed variables become columns, so that their coefficients have plain names
 * @throws {ModelError} `cannot-export`; {DataError} `unsafe-name`
 */
export function rScript(
  model: LinearMixedModel,
  target: string,
  options: {
    readonly quote: (name: string) => string | null;
    readonly offset: boolean;
    readonly derive?: boolean;
  },
): RScript {
  const sheet = sheetOf(model, target);
  const names = scriptNames(sheet, options.quote);
  const arithmetic: Arithmetic = {
    target,
    column: names.number,
    power: (base, exponent) => `${base}^${exponent}`,
    call: (name, x) => (SAME.includes(name) ? `${name}(${x})` : null),
  };
  const response = expression(model.terms.response as Node, arithmetic, []);
  const offsets = model.terms.fixed.offsets.map((node) => {
    const recipe = model.recipe.variables.get(deparse(node));
    return expression(node, arithmetic, recipe?.kind === "numeric" ? recipe.states : []);
  });
  const reading = readingLines(sheet, names);
  const derived = new Map<string, string>();
  const variable = (label: string): string => {
    const recipe = model.recipe.variables.get(label);
    if (recipe === undefined) throw cannot(target, `${label} is not known`);
    if (recipe.kind === "factor") return names.label(recipe.column);
    const { node, states } = recipe;
    if (node.type === "name") return names.number(node.name);
    if (node.type === "call" && node.name === "poly") return polynomial(node, model, target, arithmetic);
    const text = expression(node, arithmetic, states);
    if (options.derive) {
      const name = derived.get(label) ?? names.fresh("z");
      if (!derived.has(label)) {
        reading.push(
          `# ${name} is ${commentText(label)}.`,
          `data[[${rString(name)}]] <- with(data, ${text})`,
        );
      }
      derived.set(label, name);
      return name;
    }
    return node.type === "call" && SAME.includes(node.name) && node.args.length === 1 ? text : `I(${text})`;
  };
  let left = response;
  if (offsets.length > 0 && !options.offset) {
    left = names.fresh("response");
    reading.push(
      `# ${target} takes no offset: the response is made less the offset, which is the same model.`,
      `data[[${rString(left)}]] <- with(data, ${response} - ${offsets.map((text) => `(${text})`).join(" - ")})`,
    );
  }
  const terms = exportedTerms(model);
  const single = new Map<ExportedTerm, string>();
  for (const term of terms) {
    if (term.isWhole || term.isIntercept) continue;
    const { pieces } = modelColumns(model).random[term.t][0];
    const { code, name } = singleColumn(pieces, sheet, names, variable, target);
    if (code !== null) reading.push(`data[[${rString(name)}]] <- with(data, ${code})`);
    single.set(term, name);
  }
  const fixedPart = partText(model.terms.fixed, variable, ":");
  return {
    model,
    names,
    terms,
    reading,
    response: left,
    fixed: options.offset ? [fixedPart, ...offsets.map((text) => `offset(${text})`)].join(" + ") : fixedPart,
    effects: (term) =>
      term.isIntercept ? "1" : term.isWhole ? partText(term.part, variable, ":") : `0 + ${single.get(term)}`,
    group: ({ factors }) => factors.map(names.label).join(":"),
    variable,
  };
}

/** `poly(x, 2)`, which R learns from the rows of its table. */
function polynomial(
  node: Node & { type: "call" },
  model: LinearMixedModel,
  target: string,
  arithmetic: Arithmetic,
): string {
  const raw = node.args.some(
    ({ name, value }) => name === "raw" && value.type === "name" && value.name === "TRUE",
  );
  if (model.n < model.inputRows && !raw) {
    throw cannot(target, `${deparse(node)} learnt from rows that were left out; make its columns beforehand`);
  }
  const args = node.args.map(({ name, value }, i) => {
    const isX = name === "x" || (name === null && i === 0);
    return (name === null ? "" : `${name} = `) + (isX ? expression(value, arithmetic, []) : deparse(value));
  });
  return `poly(${args.join(", ")})`;
}

/** One column of a random term with two bars: a variable as it is, or a coded level as a column of numbers. */
function singleColumn(
  pieces: readonly Piece[],
  sheet: Sheet,
  names: ScriptNames,
  variable: (label: string) => string,
  target: string,
): { name: string; code: string | null } {
  if (pieces.every(({ coding, name, variable: label }) => coding === "numeric" && name === label)) {
    return { name: pieces.map((piece) => variable(piece.variable)).join(":"), code: null };
  }
  const factors = pieces.map((piece) => {
    if (piece.coding === "numeric") {
      if (piece.name !== piece.variable)
        throw cannot(target, `${piece.variable} has several columns after two bars`);
      return variable(piece.variable);
    }
    const recipe = sheet.model.recipe.variables.get(piece.variable);
    if (recipe?.kind !== "factor") throw cannot(target, `${piece.variable} is no factor`);
    const column = names.label(recipe.column);
    if (piece.coding === "indicators") {
      return `(${column} == ${rString(piece.name.slice(piece.variable.length))})`;
    }
    const { suffixes } = contrastCoding(recipe.contrasts, recipe.levels);
    return `contrasts(${column})[${column}, ${suffixes.indexOf(piece.name.slice(piece.variable.length)) + 1}]`;
  });
  return { name: names.fresh("z"), code: `as.numeric(${factors.join(" * ")})` };
}

/** The lines that read `data.csv` and prepare the table. */
function readingLines(sheet: Sheet, names: ScriptNames): string[] {
  const { model, numbers, labels } = sheet;
  const lines = [
    "# data.csv: a line of column names, then one line for each row of the data; blank cells are missing.",
    'file <- read.csv("data.csv", check.names = FALSE, colClasses = "character", na.strings = "", encoding = "UTF-8")',
    ...names.renamed.map(({ column, name }) => `# ${name} stands for the column ${commentText(column)}.`),
    "data <- file[0]",
  ];
  for (const [column, kind] of numbers) {
    const cells = `file[[${rString(column)}]]`;
    const value = kind === "boolean" ? `as.logical(${cells})` : kind === "date" ? `as.Date(${cells})` : cells;
    lines.push(`data[[${rString(names.plainNumber(column))}]] <- as.numeric(${value})`);
  }
  for (const { column, levels } of labels.values()) {
    const cells = `file[[${rString(column)}]]`;
    const given = levels === null ? "" : `, levels = c(${levels.map(rString).join(", ")})`;
    lines.push(`data[[${rString(names.plainLabel(column))}]] <- factor(${cells}${given})`);
  }
  lines.push(
    "# Rows with missing values are left out, as blmm does.",
    "data <- data[complete.cases(data), , drop = FALSE]",
  );
  const { weights } = model.recipe;
  if (weights !== null) {
    lines.push(`data <- data[data[[${rString(names.plainNumber(weights))}]] > 0, , drop = FALSE]`);
  }
  lines.push(`stopifnot(nrow(data) == ${numberText(model.n)})`, "data <- droplevels(data)");
  for (const { column, levels, contrasts } of labels.values()) {
    if (levels === null) continue;
    const cells = `data[[${rString(names.plainLabel(column))}]]`;
    lines.push(`contrasts(${cells}) <- contr.${contrasts}(levels(${cells}))`);
  }
  return lines;
}

/** The first lines of a script. */
export function header(model: LinearMixedModel, what: string): string[] {
  return [`# ${commentText(model.formula)}`, `# ${what}`];
}

/** Refuses models whose design lost columns, for targets that would keep them. */
export function checkNoneDropped({ fixed }: LinearMixedModel, target: string): void {
  if (fixed.dropped.length === 0) return;
  throw cannot(
    target,
    `columns of the fixed part were left out (${fixed.dropped.join(", ")}), which it would keep`,
  );
}
