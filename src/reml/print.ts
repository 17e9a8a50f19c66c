/**
 * A fit as text, laid out as lme4 prints `summary(m)`.
 *
 * @module
 */

import {
  fixed,
  formatNumbers,
  htmlTable,
  type PrintedColumn,
  significant,
  textTable,
  wordColumn,
} from "../data/format.ts";
import type { LmmFit } from "./lmmFit.ts";

/** The summary of a fit. */
export function printFit(fit: LmmFit): string {
  const { model, method } = fit;
  const kind = method === "REML" ? "REML" : "maximum likelihood";
  const head = [`Linear mixed model fit by ${kind}`, `Formula: ${model.formula}`];
  if (fit.sigmaKnown) head.push(`Residual standard deviation held at ${significant(fit.sigma, 4)}`);
  head.push(
    method === "REML"
      ? `REML criterion at convergence: ${fixed(fit.criterion, 1)}`
      : textTable(
          [
            ["AIC", fit.aic],
            ["BIC", fit.bic],
            ["logLik", fit.logLik],
            ["-2*log(L)", fit.criterion],
            ["df.resid", fit.dfResidual],
          ].map(([header, value], i) => ({
            header: String(header),
            cells: [fixed(Number(value), i === 4 ? 0 : 1)],
          })),
          { gap: "  " },
        ),
  );
  const groups = [...new Map(model.random.map(({ group, levels }) => [group, levels.length]))];
  const quantiles = fit.residualQuantiles();
  const sections = [
    head.join("\n"),
    ...(quantiles === null ? [] : [`Scaled residuals:\n${residualsTable(quantiles)}`]),
    `Random effects:\n${textTable(variancesColumns(fit), { indent: " " })}\nNumber of obs: ${fit.nobs}, groups: ${groups.map(([name, count]) => `${name} ${count}`).join("; ")}`,
    `Fixed effects:\n${textTable(fixedEffectsColumns(fit))}`,
  ];
  if (model.fixed.names.length > 1 && model.fixed.names.length <= 12) {
    sections.push(`Correlation of fixed effects:\n${fixedCorrelations(fit)}`);
  }
  if (fit.warnings.length > 0) {
    sections.push(`Notes:\n${fit.warnings.map(({ code, message }) => `  ${code}: ${message}`).join("\n")}`);
  }
  return sections.join("\n\n");
}

function residualsTable(quantiles: readonly number[]): string {
  return textTable(
    ["Min", "1Q", "Median", "3Q", "Max"].map((header, i) => ({ header, cells: [fixed(quantiles[i], 4)] })),
    { indent: " ", gap: " " },
  );
}

function variancesColumns(fit: LmmFit): PrintedColumn[] {
  const rows = fit.varCorr();
  const variances = rows.filter(({ term2 }) => term2 === null);
  const correlation = (group: number, term: string, other: string): number | undefined =>
    rows.find((row) => row.term2 === term && row.term1 === other && row.group === variances[group].group)
      ?.sdCorrelation;
  // Under compound symmetry one correlation says it all.
  const most = Math.max(
    ...fit.model.random.map(({ columns, structure }) => (structure === "cs" ? 2 : columns.length)),
  );
  const names: string[] = [];
  const correlations: string[][] = Array.from({ length: most - 1 }, () => []);
  let row = 0;
  for (const { group, columns, structure } of fit.model.random) {
    columns.forEach((term, i) => {
      names.push(i === 0 ? (structure === "cs" ? `${group} (cs)` : group) : "");
      correlations.forEach((column, j) => {
        const value =
          j < i && (structure === "us" || j === 0) ? correlation(row, term, columns[j]) : undefined;
        column.push(value === undefined ? "" : fixed(value, 2));
      });
      row++;
    });
  }
  const residuals = fit.model.strata?.levels.length ?? 1;
  for (let c = 0; c < residuals; c++) {
    names.push(c === 0 ? "Residual" : "");
    for (const column of correlations) column.push("");
  }
  return [
    wordColumn("Groups", names),
    wordColumn(
      "Name",
      variances.map(({ term1 }) => term1 ?? ""),
    ),
    {
      header: "Variance",
      cells: formatNumbers(
        variances.map(({ covariance }) => covariance),
        { digits: 4 },
      ),
    },
    {
      header: "Std.Dev.",
      cells: formatNumbers(
        variances.map(({ sdCorrelation }) => sdCorrelation),
        { digits: 4 },
      ),
    },
    ...correlations.map((cells, j) => ({ header: j === 0 ? "Corr" : "", cells })),
  ];
}

/** Coefficients and variances of a fit as two HTML tables, under its formula. */
export function fitHtml(fit: LmmFit): string {
  const title = `${fit.method}: ${fit.model.formula}`;
  return htmlTable(fixedEffectsColumns(fit), title) + htmlTable(variancesColumns(fit));
}

function fixedEffectsColumns(fit: LmmFit): PrintedColumn[] {
  const rows = fit.coefTable({ df: "z" });
  const both = formatNumbers([...rows.map(({ estimate }) => estimate), ...rows.map(({ se }) => se)], {
    digits: 4,
  });
  return [
    wordColumn(
      "",
      rows.map(({ term }) => term),
    ),
    { header: "Estimate", cells: both.slice(0, rows.length) },
    { header: "Std. Error", cells: both.slice(rows.length) },
    { header: "t value", cells: rows.map(({ t }) => fixed(t, 3)) },
  ];
}

function fixedCorrelations(fit: LmmFit): string {
  const V = fit.vcov();
  const { names } = fit.model.fixed;
  const rho = (i: number, j: number): string => fixed(V[i][j] / Math.sqrt(V[i][i] * V[j][j]), 3);
  return textTable([
    wordColumn("", names.slice(1)),
    ...names.slice(0, -1).map((name, j) => ({
      header: name === "(Intercept)" ? "(Intr)" : name.slice(0, 12),
      cells: names.slice(1).map((_, i) => (j <= i ? rho(i + 1, j) : "")),
    })),
  ]);
}
