/**
 * A posterior as text, laid out as brms prints `summary(fit)`, with the priors in the units of the response.
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
  withSpread,
  wordColumn,
} from "../data/format.ts";
import { counted } from "../errors.ts";
import { studentLines } from "../model/student.ts";
import { parameterVariables, shortName, symmetricName } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import type { SummaryRow } from "../posterior/summarize.ts";
import type { Posterior } from "./posterior.ts";
import type { BetaPrior, Fixed, SdPrior, TermPrior } from "./priors.ts";
import { DF_PRIOR_TEXT } from "./student.ts";

function drawsText({ chains, iterations, size }: Draws, warmup: number, thin: number): string {
  const kept = `with warmup ${warmup} and ${counted(iterations, "draw")} kept${thin > 1 ? `, one of every ${thin}` : ""}`;
  return chains === 1 ? `1 chain, ${kept}` : `${chains} chains, each ${kept}; ${size} draws in total`;
}

const STATUS = {
  running: "still running",
  cancelled: "cancelled",
  "max-time": "stopped at maxTime",
  "max-draws": "stopped at maxDraws",
};

/** The summary of a posterior. */
export function printPosterior(posterior: Posterior): string {
  const { model, draws, scheme, warmup, thin } = posterior;
  const rows = new Map(posterior.summary().map((row) => [row.variable, row]));
  const table = (entries: readonly (readonly [label: string, variable: string])[]): string =>
    estimatesTable(entries.map(([label, variable]) => ({ label, row: rows.get(variable)! })));
  const sections = [
    [
      `Bayesian linear mixed model by Gibbs sampling`,
      `Formula: ${model.formula}`,
      ...studentLines(model).map((line) => `  Model: ${line}`),
      `   Data: ${model.n} rows${model.n < model.inputRows ? ` of ${model.inputRows}` : ""}`,
      `  Draws: ${drawsText(draws, warmup, thin)}`,
      ` Scheme: ${scheme.name} (${scheme.reason}); seed ${posterior.seed}${posterior.status === "complete" ? "" : `; ${STATUS[posterior.status]}`}`,
    ].join("\n"),
    `Priors (${posterior.priors.name}, in units of ${model.response.name}):\n${priorLines(posterior).join("\n")}`,
  ];
  const groups = new Map(model.random.map(({ group, levels }) => [group, levels.length]));
  const levels: string[] = [];
  for (const [group, count] of groups) {
    const entries: [string, string][] = [];
    const terms = model.random.filter((term) => term.group === group);
    const ones = terms.map((term) =>
      term.structure === "cs" ? symmetricName(model, model.random.indexOf(term)) : undefined,
    );
    terms.forEach(({ columns }, t) => {
      for (const term of ones[t] === undefined ? columns.map(shortName) : [ones[t]])
        entries.push([`sd(${term})`, `sd_${group}__${term}`]);
    });
    terms.forEach(({ columns }, t) => {
      if (ones[t] !== undefined) entries.push([`cor(${ones[t]})`, `cor_${group}__${ones[t]}`]);
      for (let i = 1; i < columns.length && ones[t] === undefined; i++) {
        for (let j = 0; j < i; j++) {
          const pair = [shortName(columns[j]), shortName(columns[i])];
          entries.push([`cor(${pair.join(",")})`, `cor_${group}__${pair.join("__")}`]);
        }
      }
    });
    for (const { name, kind, group: own } of parameterVariables(model))
      if (kind === "df" && own === group) entries.push(["df", name]);
    levels.push(`~${group} (number of levels: ${count})\n${table(entries)}`);
  }
  sections.push(`Multilevel hyperparameters:\n${levels.join("\n")}`);
  sections.push(
    `Regression coefficients:\n${table(model.fixed.names.map((name) => [shortName(name), `b_${shortName(name)}`]))}`,
  );
  const ofResiduals = parameterVariables(model).filter(
    ({ kind, group }) => kind === "sigma" || (kind === "df" && group === undefined),
  );
  sections.push(`Further distributional parameters:\n${table(ofResiduals.map(({ name }) => [name, name]))}`);
  if (posterior.warnings.length > 0) {
    sections.push(
      `Notes:\n${posterior.warnings.map(({ code, message }) => `  ${code}: ${message}`).join("\n")}`,
    );
  }
  return sections.join("\n\n");
}

/** The summary of a posterior as an HTML table, under its formula. */
export function summaryHtml(posterior: Posterior): string {
  const rows = posterior.summary();
  const column = (header: string, pick: (row: (typeof rows)[number]) => number): PrintedColumn => ({
    header,
    cells: rows.map((row) => withSpread(pick(row), row.sd)),
  });
  return htmlTable(
    [
      wordColumn(
        "",
        rows.map(({ variable }) => variable),
      ),
      column("mean", (row) => row.mean),
      column("median", (row) => row.median),
      column("sd", (row) => row.sd),
      column("5%", (row) => row.q5),
      column("95%", (row) => row.q95),
      { header: "R-hat", cells: rows.map(({ rhat }) => (Number.isFinite(rhat) ? fixed(rhat, 3) : "–")) },
      {
        header: "bulk ESS",
        cells: rows.map(({ essBulk }) => (Number.isFinite(essBulk) ? fixed(essBulk, 0) : "–")),
      },
      {
        header: "tail ESS",
        cells: rows.map(({ essTail }) => (Number.isFinite(essTail) ? fixed(essTail, 0) : "–")),
      },
    ],
    posterior.model.formula,
  );
}

function estimatesTable(entries: readonly { readonly label: string; readonly row: SummaryRow }[]): string {
  const column = (pick: (row: SummaryRow) => number): number[] => entries.map(({ row }) => pick(row));
  // Two significant digits of the smallest posterior sd, and never fewer than two decimals.
  const smallest = Math.min(...column((row) => row.sd).filter((value) => value > 0));
  const decimals = Number.isFinite(smallest) ? Math.max(2, 1 - Math.floor(Math.log10(smallest))) : 2;
  return textTable([
    wordColumn(
      "",
      entries.map(({ label }) => label),
    ),
    { header: "Estimate", cells: column((row) => row.mean).map((value) => fixed(value, decimals)) },
    { header: "Est.Error", cells: column((row) => row.sd).map((value) => fixed(value, decimals)) },
    { header: "l-95% CI", cells: column((row) => row["q2.5"]).map((value) => fixed(value, decimals)) },
    { header: "u-95% CI", cells: column((row) => row["q97.5"]).map((value) => fixed(value, decimals)) },
    { header: "Rhat", cells: column((row) => row.rhat).map((value) => fixed(value, 3)) },
    { header: "Bulk_ESS", cells: column((row) => row.essBulk).map((value) => fixed(value, 0)) },
    { header: "Tail_ESS", cells: column((row) => row.essTail).map((value) => fixed(value, 0)) },
  ]);
}

/** One line per prior, coefficients with the same prior together. */
export function priorLines({ priors, model }: Pick<Posterior, "priors" | "model">): string[] {
  const lines: string[] = [];
  const byText = new Map<string, string[]>();
  for (const [name, prior] of priors.beta) {
    const text = priorText(prior);
    byText.set(text, [...(byText.get(text) ?? []), shortName(name)]);
  }
  for (const [text, names] of byText) {
    lines.push(`  ${byText.size === 1 ? "coefficients" : names.join(", ")} ~ ${text}`);
  }
  for (const { name, prior, structure } of priors.terms) {
    const symmetric = structure === "cs" && prior.type !== "fixed";
    lines.push(
      symmetric
        ? `  SD of ${name} ~ ${priorText(prior)}, its correlation flat`
        : `  covariance of ${name} ~ ${priorText(prior)}`,
    );
  }
  lines.push(`  sigma ~ ${priorText(priors.sigma)}`);
  for (const { name, kind } of parameterVariables(model))
    if (kind === "df") lines.push(`  ${name} ~ ${DF_PRIOR_TEXT}`);
  return lines;
}

/** A prior as its constructor is written, numbers to four digits. */
export function priorText(prior: BetaPrior | SdPrior | TermPrior | Fixed): string {
  const number = (value: number): string => significant(value, 4);
  const matrix = (value: readonly (readonly number[])[]): string =>
    `[${value.map((row) => `[${row.map(number).join(", ")}]`).join(", ")}]`;
  switch (prior.type) {
    case "flat":
      return "flat()";
    case "normal":
      return `normal(${number(prior.mean)}, ${number(prior.sd)})`;
    case "halfT":
      return prior.df === 1
        ? `halfCauchy(${number(prior.scale)})`
        : `halfT(${number(prior.df)}, ${number(prior.scale)})`;
    case "halfNormal":
      return `halfNormal(${number(prior.scale)})`;
    case "exponential":
      return `exponential(${number(prior.rate)})`;
    case "inverseGamma":
      return `inverseGamma(${number(prior.shape)}, ${number(prior.scale)})`;
    case "uniformSd":
      return "uniformSd()";
    case "fixed":
      return `fixed(${typeof prior.value === "number" ? number(prior.value) : matrix(prior.value)})`;
    case "inverseWishart":
      return `inverseWishart(${number(prior.df)}, ${matrix(prior.scale)})`;
    case "huangWand": {
      const scales = typeof prior.scale === "number" ? [prior.scale] : prior.scale;
      const text =
        scales.length === 1
          ? number(scales[0])
          : `[${formatNumbers(scales, { digits: 4 })
              .map((t) => t.trim())
              .join(", ")}]`;
      return `huangWand({ df: ${number(prior.df)}, scale: ${text} })`;
    }
    case "lkj": {
      const sds = Array.isArray(prior.sds) ? prior.sds : [prior.sds];
      return `lkj(${number(prior.eta)}, ${sds.length === 1 ? priorText(sds[0]) : `[${sds.map(priorText).join(", ")}]`})`;
    }
  }
}
