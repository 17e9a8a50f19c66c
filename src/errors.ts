/**
 * Errors and warnings: a word code, one cause in the user's own names, one remedy.
 *
 * @module
 */

/** Facts behind an error or a warning, for programs rather than readers. */
export type Details = Readonly<Record<string, unknown>>;

/** Something worth knowing about a result that stands. Collected on the result, never printed. */
export interface Warning {
  /** Word code, which changes no sooner than exported names do: `"missing-rows"`, `"singular-fit"`, … */
  readonly code: string;
  readonly message: string;
  readonly details: Details;
  /** Where one call is a remedy, that call: `"await posterior.extend(1200)"`. Text to read or paste, never run here. */
  readonly fix?: string;
}

/** Makes a {@link Warning}. */
export function warning(code: string, message: string, details: Details = {}, fix?: string): Warning {
  return { code, message: harmless(message), details, ...(fix === undefined ? {} : { fix }) };
}

/**
 * Base of every error this library throws on purpose.
 *
 * `message` is the cause followed by the remedy; both are also kept apart.
 */
export class BlmmError extends Error {
  /** Word code, which changes no sooner than exported names do: `"unknown-column"`, `"collinear-columns"`, … */
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
  readonly details: Details;

  constructor(code: string, reason: string, remedy: string, details: Details = {}) {
    const [cause, way] = [harmless(shortened(reason)), harmless(shortened(remedy))];
    super(way === "" ? cause : `${cause} ${way}`);
    this.name = new.target.name;
    this.code = code;
    this.reason = cause;
    this.remedy = way;
    this.details = details;
  }
}

/** What quotes a long text of the user leaves out its middle. */
function shortened(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 600)} … ${text.slice(-300)}` : text;
}

/** The formula text cannot be read, or asks for something that does not exist. */
export class FormulaError extends BlmmError {
  override readonly name = "FormulaError";
}

/** The data cannot be used as they are. */
export class DataError extends BlmmError {
  override readonly name = "DataError";
}

/** The model is not identified by the data, or a call does not fit the model. */
export class ModelError extends BlmmError {
  override readonly name = "ModelError";
}

/** A prior is unknown, misplaced, of the wrong dimension or improper. */
export class PriorError extends BlmmError {
  override readonly name = "PriorError";
}

/** Arithmetic broke down although the input passed every check. */
export class NumericalError extends BlmmError {
  override readonly name = "NumericalError";
}

/** An argument of a call is of the wrong kind or outside its range. */
export class ArgumentError extends BlmmError {
  override readonly name = "ArgumentError";
}

/** Control characters, ends of lines, marks that turn the reading direction of what follows, halves of characters. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;

function escaped(c: string): string {
  return c < " " ? JSON.stringify(c).slice(1, -1) : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text on one line: what a terminal obeys is shown by its escape. */
export function oneLine(text: string): string {
  return text.replace(OBEYED, escaped);
}

/** Text that no terminal obeys, whatever the user's names hold: as {@link oneLine}, but line breaks and tabs stay. */
export function harmless(text: string): string {
  return text.replace(OBEYED, (c) => (c === "\n" || c === "\t" ? c : escaped(c)));
}

/** Shows a value in a message: text quoted, matrices as nested lists, numbers and words as written. */
export function show(value: unknown): string {
  return shown(value, 2);
}

function shown(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Promise) return "a promise";
  if (!Array.isArray(value)) return "an object";
  if (depth === 0) return "an array";
  const items = value.slice(0, 5).map((item) => shown(item, depth - 1));
  const rest = value.length - items.length;
  return `[${items.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}]`;
}

/** The first `most` items and a count of the rest: `a, b, c and 4 more`. */
export function listOf(items: readonly (string | number)[], most = 5): string {
  const rest = items.length - most;
  const head = items.slice(0, most).join(", ");
  return rest > 0 ? `${head} and ${rest} more` : head;
}

/** `1 row`, `2 rows`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** The candidate nearest to `name` by edit distance, when near enough to be meant; none for a very long name. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  if (typeof name !== "string" || name.length > 100) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    // "y" is no slip for "x": of names of one letter nothing would be left.
    if (distance < bestDistance && distance < Math.max(name.length, candidate.length)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Checks an integer argument; throws `invalid-argument` with the name, the range and the value. */
export function integerIn(name: string, value: unknown, low: number, high: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
  const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be an integer ${range}, got ${show(value)}.`,
    "Pass such a number.",
    { name, value },
  );
}

/**
 * Refuses an argument that lacks the members of what a call takes: something else, or nothing. Judged by members, so
 * that objects of another copy of the library count too.
 */
export function checkKind(
  call: string,
  value: unknown,
  members: readonly string[],
  what: string,
  remedy: string,
): void {
  if (typeof value === "object" && value !== null && members.every((member) => member in value)) return;
  const promise = value instanceof Promise;
  throw wrongKind(call, promise ? "a promise of something" : show(value), what, promise ? AWAIT : remedy);
}

/** Checks an option that is a list; `undefined` where it is left out. @throws {ArgumentError} `invalid-argument` */
export function checkList(call: string, name: string, value: unknown): void {
  if (value !== undefined)
    checkKind(call, value, ["length", "map"], `a list as ${name}`, `Pass an array: ${name}: […].`);
}

/** The error for an argument that is something else than a call takes. @param got - what it is, in words */
export function wrongKind(call: string, got: string, what: string, remedy: string): ArgumentError {
  return new ArgumentError("invalid-argument", `${call} takes ${what}, got ${got}.`, remedy);
}

/** The remedy where a promise stands in place of what it will be. */
export const AWAIT = "Put await before the call that makes it.";

/** Checks a probability strictly between 0 and 1. */
export function probabilityOf(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && value < 1) return value;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be between 0 and 1, got ${show(value)}.`,
    "Pass a probability such as 0.95.",
    { name, value },
  );
}

/** Checks that an argument is one of a list of words. */
export function oneOf<const T extends string>(name: string, value: unknown, words: readonly T[]): T {
  if (typeof value === "string" && (words as readonly string[]).includes(value)) return value as T;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be one of ${words.map((word) => `"${word}"`).join(", ")}, got ${show(value)}.`,
    "Choose one of them.",
    { name, value },
  );
}

/** What arguments of lme4 and brms are called here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  nsim: "n",
  iter: "draws",
  cores: "runner",
  reform: "groups",
  reformula: "groups",
  allownewlevels: "groups",
  naaction: "missing",
};

/** Refuses options that nobody reads: a typing slip must not pass for a default. */
export function knownOptions(call: string, options: object, known: readonly string[]): void {
  const [what, remedy] = ["options as an object", "Pass { name: value }, or nothing."];
  checkKind(call, options, [], what, remedy);
  if (Array.isArray(options)) throw wrongKind(call, show(options), what, remedy);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const here = ELSEWHERE[name.toLowerCase().replace(/[._]/g, "")];
    const near = known.includes(here) ? here : didYouMean(name, known);
    throw new ArgumentError(
      "unknown-option",
      `${call} has no option "${name}".`,
      near === undefined ? `It knows ${listOf(known, 20) || "none"}.` : `Did you mean "${near}"?`,
      { name, known },
    );
  }
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(previous[j] + 1, current[j - 1] + 1, substitute);
    }
    previous = current;
  }
  return previous[b.length];
}
