/**
 * A report on a model as one HTML page that needs nothing from outside: both estimators, their comparison, diagnostics
 * in words, and plots.
 *
 * @module
 */

import type { PlotOptions } from "@observablehq/plot";
import { compare, comparisonHtml } from "../compare.ts";
import { escapeHtml, fixed } from "../data/format.ts";
import { harmless, type Warning } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { ppCheck } from "../gibbs/ppCheck.ts";
import { summaryHtml } from "../gibbs/print.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { numericColumn } from "../plot/byRow.ts";
import { caterpillar } from "../plot/caterpillar.ts";
import { compareIntervals } from "../plot/compareIntervals.ts";
import { densityOverlay } from "../plot/densityOverlay.ts";
import { facets } from "../plot/facets.ts";
import { ppcDensityOverlay } from "../plot/ppcDensityOverlay.ts";
import { qq } from "../plot/qq.ts";
import { rankOverlay } from "../plot/rankOverlay.ts";
import { residualFitted } from "../plot/residualFitted.ts";
import { trace } from "../plot/trace.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { toSVG } from "./svg.ts";

/** Parameters beyond which the plots by parameter show the first ones. */
const MOST_PARAMETERS = 12;
/** Levels up to which every one gets a panel. */
const MOST_PANELS = 60;
/** Rows up to which residuals and replicated responses are drawn. */
const MOST_ROWS = 20_000;

/**
 * The report as a string of HTML: no script, no outside request, every name from the data escaped.
 *
 * @param posterior - from `gibbs`
 * @param fit - from `reml` or `ml`, of the same formula and data
 * @throws as `compare()`
 * @example
 * document.querySelector("iframe").srcdoc = reportHtml(posterior, fit);
 */
export function reportHtml(posterior: Posterior, fit: LmmFit): string {
  const { model } = posterior;
  const comparison = compare(posterior, fit);
  const sections = [
    section("In short", [list(verdicts(posterior, fit))]),
    section("Posterior and estimate side by side", [
      comparisonHtml(comparison),
      figure(
        "Estimates with 95% Wald intervals over posterior means with central 95% intervals.",
        compareIntervals(comparison),
      ),
    ]),
    section("Posterior", [summaryHtml(posterior), details("As printed", String(posterior))]),
    section(`${fit.method} fit`, [details("As printed", String(fit), true)]),
    section("Have the chains mixed?", [list(mixing(posterior)), ...chainFigures(posterior)]),
    section("Does the model fit?", fitFigures(posterior, fit)),
    section("Groups", groupFigures(posterior, fit)),
  ];
  return harmless(page(`${model.formula}: posterior and ${fit.method}`, model, sections));
}

function verdicts(posterior: Posterior, fit: LmmFit): string[] {
  const { model } = posterior;
  const left = model.inputRows - model.n;
  const groups = new Map(model.random.map(({ group, levels }) => [group, levels.length]));
  return [
    `${model.n} rows${left > 0 ? ` of ${model.inputRows}; ${left} were left out` : ""}; ${[...groups]
      .map(([group, count]) => `${count} levels of ${group}`)
      .join(", ")}.`,
    `${posterior.draws.size} draws by the ${posterior.scheme.name} scheme (${posterior.scheme.reason}), seed ${posterior.seed}${posterior.status === "complete" ? "" : `; the run is ${posterior.status}`}.`,
    ...notes(posterior.warnings, fit.warnings),
  ];
}

/** Warnings of both, each once. */
function notes(...lists: readonly (readonly Warning[])[]): string[] {
  return [...new Set(lists.flat().map(({ message }) => message))];
}

function mixing(posterior: Posterior): string[] {
  const rows = posterior.summary().filter(({ rhat }) => Number.isFinite(rhat));
  if (rows.length === 0) {
    const all = posterior.summary().every(({ sd }) => sd === 0);
    return [all ? "Every parameter is fixed." : "There are too few draws to tell; draw more with extend()."];
  }
  const of = posterior.draws.chains === 1 ? "the halves of the only chain" : "the chains";
  const worst = rows.reduce((a, b) => (b.rhat > a.rhat ? b : a));
  const fewest = rows.reduce((a, b) => (b.essBulk < a.essBulk ? b : a));
  const thinnest = rows.reduce((a, b) => (b.essTail < a.essTail ? b : a));
  return [
    `R-hat is ${fixed(worst.rhat, 3)} at most (${worst.variable}): ${worst.rhat <= 1.01 ? `${of} agree` : `${of} do not agree yet; draw more with extend()`}.`,
    `At least ${Math.round(fewest.essBulk)} effective draws for the middle (${fewest.variable}) and ${Math.round(thinnest.essTail)} for the tails (${thinnest.variable}): ${Math.min(fewest.essBulk, thinnest.essTail) >= 400 ? "enough for means and intervals" : "few; draw more with extend()"}.`,
  ];
}

function chainFigures(posterior: Posterior): string[] {
  // What a prior fixes has no chains to look at.
  const parameters = posterior.summary().flatMap(({ variable, sd }) => (sd === 0 ? [] : [variable]));
  if (parameters.length === 0) return [];
  const variables = parameters.slice(0, MOST_PARAMETERS);
  const rest = parameters.length - variables.length;
  const some = rest > 0 ? ` The first ${variables.length}; ${rest} more are not drawn.` : "";
  return [
    figure(`Draws of each chain, in the order they were made.${some}`, trace(posterior, { variables })),
    figure(
      "Ranks of each chain's draws among all: flat where the chains agree.",
      rankOverlay(posterior, { variables }),
    ),
    figure("Densities of the chains.", densityOverlay(posterior, { variables })),
  ];
}

function fitFigures(posterior: Posterior, fit: LmmFit): string[] {
  const { model, seed } = posterior;
  if (!model.hasRows) return ["<p>The model does not hold its rows: residuals are not drawn.</p>"];
  if (model.n > MOST_ROWS) return [`<p>${model.n} rows: residuals are not drawn.</p>`];
  return [
    figure("Residuals against fitted values.", residualFitted(fit)),
    figure(
      "Residuals and random effects against normal quantiles, with what the model itself would give.",
      qq(fit.qq({ seed })),
    ),
    figure(
      "The response among responses that the posterior would make.",
      ppcDensityOverlay(ppCheck(posterior)),
    ),
  ];
}

function groupFigures(posterior: Posterior, fit: LmmFit): string[] {
  const { model } = posterior;
  const figures: string[] = [];
  const [{ group, levels }] = model.random;
  const few = levels.length <= MOST_PANELS && model.n <= MOST_ROWS;
  if (few && model.hasRows && numericColumn(model) !== undefined) {
    figures.push(
      figure(
        `Observations of each level of ${group}, its line, and that of the population (dashed).`,
        facets(fit),
      ),
    );
  }
  for (const name of new Set(model.random.map((term) => term.group))) {
    const all = model.random.filter((term) => term.group === name);
    if (all[0].levels.length > 500 || posterior.draws.info.every(({ kind }) => kind !== "group")) continue;
    figures.push(
      figure(
        `Effects of the levels of ${name} with their 95% intervals.`,
        caterpillar(posterior, { group: name }),
      ),
    );
  }
  return figures.length > 0 ? figures : ["<p>Too many levels to draw one by one.</p>"];
}

function section(title: string, parts: readonly string[]): string {
  return `<section><h2>${escapeHtml(title)}</h2>${parts.join("\n")}</section>`;
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
}

function details(title: string, text: string, open = false): string {
  return `<details${open ? " open" : ""}><summary>${escapeHtml(title)}</summary><pre>${escapeHtml(text)}</pre></details>`;
}

function figure(caption: string, options: PlotOptions): string {
  const svg = toSVG(options, { background: "none", color: "currentColor" }).replace(
    /^<svg/,
    `<svg role="img" aria-label="${escapeHtml(caption)}"`,
  );
  return `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

const STYLE = `
:root { color-scheme: light dark; --edge: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid var(--edge); }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: .15rem .6rem; border-bottom: 1px solid var(--edge); white-space: nowrap; }
figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; } figcaption { opacity: .8; font-size: .9rem; }
@media print { details:not([open]) { display: none; } }`;

function page(title: string, model: LinearMixedModel, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1><code>${escapeHtml(model.formula)}</code></h1>
${sections.join("\n")}
</body>
</html>
`;
}
