/**
 * The frame of the live figure on the page about priors; `site/playground/trap.ts` fills it.
 *
 * @module
 */

import { lmm, reml } from "blmm";
import { sleepstudy } from "blmm/datasets";

/** Where it goes: this comment in the Markdown, as it comes out of the renderer. */
export const TRAP_MARK = "<p>&lt;!-- trap --&gt;</p>";

/** The HTML of the figure, with REML's estimates to compare with. */
export function trapFigure(): string {
  const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
  const estimates = Object.fromEntries(fit.estimates().map(({ variable, estimate }) => [variable, estimate]));
  const [correlation, intercept, slope] = [
    estimates["cor_Subject__Intercept__Days"].toFixed(2),
    estimates["sd_Subject__Intercept"].toFixed(1),
    estimates["sd_Subject__Days"].toFixed(1),
  ];
  return `<section class="trap" id="trap" aria-labelledby="trap-heading" data-reml="${estimates["cor_Subject__Intercept__Days"]}">
<h3 id="trap-heading">The trap, live</h3>
<p>The same model is sampled in this page under IW(3, s · I), 4 chains of 1000 draws for each place of the slider. REML: correlation ${correlation}, SDs ${intercept} and ${slope}.</p>
<noscript><p>The figure needs JavaScript.</p></noscript>
<p><label for="trap-scale">Scale s</label><br>
<input type="range" id="trap-scale" min="-2" max="4" step="0.5" value="0" disabled></p>
<svg id="trap-plot" viewBox="0 0 420 230" role="img" aria-label="Posterior densities of the correlation"></svg>
<p id="trap-words" role="status" aria-live="polite"></p>
</section>`;
}
