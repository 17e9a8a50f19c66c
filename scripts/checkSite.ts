/**
 * Opens the built site in Chromium and uses it: every page loads without an error or an outside request, links lead
 * somewhere, nothing is wider than a phone; the playground fits, samples, cancels, refuses and exports.
 *
 * Usage: `npm run site:check`; with `-- --pictures` it leaves pictures of every page, at two widths, light and dark, in
 * `out/site-pictures/`. Without Chromium it says so and stops.
 */

import { mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { checkPlayground } from "../site/checks/playground.ts";
import { checkTrap } from "../site/checks/trap.ts";
import { CHROMIUM_FLAGS, findChromium, serveFolder } from "./serveFolder.ts";

const site = resolve(import.meta.dirname, "../out/site");
const pictures = process.argv.includes("--pictures") ? join(site, "../site-pictures") : undefined;
const WIDTHS = [1200, 390];

const executablePath = findChromium();
if (executablePath === undefined) console.log("site: built; not opened, because no Chromium was found");
else {
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  try {
    const faults = await check(browser);
    for (const fault of faults) console.log(`site: ${fault}`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
  }
}

async function check(browser: Browser): Promise<string[]> {
  const server = await serveFolder(site);
  const paths = readdirSync(site, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".html"),
  );
  const faults: string[] = [];
  const targets = new Set<string>();
  const links: { readonly from: string; readonly to: string }[] = [];
  const page = await browser.newPage();
  // tsx names functions by a helper that functions sent to the page do not find there.
  await page.addInitScript("globalThis.__name = (made) => made");
  watch(page, server.origin, faults);
  for (const path of paths) {
    await page.setViewportSize({ width: WIDTHS[0], height: 900 });
    await page.goto(`${server.origin}/${path}`);
    const seen = await look(page);
    targets.add(`/${path}`);
    for (const id of seen.ids) targets.add(`/${path}#${id}`);
    for (const to of seen.links) links.push({ from: path, to });
    for (const fault of seen.faults) faults.push(`${path}: ${fault}`);
    for (const width of WIDTHS) await fits(page, path, width, faults);
    if (pictures !== undefined) await picture(page, path);
  }
  for (const { from, to } of links)
    if (!targets.has(to)) faults.push(`${from}: a link to ${to} leads nowhere`);
  console.log(`site: ${paths.length} pages, ${links.length} links within, ${faults.length} faults`);
  for (const [path, checkIt] of [
    ["playground.html", checkPlayground],
    ["priors.html", checkTrap],
  ] as const) {
    await page.setViewportSize({ width: WIDTHS[0], height: 900 });
    await page.goto(`${server.origin}/${path}`);
    try {
      for (const line of await checkIt(page)) console.log(`site: ${path}: ${line}`);
    } catch (error) {
      faults.push(`${path}: ${(error as Error).message}`);
    }
    for (const width of WIDTHS) await fits(page, `${path} in use`, width, faults);
    if (pictures !== undefined) await picture(page, path.replace(".", "-in-use."));
  }
  server.close();
  return faults;
}

/** Notes what goes wrong in a page and whom it asks. */
function watch(page: Page, origin: string, faults: string[]): void {
  const note = (text: string): void => void faults.push(`${new URL(page.url()).pathname}: ${text}`);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") note(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    note(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (/^(https?|wss?):/.test(url) && !url.startsWith(`${origin}/`)) note(`asks another host: ${url}`);
  });
}

interface Seen {
  readonly ids: string[];
  readonly links: string[];
  readonly faults: string[];
}

/** What a page has and lacks. */
function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const need = (selector: string, count: number): void => {
      const found = document.querySelectorAll(selector).length;
      if (found !== count) faults.push(`${found} of ${count} ${selector}`);
    };
    for (const one of ["h1", "main", "header", "nav[aria-label]", "a.skip", "html[lang]", "title"])
      need(one, 1);
    need("img:not([alt]), img[alt='']", 0);
    for (const field of document.querySelectorAll<HTMLInputElement>("input, select")) {
      if (field.labels?.length !== 1) faults.push(`no label for ${field.id}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`two things called ${id}`);
    const links = [...document.querySelectorAll<HTMLAnchorElement>("a[href]")]
      .filter(({ origin }) => origin === location.origin)
      .map(({ pathname, hash }) => pathname + decodeURIComponent(hash));
    return { ids, links, faults };
  });
}

/** Nothing may be wider than the window but what scrolls by itself. */
async function fits(page: Page, path: string, width: number, faults: string[]): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  const widest = await page.evaluate(() => document.documentElement.scrollWidth);
  if (widest > width) faults.push(`${path}: ${widest} pixels wide in a window of ${width}`);
}

async function picture(page: Page, path: string): Promise<void> {
  mkdirSync(pictures!, { recursive: true });
  for (const width of WIDTHS) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const name = `${path.replaceAll("/", "-").replace(".html", "")}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(pictures!, name), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
}
