/**
 * The marginal notation: Y ~ N(Xβ, V), with the variance of a row and the covariance of two rows spelled out.
 *
 * @module
 */

import { letters } from "./matrixForm.ts";
import { codingSentences, varianceSentences } from "./remarks.ts";
import { type Block, type Equation, equation } from "./statement.ts";
import { dictionary, fixedTerms, type GroupSymbols, type Symbols, type TermSymbols } from "./symbols.ts";

/** Y ~ N(Xβ, V), V = ZGZ′ + R. */
export function marginalForm(symbols: Symbols): Block[] {
  const { model, pen, groups, residualVariance } = symbols;
  const { beta, y, offset } = letters(symbols);
  const X = pen.format === "latex" ? `X ${beta}` : `X${beta}`;
  const mean = [...offset, X].join(" + ");
  const other = pen.sub(pen.name(model.response.name), "h");
  const own = pen.sub(pen.name(model.response.name), "i");
  const shared = groups.map((group) => ({ group, terms: covarianceTerms(symbols, group, ["i"], ["h"]) }));
  const covariances: Equation[] =
    groups.length === 1
      ? [
          {
            left: pen.law("Cov", own, other),
            relation: "=",
            terms: shared[0].terms,
            note: `rows i and h of one ${pen.word(groups[0].name)}`,
          },
          equation(pen.law("Cov", own, other), "=", "0", "rows of different levels"),
        ]
      : shared.map(({ group, terms }) => ({
          left: pen.sub(pen.symbol("Omega"), pen.name(group.name)),
          relation: "=",
          terms,
        }));
  return [
    `Averaged over the random effects, ${pen.word(model.response.name)} is normal with the mean of the fixed part alone:`,
    [
      equation(y, "~", pen.normal(mean, "V")),
      equation(
        "V",
        "=",
        `${pen.format === "latex" ? "ZGZ^{\\top}" : "ZGZ′"} + R`,
        `${model.n} by ${model.n}`,
      ),
      { left: pen.law("E", own), relation: "=", terms: fixedTerms(symbols, ["i"]) },
      {
        left: pen.law("Var", own),
        relation: "=",
        terms: [
          ...groups.flatMap((group) => covarianceTerms(symbols, group, ["i"], ["i"])),
          residualVariance(["i"]),
        ],
      },
      ...(groups.length === 1 ? covariances : []),
    ],
    ...(groups.length === 1
      ? []
      : [
          `Two rows i and h that share a level have the covariance of that group, and the sum of these when they share several; otherwise 0. ${nesting(symbols)}`.trim(),
          covariances,
        ]),
    ...correlation(symbols),
    ...codingSentences(symbols),
    ...varianceSentences(symbols),
    dictionary(symbols, symbols.beta),
  ];
}

/** z_i′Σz_h of a group, written out for at most two columns. */
function covarianceTerms(
  { pen, terms, value }: Symbols,
  group: GroupSymbols,
  left: readonly string[],
  right: readonly string[],
): string[] {
  const same = left.join() === right.join();
  return terms
    .filter((term) => term.group === group)
    .flatMap((term) => {
      const { columns, entries, covariance } = term;
      if (columns.length > 2) {
        const z = (indices: readonly string[]): string => pen.sub("z", ...indices);
        return [
          pen.format === "latex"
            ? `${z(left)}^{\\top} ${covariance} ${z(right)}`
            : `${z(left)}′${covariance}${z(right)}`,
        ];
      }
      const summands: string[] = [];
      columns.forEach((a, c) => {
        columns.forEach((b, d) => {
          if (d < c) return;
          const [l, r] = [value(a, left), value(b, right)];
          const factors = (one: string, two: string): string[] => [one, two].filter((text) => text !== "");
          if (c === d) {
            const x = same && l !== "" ? [pen.squared(l)] : factors(l, r);
            summands.push(pen.times(entries[c][d], ...x));
          } else if (same) {
            summands.push(pen.times("2", entries[c][d], ...factors(l, r)));
          } else {
            const crossed = [factors(value(b, left), value(a, right)), factors(l, r)].map((x) =>
              pen.times(...x),
            );
            summands.push(pen.times(entries[c][d], `(${crossed.join(" + ")})`));
          }
        });
      });
      return summands;
    });
}

/** Which groups lie within others: rows that share a level of the one share a level of the other. */
function nesting({ pen, groups }: Symbols): string {
  const found = groups.flatMap((inner) =>
    groups
      .filter((outer) => outer !== inner && isNested(inner, outer))
      .map((outer) => `Rows of one ${pen.word(inner.name)} share their ${pen.word(outer.name)} too.`),
  );
  return found.join(" ");
}

/** Whether each level of one group occurs within a single level of another. */
export function isNested(
  inner: Pick<GroupSymbols, "codes" | "levels">,
  outer: Pick<GroupSymbols, "codes">,
): boolean {
  const of = new Int32Array(inner.levels.length).fill(-1);
  return inner.codes.every((code, i) => {
    if (of[code] < 0) of[code] = outer.codes[i];
    return of[code] === outer.codes[i];
  });
}

/** What z stands for, and the intraclass correlation where it is one number. */
function correlation({ model, pen, terms }: Symbols): string[] {
  const long = terms.filter(({ columns }) => columns.length > 2);
  const sentences = long.map(
    ({ columns, covariance, group }) =>
      `${pen.inline(pen.sub("z", "i"))} holds the columns ${columns.map(({ name }) => pen.word(name)).join(", ")} of row i, ${pen.inline(covariance)} is the covariance matrix of their effects by ${pen.word(group.name)}.`,
  );
  const [only] = terms;
  const isOne =
    terms.length === 1 && isIntercept(only) && model.strata === null && model.recipe.weights === null;
  if (!isOne) return sentences;
  const total = `(${only.covariance} + ${pen.squared(pen.symbol("sigma"))})`;
  return [
    ...sentences,
    `Two rows of one level correlate with ${pen.inline(pen.divided(only.covariance, total))}, the intraclass correlation.`,
  ];
}

const isIntercept = ({ columns }: TermSymbols): boolean =>
  columns.length === 1 && columns[0].pieces.length === 0;
