/**
 * Linear models as text, laid out as R prints `summary(m)` and `anova(m)`.
 *
 * @module
 */

import {
  formatNumbers,
  type PrintedColumn,
  significant,
  stars,
  textTable,
  wordColumn,
} from "../data/format.ts";
import { sampleQuantile } from "../stats/descriptive.ts";
import type { LmAnova } from "./lmAnova.ts";
import type { LmFit } from "./lmFit.ts";

const DIGITS = 4;
const LEGEND = "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1";

/** The summary of a linear model. R: `print(summary(m))`. */
export function printLm(fit: LmFit, weighted: boolean): string {
  const sections = [
    `Call:\nlm(formula = ${fit.formula})`,
    `${weighted ? "Weighted Residuals" : "Residuals"}:\n${residualQuantiles(fit)}`,
    `Coefficients:\n${coefficients(fit)}`,
    `Residual standard error: ${significant(fit.sigma, DIGITS)} on ${fit.dfResidual} degrees of freedom`,
  ];
  if (fit.fStatistic !== null) {
    const { value, df1, df2, p } = fit.fStatistic;
    sections[3] +=
      `\nMultiple R-squared:  ${significant(fit.rSquared, DIGITS)},\tAdjusted R-squared:  ${significant(fit.adjRSquared, DIGITS)}` +
      `\nF-statistic: ${significant(value, DIGITS)} on ${df1} and ${df2} DF,  p-value: ${formatPValues([p], DIGITS)[0]}`;
  }
  if (fit.warnings.length > 0) {
    sections.push(`Notes:\n${fit.warnings.map(({ code, message }) => `  ${code}: ${message}`).join("\n")}`);
  }
  return sections.join("\n\n");
}

function residualQuantiles(fit: LmFit): string {
  const residuals = fit.residuals({ type: "pearson" }).filter((value) => !Number.isNaN(value));
  const headers = ["Min", "1Q", "Median", "3Q", "Max"];
  const values = zapSmall(
    headers.map((_, i) => sampleQuantile(residuals, i / 4)),
    DIGITS + 1,
  );
  const cells = formatNumbers(values, { digits: DIGITS });
  const width = Math.max(...headers.map(({ length }) => length), ...cells.map(({ length }) => length));
  const line = (texts: readonly string[]): string => texts.map((text) => text.padStart(width)).join(" ");
  return `${line(headers)}\n${line(cells)}`;
}

/** Rounds to `digits` significant digits of the largest value. R: `zapsmall`. */
function zapSmall(values: readonly number[], digits: number): number[] {
  const largest = Math.max(...values.map(Math.abs));
  const decimals = largest > 0 ? Math.max(0, Math.round(digits - Math.log10(largest))) : digits;
  return values.map((value) => Number(value.toFixed(Math.min(100, decimals))));
}

function coefficients(fit: LmFit): string {
  const rows = fit.coefTable();
  const pair = [...rows.map(({ estimate }) => estimate), ...rows.map(({ se }) => se)];
  const sizes = pair.map(Math.abs).filter((value) => Number.isFinite(value) && value > 0);
  const smallest = sizes.length === 0 ? 0 : 1 + Math.floor(Math.log10(Math.min(...sizes)));
  const decimals = Math.min(100, Math.max(1, DIGITS - smallest));
  const both = formatNumbers(
    pair.map((value) => Number(value.toFixed(decimals))),
    { digits: DIGITS },
  );
  const columns: PrintedColumn[] = [
    wordColumn(
      "",
      rows.map(({ term }) => term),
    ),
    { header: "Estimate", cells: both.slice(0, rows.length) },
    { header: "Std. Error", cells: both.slice(rows.length) },
    {
      header: "t value",
      cells: formatNumbers(
        rows.map(({ t }) => Number(t.toFixed(3))),
        { digits: DIGITS },
      ),
    },
  ];
  return withStars(
    columns,
    "Pr(>|t|)",
    rows.map(({ p }) => p),
    3,
  );
}

/** The table of a sequential analysis of variance. R: `print(anova(m))`. */
export function printLmAnova({ response, rows }: LmAnova): string {
  const numbers = (values: readonly number[]): string[] => formatNumbers(zapSmall(values, 5), { digits: 5 });
  const tests = rows.filter(({ f }) => f !== null);
  const f = formatNumbers(
    tests.map((row) => Number((row.f as number).toFixed(4))),
    { digits: 5 },
  );
  const columns: PrintedColumn[] = [
    wordColumn(
      "",
      rows.map(({ term }) => term),
    ),
    { header: "Df", cells: rows.map(({ df }) => String(df)) },
    { header: "Sum Sq", cells: numbers(rows.map(({ sumSq }) => sumSq)) },
    { header: "Mean Sq", cells: numbers(rows.map(({ meanSq }) => meanSq)) },
    { header: "F value", cells: [...f, ""] },
  ];
  const ps = tests.map(({ p }) => p as number);
  return `Analysis of Variance Table\n\nResponse: ${response}\n${withStars(columns, "Pr(>F)", ps, 4)}`;
}

/** A table with its p-values, stars, and their legend where there are any. */
function withStars(
  columns: readonly PrintedColumn[],
  header: string,
  ps: readonly number[],
  digits: number,
): string {
  const rows = columns[0].cells.length;
  const fill = (texts: readonly string[]): string[] => Array.from({ length: rows }, (_, i) => texts[i] ?? "");
  const marks = fill(ps.map(stars));
  const any = marks.some((mark) => mark !== "");
  const table = textTable([
    ...columns,
    { header, cells: fill(formatPValues(ps, digits)) },
    ...(any ? [wordColumn("", marks)] : []),
  ]);
  return any ? `${table}\n---\n${LEGEND}` : table;
}

/**
 * Formats p-values together, those above 0.001 with common decimals, the others in scientific notation; below 2.2e-16
 * they are `< 2e-16`. R: `format.pval(p, digits, eps = .Machine$double.eps)`.
 */
export function formatPValues(ps: readonly number[], digits: number): string[] {
  const out = ps.map(() => "NaN");
  const format = (test: (p: number) => boolean): void => {
    const at = ps.flatMap((p, i) => (!Number.isNaN(p) && p >= Number.EPSILON && test(p) ? [i] : []));
    const texts = formatNumbers(
      at.map((i) => ps[i]),
      { digits },
    );
    at.forEach((i, j) => {
      out[i] = texts[j];
    });
  };
  format((p) => p >= 1e-3);
  format((p) => p < 1e-3);
  const widest = Math.max(0, ...out.filter((text) => text !== "NaN").map(({ length }) => length));
  ps.forEach((p, i) => {
    if (p < Number.EPSILON) out[i] = widest > 6 || digits > 3 ? "< 2e-16" : "<2e-16";
  });
  return out;
}
