/**
 * The terms of a model, written for formulas of other languages.
 *
 * @module
 */

import type { LinearPart } from "../../formula/algebra.ts";
import type { CallNode, Node } from "../../formula/parser.ts";
import { deparse } from "../../formula/parser.ts";
import type { TransformState } from "../../formula/transforms.ts";
import { plainColumn } from "../../model/evaluate.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { modelColumns } from "../columns.ts";
import { numberText } from "./literals.ts";
import { cannot } from "./sheet.ts";

/** How a language writes arithmetic. */
export interface Arithmetic {
  readonly target: string;
  /** A column of numbers. */
  column(name: string): string;
  power(base: string, exponent: string): string;
  /** A function of the formula grammar of one argument; `null` when it is not known. */
  call(name: string, x: string): string | null;
}

/**
 * An expression on columns; `scale()` and `center()` come out with the numbers they learnt from the data.
 *
 * @throws {ModelError} `cannot-export`
 */
export function expression(node: Node, language: Arithmetic, states: readonly TransformState[]): string {
  const left = [...states];
  const visit = (here: Node): string => {
    switch (here.type) {
      case "number":
        return numberText(here.value);
      case "name":
        return language.column(here.name);
      case "paren":
        return `(${visit(here.inner)})`;
      case "unary":
        return `(${here.operator}${visit(here.operand)})`;
      case "binary": {
        const [a, b] = [visit(here.left), visit(here.right)];
        return here.operator === "^" ? language.power(a, b) : `${a} ${here.operator} ${b}`;
      }
      case "call":
        return call(here);
    }
  };
  const call = (here: CallNode): string => {
    const { name, args } = here;
    const x = visit(
      (
        args.find((argument) => argument.name === "x") ??
        args.find((argument) => argument.name === null) ??
        args[0]
      ).value,
    );
    if (name === "scale" || name === "center") {
      const state = left.shift();
      if (state?.kind !== "scale")
        throw cannot(language.target, `${deparse(here)} learns from the data; make it a column`);
      return `((${x} - ${numberText(state.center)}) / ${numberText(state.scale)})`;
    }
    if (name === "I" || name === "offset") return `(${x})`;
    const base =
      args.length > 1 ? args.find((argument) => argument.value.type === "number")?.value : undefined;
    if (name === "log" && args.length > 1) {
      const value = base?.type === "number" ? base.value : Number.NaN;
      if (value === 2 || value === 10) return language.call(`log${value}`, x) as string;
      if (Number.isNaN(value))
        throw cannot(language.target, `the base of ${deparse(here)} is not a plain number`);
      return `(${language.call("log", x)} / ${language.call("log", numberText(value))})`;
    }
    const written = language.call(name, x);
    if (written === null)
      throw cannot(language.target, `blmm does not write ${deparse(here)} for it; make it a column`);
    return written;
  };
  return visit(node);
}

/** The variables of a model that are computed, with the names of their derived columns. */
export interface Derived {
  readonly name: string;
  readonly code: string;
}

/** A linear part as `1 + a + a:b`, its variables written by `variable`. */
export function partText(part: LinearPart, variable: (label: string) => string, interaction: string): string {
  const terms = part.terms.map(({ variables }) =>
    variables.map((i) => variable(part.labels[i])).join(interaction),
  );
  return [part.intercept ? "1" : "0", ...terms].join(" + ");
}

/**
 * Whether a formula written by {@link partText} leaves the variables in the order of the model: R and brms order the
 * factors of products by where they appear first.
 */
export function keepsOrder({ terms }: LinearPart): boolean {
  const order = [...new Set(terms.flatMap(({ variables }) => variables))];
  return order.every((index, i) => i === 0 || order[i - 1] < index);
}

/** A random term as other programs see it. */
export interface ExportedTerm {
  readonly t: number;
  /** The columns of labels it groups by. */
  readonly factors: readonly string[];
  readonly part: LinearPart;
  /** Whether it has all columns of the part; a single one of several otherwise (after two bars). */
  readonly isWhole: boolean;
  /** Index of the single column. */
  readonly column: number;
  readonly isIntercept: boolean;
}

/**
 * The one column of random term `t` as a product of numeric variables, each written by `variable`.
 *
 * @throws {ModelError} `cannot-export` for codes of factors and for one of several columns of a variable
 */
export function productText(
  model: LinearMixedModel,
  t: number,
  target: string,
  variable: (label: string) => string,
  interaction: string,
): string {
  const { pieces } = modelColumns(model).random[t][0];
  const { name } = model.random[t];
  if (pieces.some(({ coding }) => coding !== "numeric"))
    throw cannot(target, `blmm writes no single levels of a factor after two bars for it (${name})`);
  const several = pieces.find((piece) => piece.name !== piece.variable);
  if (several !== undefined) throw cannot(target, `${several.variable} has several columns after two bars`);
  return pieces.map((piece) => variable(piece.variable)).join(interaction);
}

/** The random terms of a model, in the order of `model.random`. */
export function exportedTerms(model: LinearMixedModel): ExportedTerm[] {
  return model.recipe.random.map(({ group, part, columns }, t) => {
    const split = model.recipe.random.some(
      (other, s) =>
        s !== t && other.part === part && other.group === group && other.columns[0] !== columns[0],
    );
    const names = model.random[t].columns;
    return {
      t,
      factors: group.factors.map((node) => plainColumn(node) as string),
      part,
      isWhole: !split,
      column: columns[0],
      isIntercept: names.length === 1 && names[0] === "(Intercept)",
    };
  });
}
