/** SQL: whatever columns and tables are called, a query has the tokens of one with plain names. */

import fc from "fast-check";
import { quoteName } from "../../src/formula/parser.ts";
import { type SqlEngine, sqlPlan } from "../../src/sql/index.ts";
import { dialectOf } from "../../src/sql/source.ts";
import { name, number } from "./hostile.ts";
import { outcome, type Trial, trial } from "./trial.ts";

/** How an engine reads a quoted name and a text: the mark, and whether a mark inside is doubled or escaped. */
interface Lexis {
  readonly mark: '"' | "`";
  readonly escapedNames: boolean;
  readonly escapedTexts: boolean;
  readonly doubledTexts: boolean;
  /** Texts written E'…' escape; what a backslash is in others depends on a setting. */
  readonly escapeStrings?: boolean;
}

/** From the manuals of the engines; not from the library. */
const LEXES: Readonly<Record<SqlEngine, Lexis>> = {
  duckdb: { mark: '"', escapedNames: false, escapedTexts: false, doubledTexts: true },
  postgres: {
    mark: '"',
    escapedNames: false,
    escapedTexts: false,
    doubledTexts: true,
    escapeStrings: true,
  },
  trino: { mark: '"', escapedNames: false, escapedTexts: false, doubledTexts: true },
  snowflake: { mark: '"', escapedNames: false, escapedTexts: true, doubledTexts: true },
  bigquery: { mark: "`", escapedNames: true, escapedTexts: true, doubledTexts: false },
  spark: { mark: "`", escapedNames: false, escapedTexts: true, doubledTexts: false },
};

interface Token {
  readonly kind: "name" | "text" | "comment" | "other";
  readonly value: string;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

function tokens(
  sql: string,
  { mark, escapedNames, escapedTexts, doubledTexts, escapeStrings = false }: Lexis,
): Token[] {
  const found: Token[] = [];
  let at = 0;
  const quoted = (kind: "name" | "text", end: string, escaped: boolean, doubled: boolean): void => {
    let value = "";
    for (at++; at < sql.length; at++) {
      if (escaped && sql[at] === "\\") {
        at++;
        value += ESCAPES.get(sql[at]) ?? sql[at];
      } else if (sql[at] !== end) value += sql[at];
      else if (doubled && sql[at + 1] === end) {
        value += end;
        at++;
      } else {
        at++;
        if (escapeStrings && kind === "text" && !escaped && value.includes("\\"))
          throw new Error(`A text of two readings: ${value}`);
        found.push({ kind, value });
        return;
      }
    }
    throw new Error(`A ${kind} is never closed: ${sql}`);
  };
  while (at < sql.length) {
    const two = sql.slice(at, at + 2);
    if (sql[at] === mark) quoted("name", mark, escapedNames, !escapedNames);
    else if (sql[at] === "'") quoted("text", "'", escapedTexts, doubledTexts);
    else if (escapeStrings && two === "E'") {
      at++;
      quoted("text", "'", true, true);
    } else if (two === "--" || two === "/*") {
      const end = sql.indexOf(two === "--" ? "\n" : "*/", at);
      found.push({ kind: "comment", value: two });
      at = end < 0 ? sql.length : end;
    } else {
      const [value] = /^(?:\w+|\s+|.)/su.exec(sql.slice(at, at + 200)) as RegExpExecArray;
      found.push({ kind: "other", value });
      at += value.length;
    }
  }
  return found;
}

const PLAIN = ["y", "x", "f", "g", "w", "trials"] as const;

function script([y, x, f, g, w, table]: readonly string[], engine: SqlEngine): string {
  const columns = Object.fromEntries(
    [y, x, w].map((own): [string, string] => [own, "DOUBLE"]).concat([f, g].map((own) => [own, "VARCHAR"])),
  );
  const [response, covariate, factor, group] = [y, x, f, g].map(quoteName);
  const formula = `${response} ~ ${covariate} * ${factor} + (${covariate} | ${group})`;
  return String(sqlPlan(formula, { table, columns }, engine, { weights: w }));
}

function skeleton(sql: string, engine: SqlEngine, names: readonly string[]): string {
  return tokens(sql, LEXES[engine])
    .map(({ kind, value }) =>
      kind === "name" ? `<${names.indexOf(value)}>` : kind === "comment" ? "--" : value,
    )
    .join("\u0001");
}

const engines = fc.constantFrom(...(Object.keys(LEXES) as SqlEngine[]));
// A point parts schema and table; what begins with SELECT is a query.
const names = fc
  .uniqueArray(name, { minLength: 6, maxLength: 6 })
  .filter((list) => !list[5].includes(".") && !/^\s*(select|with|from|values)\s/i.test(list[5]));

export const queries: readonly Trial[] = [
  trial(
    "names in a plan are names in every dialect",
    [150, 15_000],
    fc.tuple(names, engines),
    ([list, engine]) => {
      const sql = outcome(() => script(list, engine));
      if (sql === undefined) return;
      const [found, wanted] = [skeleton(sql, engine, list), skeleton(script(PLAIN, engine), engine, PLAIN)];
      if (found !== wanted) throw new Error(`${sql}\nhas other tokens than the plan of plain names`);
    },
  ),
  trial(
    "texts and numbers are one literal in every dialect",
    [1000, 100_000],
    fc.tuple(name, number, engines),
    ([text, value, engine]) => {
      const { literal, number: written } = dialectOf(engine);
      const [only, ...rest] = tokens(literal(text), LEXES[engine]);
      if (rest.length > 0 || only?.kind !== "text" || only.value !== text) throw new Error(literal(text));
      if (!Number.isFinite(value)) return;
      const [digits] = /-?\d[\d.]*e[+-]\d+/.exec(written(value)) ?? [];
      if (!Object.is(Number(digits) + 0, value + 0)) throw new Error(`${written(value)} for ${value}`);
    },
  ),
];
