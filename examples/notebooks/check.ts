/**
 * Opens the built notebooks in Chromium and looks: no cell shows an error, every plot and text is there, nothing
 * is asked of another host. Run by `npm run notebooks:check`, which builds them first; without Chromium it says so
 * and stops. Leaves a picture of each page in `out/`.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withPage } from "../../scripts/devtools.ts";
import { findChromium, serveFolder } from "../../scripts/serveFolder.ts";

const site = join(import.meta.dirname, "dist");
/** Milliseconds a page has to show everything. */
const WAIT = 60_000;
/** Plots and printed results that each page must show. */
const pages = [
  { page: "first.html", plots: 1, prints: 1 },
  { page: "sleepstudy.html", plots: 5, prints: 3 },
  { page: "pooling.html", plots: 4, prints: 3 },
  { page: "tablets.html", plots: 2, prints: 6 },
  { page: "cake.html", plots: 3, prints: 5 },
  { page: "notations.html", plots: 1, prints: 9 },
];
const browser = findChromium();
if (browser === undefined) {
  console.log("notebooks: built; not opened, because no Chromium was found");
} else {
  process.exitCode = (await check(browser)) ? 0 : 1;
}

async function check(command: string): Promise<boolean> {
  const { origin, close } = await serveFolder(site);
  let good = true;
  for (const { page, plots, prints } of pages) {
    const seen = await open(command, `${origin}/${page}`, plots, prints);
    const outside = seen.requests.filter((url) => /^(https?|wss?):/.test(url) && !url.startsWith(origin));
    const faults = [
      ...seen.errors.map((text) => `a cell shows: ${text}`),
      ...outside.map((url) => `asks another host: ${url}`),
      ...(seen.plots < plots ? [`${seen.plots} of ${plots} plots after ${WAIT / 1000} s`] : []),
      ...(seen.prints < prints ? [`${seen.prints} of ${prints} printed results`] : []),
    ];
    good &&= faults.length === 0;
    const verdict = `${seen.plots} plots, ${seen.prints} printed results, ${seen.requests.length} requests, none outside`;
    console.log(`notebooks: ${page}: ${faults.length === 0 ? verdict : faults.join("; ")}`);
  }
  close();
  return good;
}

interface Seen {
  readonly plots: number;
  readonly prints: number;
  readonly errors: readonly string[];
  readonly requests: readonly string[];
}

/** Opens a page and waits for its cells. */
function open(command: string, url: string, plots: number, prints: number): Promise<Seen> {
  return withPage(command, ["--window-size=1000,3000"], async ({ send, on, evaluate }) => {
    const requests: string[] = [];
    on("Network.requestWillBeSent", (event) => {
      requests.push((event as { request: { url: string } }).request.url);
    });
    await send("Network.enable");
    await send("Page.navigate", { url });
    const expression = `({
      plots: document.querySelectorAll("svg[class^=plot]").length,
      prints: document.querySelectorAll("pre.printed").length,
      errors: [...document.querySelectorAll(".observablehq--error")].map((node) => node.textContent),
    })`;
    let seen: Omit<Seen, "requests"> = { plots: 0, prints: 0, errors: [] };
    for (const until = Date.now() + WAIT; Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      seen = await evaluate<typeof seen>(expression);
      if (seen.errors.length > 0 || (seen.plots >= plots && seen.prints >= prints)) break;
    }
    const { data } = await send<{ data: string }>("Page.captureScreenshot", { captureBeyondViewport: true });
    mkdirSync("out", { recursive: true });
    const name = new URL(url).pathname.replace(/\W+/g, "-").replace(/^-/, "");
    writeFileSync(`out/notebook-${name}.png`, Buffer.from(data, "base64"));
    return { ...seen, requests };
  });
}
