/**
 * The page of the playground without its behaviour, which is in `site/playground/`.
 *
 * @module
 */

import type { Content } from "./layout.ts";
import { EXAMPLES } from "./playground/examples.ts";

const TARGETS = ["TypeScript", "lme4", "brms", "nlme", "MCMCglmm", "statsmodels", "MixedModels.jl"];

function option(value: string, text = value): string {
  return `<option value="${value}">${text}</option>`;
}

/** The content of `playground.html`. */
export const playgroundPage: Content = {
  title: "Playground",
  scripts: ["playground.js"],
  html: `<h1 id="playground">Playground</h1>
<p>Type a formula. REML answers each keystroke, and the posterior follows behind it. Everything is computed in this page: your data stay where they are.</p>
<noscript><p>The playground needs JavaScript.</p></noscript>
<section aria-labelledby="data-heading">
<h2 id="data-heading">Data</h2>
<div class="fields">
<label>Data set <select id="dataset">${Object.keys(EXAMPLES)
    .map((name) => option(name))
    .join("")}<option value="" hidden>your file</option></select></label>
<label>or a CSV file, chosen or dropped on the page <input type="file" id="file" accept=".csv,text/csv"></label>
</div>
<p id="rows"></p>
<ul id="columns" class="names" aria-label="Columns; each can be put into the formula"></ul>
</section>
<section aria-labelledby="formula-heading">
<h2 id="formula-heading">Formula</h2>
<label for="formula">response ~ fixed part + (random part | group)</label>
<input type="text" id="formula" class="formula" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="status">
<pre id="status" class="status" role="status" aria-live="polite"></pre>
</section>
<section aria-labelledby="reml-heading">
<h2 id="reml-heading">REML</h2>
<p id="latency" class="note"></p>
<pre id="fit" class="output fit" tabindex="0" role="group" aria-label="REML fit"></pre>
</section>
<section aria-labelledby="posterior-heading">
<h2 id="posterior-heading">Posterior</h2>
<div class="fields">
<label>Draws per chain <select id="draws">${option("auto", "until good enough")}${option("1000")}${option("10000", "10 000")}${option("100000", "100 000")}</select></label>
<button type="button" id="cancel" disabled>Cancel</button>
<button type="button" id="again" disabled>Sample again</button>
<button type="button" id="download" disabled>Download the draws (CSV)</button>
</div>
<p id="progress" class="note"></p>
<p id="announcement" class="hidden" role="status" aria-live="polite"></p>
<div class="scroll" tabindex="0" role="group" aria-label="Parameters">
<table>
<thead><tr><th scope="col">Parameter</th><th scope="col">Mean</th><th scope="col">SD</th><th scope="col">2.5%</th><th scope="col">97.5%</th><th scope="col">R-hat</th><th scope="col">Bulk ESS</th><th scope="col">Tail ESS</th></tr></thead>
<tbody id="parameters" class="numbers"></tbody>
</table>
</div>
<div id="traces" class="traces"></div>
<details><summary>Summary with priors and scheme</summary>
<pre id="summary" class="output" tabindex="0" role="group" aria-label="Summary of the posterior"></pre>
</details>
</section>
<section aria-labelledby="comparison-heading">
<h2 id="comparison-heading">Side by side</h2>
<pre id="comparison" class="output" tabindex="0" role="group" aria-label="Posterior beside REML"></pre>
</section>
<section aria-labelledby="code-heading">
<h2 id="code-heading">The same as a program</h2>
<div class="fields">
<label>For <select id="target">${TARGETS.map((name) => option(name)).join("")}</select></label>
<button type="button" id="copy">Copy</button>
</div>
<pre id="code" class="code" tabindex="0" role="group" aria-label="Code"></pre>
</section>`,
};
