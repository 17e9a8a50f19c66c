/**
 * Hypotheses about parameters, as statements on draws.
 *
 * @module
 */

import { showAs, significant } from "../data/format.ts";
import {
  ArgumentError,
  didYouMean,
  FormulaError,
  knownOptions,
  listOf,
  probabilityOf,
  show,
} from "../errors.ts";
import { formulaError } from "../formula/fault.ts";
import { checkExpression, columnsUsed, evaluateColumns } from "../formula/functions.ts";
import { type FormulaTree, type Node, parseTree } from "../formula/parser.ts";
import { mean, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import { mcseMean } from "./diagnostics.ts";
import { type Draws, drawsIn } from "./draws.ts";

/** Options of {@link hypothesis}. */
export interface HypothesisOptions {
  /** Coverage of the interval; defaults to 0.95, or 0.9 of a one-sided hypothesis, as in brms. */
  readonly level?: number;
}

/** What the draws say about a hypothesis. */
export interface Hypothesis {
  readonly hypothesis: string;
  /** Posterior mean and sd of the left side minus the right, and its central interval. */
  readonly estimate: number;
  readonly sd: number;
  readonly lower: number;
  readonly upper: number;
  /** Share of draws for which the statement holds, and its Monte Carlo error; `NaN` for an equality. */
  readonly probability: number;
  readonly mcse: number;
  /** Posterior odds: probability over its complement; infinite when no draw contradicts. */
  readonly evidenceRatio: number;
  /** Left minus right at every draw, chain after chain. */
  readonly draws: Float64Array;
}

/**
 * Judges a statement such as `"Days > 5"` or `"sd_Subject__Days / sigma < 0.3"` by the share of draws for which it
 * holds. brms: `hypothesis(fit, "Days > 5")`.
 *
 * A side is arithmetic on variables: `+ - * / ^`, `log() exp() sqrt() abs()`. Coefficients go by R's name (`Days`) or
 * the draws' (`b_Days`); names with other signs stand in back-quotes (`` `r_Subject[308,Days]` ``). `=` gives the interval of the
 * difference alone. Any other statement is a function of one draw.
 *
 * @param input - a posterior, or draws
 * @param statement - text with one of `<`, `>`, `<=`, `>=`, `=`; or a function from one draw to a number (judged by
 *   whether it is above 0)
 * @throws {FormulaError} `formula-syntax`, `unknown-function`, `unknown-variable`
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 *
 * @example
 * hypothesis(posterior, "Days > 5").probability; // 0.998
 * hypothesis(posterior, (at) => at("sd_Subject__Days") - at("sigma") / 10);
 */
export function hypothesis(
  input: Draws | { readonly draws: Draws },
  statement: string | ((at: (variable: string) => number) => number),
  options: HypothesisOptions = {},
): Hypothesis {
  knownOptions("hypothesis()", options, ["level"]);
  const draws = drawsIn("hypothesis()", input);
  const { text, sign, values } =
    typeof statement === "function" ? byFunction(draws, statement) : byText(draws, statement);
  refuseNaN(values);
  const equality = sign[0] === "=";
  const level = options.level ?? (equality ? 0.95 : 0.9);
  probabilityOf("level", level);
  const ascending = sorted(values);
  // A parameter that is fixed can be equal to the other side.
  const equal = Number(sign.length === 2);
  const less = sign[0] === "<";
  const holds = values.map((value) => (value === 0 ? equal : Number(value < 0 === less)));
  const probability = equality ? Number.NaN : holds.reduce((count, one) => count + one, 0) / holds.length;
  const { chains, iterations } = draws;
  const parts = Array.from({ length: chains }, (_, c) =>
    holds.subarray(c * iterations, (c + 1) * iterations),
  );
  const result: Hypothesis = {
    hypothesis: text,
    estimate: mean(values),
    sd: sd(values),
    lower: quantileSorted(ascending, (1 - level) / 2),
    upper: quantileSorted(ascending, (1 + level) / 2),
    probability,
    mcse: equality ? Number.NaN : probability === 0 || probability === 1 ? 0 : mcseMean(parts),
    evidenceRatio: probability / (1 - probability),
    draws: values,
  };
  return showAs(result, () => print(result, level));
}

interface Judged {
  readonly text: string;
  readonly sign: "<" | ">" | "<=" | ">=" | "=" | "==";
  readonly values: Float64Array;
}

function byFunction(draws: Draws, statement: (at: (variable: string) => number) => number): Judged {
  const values = new Float64Array(draws.size);
  for (let d = 0; d < values.length; d++) {
    values[d] = Number(statement((variable) => draws.get(variable)[d]));
  }
  return { text: "a function > 0", sign: ">", values };
}

/** @throws {ArgumentError} `invalid-argument` where a draw gives no number, such as the logarithm of a negative one */
function refuseNaN(values: Float64Array): void {
  const draw = values.findIndex(Number.isNaN);
  if (draw < 0) return;
  const count = values.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
  throw new ArgumentError(
    "invalid-argument",
    `The hypothesis is not a number at ${count} of ${values.length} draws, the first of them draw ${draw}.`,
    "State one that is a number at every draw.",
    { draw, count },
  );
}

function byText(draws: Draws, text: string): Judged {
  if (typeof text !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `A hypothesis is text or a function, got ${show(text)}.`,
      'Write one like "Days > 5".',
    );
  }
  // Signs inside back-quotes belong to names.
  const open = text.replace(/`[^`]*`/g, (name) => " ".repeat(name.length));
  const signs = [...open.matchAll(/[<>]=?|==?/g)];
  if (signs.length !== 1) {
    throw formulaError(
      "formula-syntax",
      text,
      signs[1]?.index ?? 0,
      `A hypothesis compares two sides once; this one has ${signs.length === 0 ? "no sign of comparison" : `${signs.length} of them`}.`,
      "Use one of < > <= >= =.",
    );
  }
  const [{ 0: sign, index }] = signs;
  // The grammar of formulas, with the comparison where a formula has its tilde.
  const tree = treeOf(
    text,
    `${text.slice(0, index)}~${" ".repeat(sign.length - 1)}${text.slice(index + sign.length)}`,
  );
  if (tree.left === null) {
    throw formulaError("formula-syntax", text, 0, "The left side is empty.", "Write one like Days > 5.");
  }
  const [left, right] = [tree.left, tree.right].map((node) => sideOf(node, text, draws));
  return { text, sign: sign as Judged["sign"], values: left.map((value, d) => value - right[d]) };
}

/** The tree of a statement, whose faults are those of a hypothesis. */
function treeOf(text: string, formula: string): FormulaTree {
  try {
    return parseTree(formula);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    const at = Number(error.details?.["position"] ?? 0);
    throw formulaError(
      "formula-syntax",
      text,
      at,
      `Cannot read the hypothesis at position ${at}.`,
      "Use one of < > <= >= = between two sides, and + - * / ^ and parentheses that close within them.",
    );
  }
}

function sideOf(node: Node, text: string, draws: Draws): Float64Array {
  checkExpression(node, text, false);
  const known = new Map<string, string>();
  for (const { name, kind, term } of draws.info) {
    if (kind === "fixed" && term !== undefined) known.set(term === "(Intercept)" ? "Intercept" : term, name);
    known.set(name, name);
  }
  for (const name of columnsUsed(node)) {
    if (known.has(name)) continue;
    const names = [...known.keys()];
    const near = didYouMean(name, names);
    throw formulaError(
      "unknown-variable",
      text,
      Math.max(0, text.indexOf(name)),
      `There is no variable ${show(name)} among the draws.`,
      near === undefined ? `There are ${listOf(names, 8)}.` : `Did you mean ${show(near)}?`,
    );
  }
  const { columns } = evaluateColumns(node, {
    column: (name) => draws.get(known.get(name)!),
    rowCount: draws.size,
    states: [],
    learning: true,
  });
  return columns[0];
}

function print(result: Hypothesis, level: number): string {
  const numbers = [result.estimate, result.sd, result.lower, result.upper].map((value) =>
    significant(value, 3),
  );
  const head = `${result.hypothesis}: difference ${numbers[0]} (sd ${numbers[1]}, ${100 * level}% interval ${numbers[2]} to ${numbers[3]})`;
  if (Number.isNaN(result.probability)) return head;
  const ratio = Number.isFinite(result.evidenceRatio) ? significant(result.evidenceRatio, 3) : "Inf";
  return `${head}; probability ${significant(result.probability, 3)} (MCSE ${significant(result.mcse, 1)}), evidence ratio ${ratio}`;
}
