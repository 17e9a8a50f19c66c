/**
 * Writing a model in plain text or in LaTeX: one vocabulary of symbols, two hands.
 *
 * @module
 */

import { oneLine } from "../errors.ts";

/** In what a statement is written. */
export type Format = "text" | "latex";

/** Symbols that are not letters of the Latin alphabet. */
export type Symbol =
  | "beta"
  | "gamma"
  | "epsilon"
  | "lambda"
  | "mu"
  | "rho"
  | "sigma"
  | "tau"
  | "Sigma"
  | "Omega";

/** A hand that writes formulas. Arguments are formulas already written, but for `name`, `word` and `sentence`. */
export interface Pen {
  readonly format: Format;
  symbol(name: Symbol): string;
  /** A user's name inside a formula. */
  name(text: string): string;
  /** A user's name inside prose. */
  word(text: string): string;
  /** A formula inside prose. */
  inline(formula: string): string;
  /** A base with subscripts: joined when each is one character, by commas otherwise. */
  sub(base: string, ...indices: readonly string[]): string;
  squared(base: string): string;
  transposed(base: string): string;
  inverted(base: string): string;
  /** Factors beside each other. */
  times(...factors: readonly string[]): string;
  /** Columns multiplied. */
  dot(factors: readonly string[]): string;
  divided(above: string, below: string): string;
  normal(mean: string, variance: string): string;
  /** A distribution by its name. */
  law(name: string, ...parameters: readonly string[]): string;
  matrix(rows: readonly (readonly string[])[]): string;
  /** A column vector, written on one line. */
  vector(items: readonly string[]): string;
  /** Several of one kind: `a, b`. */
  list(items: readonly string[]): string;
  sum(index: string, body: string): string;
  kronecker(left: string, right: string): string;
  proportional(): string;
  given(left: string, right: string): string;
}

const GREEK: Readonly<Record<Symbol, string>> = {
  beta: "β",
  gamma: "γ",
  epsilon: "ε",
  lambda: "λ",
  mu: "μ",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  Sigma: "Σ",
  Omega: "Ω",
};

const joined = (indices: readonly string[], comma: string): string =>
  indices.join(indices.every((index) => [...index].length === 1) ? "" : comma);

/** Plain text with Unicode's letters: `β_1j Days_ij`. */
export const textPen: Pen = {
  format: "text",
  symbol: (name) => GREEK[name],
  name: oneLine,
  word: oneLine,
  inline: (formula) => formula,
  sub: (base, ...indices) => (indices.length === 0 ? base : `${base}_${joined(indices, ",")}`),
  squared: (base) => `${base}²`,
  transposed: (base) => `${base}′`,
  inverted: (base) => `${base}⁻¹`,
  times: (...factors) => factors.join(" "),
  dot: (factors) => factors.join("·"),
  divided: (above, below) => `${above}/${below}`,
  normal: (mean, variance) => `N(${mean}, ${variance})`,
  law: (name, ...parameters) => `${name}(${parameters.join(", ")})`,
  matrix: (rows) => `[${rows.map((row) => row.join("  ")).join("; ")}]`,
  vector: (items) => `(${items.join(", ")})′`,
  list: (items) => items.join(", "),
  sum: (index, body) => `∑_${index} ${body}`,
  kronecker: (left, right) => `${left} ⊗ ${right}`,
  proportional: () => "∝",
  given: (left, right) => `${left} | ${right}`,
};

/** LaTeX for amsmath and KaTeX: `\beta_{1j}\,\text{Days}_{ij}`. */
export const latexPen: Pen = {
  format: "latex",
  symbol: (name) => (name === "epsilon" ? "\\varepsilon" : `\\${name}`),
  name: (text) => `\\text{${escapeLatex(text)}}`,
  word: escapeLatex,
  inline: (formula) => `$${formula}$`,
  sub: (base, ...indices) => (indices.length === 0 ? base : `${base}_{${joined(indices, ",")}}`),
  // Braces keep a base that carries an exponent of its own from having two.
  squared: (base) => `${base}^{2}`,
  transposed: (base) => `${base}^{\\top}`,
  inverted: (base) => `${base}^{-1}`,
  times: (...factors) => factors.join("\\,"),
  dot: (factors) => factors.join(" \\cdot "),
  divided: (above, below) => `${above} / ${below}`,
  normal: (mean, variance) => `\\mathcal{N}\\left(${mean},\\; ${variance}\\right)`,
  law: (name, ...parameters) => `\\text{${escapeLatex(name)}}\\left(${parameters.join(",\\; ")}\\right)`,
  matrix: (rows) => `\\begin{pmatrix} ${rows.map((row) => row.join(" & ")).join(" \\\\ ")} \\end{pmatrix}`,
  vector: (items) => `\\left(${items.join(",\\; ")}\\right)^{\\top}`,
  list: (items) => items.join(",\\; "),
  sum: (index, body) => `\\sum_{${index}} ${body}`,
  kronecker: (left, right) => `${left} \\otimes ${right}`,
  proportional: () => "\\propto",
  given: (left, right) => `${left} \\mid ${right}`,
};

const LATEX: ReadonlyMap<string, string> = new Map([
  ["\\", "{\\textbackslash}"],
  ["~", "{\\textasciitilde}"],
  ["^", "{\\textasciicircum}"],
  ["<", "{\\textless}"],
  [">", "{\\textgreater}"],
  ["|", "{\\textbar}"],
  // An opening quotation mark otherwise.
  ["`", '{\\char"60}'],
]);

/** Text for LaTeX's text mode: nothing in it is a command, and control characters show as escapes. */
export function escapeLatex(text: string): string {
  // A combining mark would otherwise take hold of a brace before it.
  const based = oneLine(text).replace(/(^|[\\~^<>|`_%{}$#&])(?=\p{M})/gu, "$1◌");
  return based.replace(/[\\~^<>|`_%{}$#&]/g, (character) => LATEX.get(character) ?? `\\${character}`);
}
