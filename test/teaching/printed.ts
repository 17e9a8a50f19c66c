/** Evaluates printed equations: sums of products of symbols, such as `γ_10 + b_1j` or `(β_1 + b_1j) Days_ij`. */

/** Splits at a separator outside parentheses. */
function split(text: string, separator: string): string[] {
  const parts = [""];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")") depth--;
    if (depth === 0 && text.startsWith(separator, i)) {
      parts.push("");
      i += separator.length - 1;
    } else parts[parts.length - 1] += text[i];
  }
  return parts;
}

/** The value of a printed sum, symbols looked up. Throws for a symbol that means nothing. */
export function evaluate(text: string, symbols: ReadonlyMap<string, number>): number {
  return split(text, " + ").reduce(
    (sum, term) =>
      sum +
      split(term, " ")
        .flatMap((factor) => split(factor, "·"))
        .reduce((product, factor) => product * factorValue(factor, symbols), 1),
    0,
  );
}

function factorValue(factor: string, symbols: ReadonlyMap<string, number>): number {
  const known = symbols.get(factor);
  if (known !== undefined) return known;
  const over = split(factor, "/");
  if (over.length === 2) return factorValue(over[0], symbols) / factorValue(over[1], symbols);
  if (factor.endsWith("²")) return factorValue(factor.slice(0, -1), symbols) ** 2;
  if (factor.startsWith("(") && factor.endsWith(")")) return evaluate(factor.slice(1, -1), symbols);
  if (/^\d+$/.test(factor)) return Number(factor);
  throw new Error(`No value for ${factor}`);
}

/** Left sides and right sides of printed equations, their notes taken off, long ones on one line. */
export function definitions(equations: readonly string[]): Map<string, string> {
  return new Map(
    equations.flatMap((line) => {
      const [left, ...right] = line
        .replace(/\n\s*/g, " ")
        .replace(/ (?: {2})?\((?:rows|\d+ by|one|known|flat|independent)[^()]*\)$/, "")
        .split(" = ");
      return right.length === 0 ? [] : [[left, right.join(" = ")] as const];
    }),
  );
}

/** The dictionary at the end of a statement: variable by symbol. */
export function dictionaryOf(text: string): Map<string, string> {
  const line = text.replace(/\n/g, " ").split("Names in fits and draws: ")[1].replace(/\.$/, "");
  return new Map(
    line.split(/, (?=[βγτρσ])/).map((pair) => {
      const at = pair.indexOf(" ");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
