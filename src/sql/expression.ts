/**
 * Expressions of formulas in SQL: doubles in, doubles out, NULL where they cannot be computed.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import { argumentsOf, constant } from "../formula/functions.ts";
import { deparse, type Node } from "../formula/parser.ts";
import type { TransformState } from "../formula/transforms.ts";
import type { SqlDialect } from "./dialect.ts";

/**
 * An expression as SQL.
 *
 * @param column - the SQL of a column as a double
 * @param states - what the calls of `scale` and `center` have learnt, by their text
 * @throws {ModelError} `sql-cannot`
 */
export function expressionSql(
  node: Node,
  column: (name: string) => string,
  dialect: SqlDialect,
  states: ReadonlyMap<string, TransformState>,
): string {
  const visit = (here: Node): string => expressionSql(here, column, dialect, states);
  switch (node.type) {
    case "number":
      return dialect.number(node.value);
    case "name":
      return column(node.name);
    case "paren":
      return visit(node.inner);
    case "unary":
      return node.operator === "-" ? `(- ${visit(node.operand)})` : visit(node.operand);
    case "binary": {
      const left = visit(node.left);
      const right = visit(node.right);
      // Division by zero is an error in some engines and infinite in others: NULL is neither.
      if (node.operator === "/")
        return `(CASE WHEN ${right} <> ${dialect.number(0)} THEN ${left} / ${right} END)`;
      if (node.operator !== "^") return `(${left} ${node.operator} ${right})`;
      const power = constant(node.right, Number.NaN);
      if (power === 2) return `(${left} * ${left})`;
      if (power === 3) return `(${left} * ${left} * ${left})`;
      return `POWER(${left}, ${right})`;
    }
    case "call":
      break;
  }
  const args = argumentsOf(node);
  const x = visit(args.get("x") as Node);
  const zero = dialect.number(0);
  const ln = `CASE WHEN ${x} > ${zero} THEN LN(${x}) END`;
  switch (node.name) {
    case "I":
    case "offset":
      return x;
    case "abs":
      return `ABS(${x})`;
    case "exp":
      return `EXP(${x})`;
    case "sqrt":
      return `CASE WHEN ${x} >= ${zero} THEN SQRT(${x}) END`;
    case "log":
      return args.has("base")
        ? `(${ln} / ${dialect.number(Math.log(constant(args.get("base"), Math.E)))})`
        : `(${ln})`;
    case "log2":
      return `(${ln} / ${dialect.number(Math.LN2)})`;
    case "log10":
      return `(${ln} / ${dialect.number(Math.LN10)})`;
    case "log1p": {
      // Of a small x the sum 1 + x keeps few digits; x / ((1 + x) − 1) gives back what was lost (Kahan).
      const one = dialect.number(1);
      const rounded = `(${one} + ${x})`;
      return `CASE WHEN ${rounded} = ${one} THEN ${x} WHEN ${x} > ${dialect.number(-1)} THEN LN(${rounded}) * ${x} / (${rounded} - ${one}) END`;
    }
    case "scale":
    case "center": {
      const state = states.get(deparse(node));
      if (state?.kind !== "scale") throw new Error("a transformation that was not learnt");
      return `((${x} - ${dialect.number(state.center)}) / ${dialect.number(state.scale)})`;
    }
    default:
      throw new ModelError(
        "sql-cannot",
        `${deparse(node)} cannot be computed by SQL.`,
        "Compute it as a column of the table or query, or load the rows and use lmm().",
        { expression: deparse(node) },
      );
  }
}
