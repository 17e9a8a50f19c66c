/**
 * Reaction times after sleep deprivation, both ways: REML and Gibbs sampling, held against each other.
 *
 * Run by `npm start`. Writes draws, comparison and plots to `out/`.
 */

import { compare, gibbs, inverseWishart, lmm, reml } from "blmm";
import { sleepstudy } from "blmm/datasets";
import { writeDrawsCsv, writeJson, writeReport, writeSVG } from "blmm/node";
import { compareIntervals, densityOverlay, trace } from "blmm/plot";

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

heading("REML");
const fit = reml(model);
console.log(String(fit));

heading("Posterior by Gibbs sampling");
const posterior = await gibbs(model, { seed: 1 });
console.log(String(posterior));

heading("Side by side");
const comparison = compare(posterior, fit);
console.log(String(comparison));

// The textbook prior: Σ ~ inverse-Wishart(3, I). It looks vague, and decides the correlation. With the correlation
// pressed against 1 the posterior is hard to sample as well: the scheme falls back to the blocked one, which takes the
// longer run.
heading("The same model with the textbook inverse-Wishart prior");
const identity = [
  [1, 0],
  [0, 1],
];
const textbook = await gibbs(model, {
  seed: 2,
  draws: 5000,
  priors: { terms: { Subject: inverseWishart(3, identity) } },
});
console.log(String(compare(textbook, fit)));
console.log(`\nSampled by the ${textbook.scheme.name} scheme: ${textbook.scheme.reason}.`);
console.log("What the posterior says about it:");
for (const { code, message } of textbook.warnings) console.log(`  ${code}: ${message}`);
const correlation = "cor_Subject__Intercept__Days";
console.log(`\n${correlation}, mean and 95% interval:`);
for (const [name, one] of [
  [posterior.priors.name, posterior],
  ["inverse-Wishart(3, I)", textbook],
] as const) {
  const row = one.summary().find(({ variable }) => variable === correlation);
  if (row === undefined) continue;
  const [mean, low, high] = [row.mean, row["q2.5"], row["q97.5"]].map((value) =>
    value.toFixed(2).padStart(5),
  );
  console.log(`  ${name.padEnd(22)} ${mean}  [${low}, ${high}]`);
}

const parameters = [
  "b_Intercept",
  "b_Days",
  "sd_Subject__Intercept",
  "sd_Subject__Days",
  correlation,
  "sigma",
];
await writeDrawsCsv("out/sleepstudy-draws.csv", posterior.draws);
await writeJson("out/sleepstudy-comparison.json", comparison);
await writeSVG("out/sleepstudy-trace.svg", {
  ...trace(posterior, { variables: parameters }),
  title: "Trace of four chains",
});
await writeSVG("out/sleepstudy-density.svg", {
  ...densityOverlay(posterior, { variables: parameters }),
  title: "Posterior densities by chain",
});
await writeSVG("out/sleepstudy-compare.svg", {
  ...compareIntervals(comparison),
  title: "REML and posterior, 95% intervals",
});
await writeReport(posterior, fit, "out/sleepstudy-report.html");
heading("Written");
console.log("out/sleepstudy-{draws.csv,comparison.json,trace.svg,density.svg,compare.svg,report.html}");

function heading(text: string): void {
  console.log(`\n${text}\n${"=".repeat(text.length)}\n`);
}
