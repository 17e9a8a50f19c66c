/**
 * What pages do with the installed package, in Chromium: without a bundler and with one, hidden and frozen, and as
 * docs/package.md writes it.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { withPage } from "./devtools.ts";
import { serveFolder } from "./serveFolder.ts";

/** Nothing but files of the page's own host, and no code from text. */
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src data:";
/** Milliseconds that anything may take to appear. */
const PATIENCE = 60_000;
/** Milliseconds that a page is frozen, far longer than a turn of a chain. */
const FROZEN = 1000;

const pass = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Does something in a tab and fails when the tab complains. */
async function inTab<T>(browser: Browser, use: (tab: Page, wrong: string[]) => Promise<T>): Promise<T> {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(PATIENCE);
  const wrong: string[] = [];
  tab.on("pageerror", (error) => wrong.push(error.message));
  tab.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  try {
    const result = await use(tab, wrong);
    if (wrong.length > 0) throw new Error(wrong.join("; "));
    return result;
  } catch (error) {
    throw new Error([...wrong, (error as Error).message].join("; "));
  } finally {
    await tab.close();
  }
}

/** Serves a folder under the policy while something is done there. */
async function served<T>(folder: string, use: (origin: string) => Promise<T>): Promise<T> {
  const server = await serveFolder(folder, { "content-security-policy": POLICY });
  try {
    return await use(server.origin);
  } finally {
    server.close();
  }
}

/** What a served page writes, with nothing refused and with workers that did start. */
export function writtenBy(browser: Browser, folder: string, path: string): Promise<string> {
  return served(folder, (origin) =>
    inTab(browser, async (tab, wrong) => {
      let workers = 0;
      tab.on("worker", () => workers++);
      await tab.goto(`${origin}/${path}`);
      await tab.getByText(/./).first().waitFor();
      if (workers === 0) wrong.push("no worker has started");
      return tab.innerText("body");
    }),
  );
}

/**
 * Freezes a page in the middle of a run, lets it go on out of sight, and holds its draws against those of a run that
 * nobody disturbed. Playwright keeps every page in front, so this is done without it.
 *
 * @param command - the browser
 */
export function sampledOutOfSight(command: string, project: string, helped: boolean): Promise<void> {
  return served(project, (origin) =>
    withPage(command, [], async (page) => {
      const until = async (expression: string): Promise<void> => {
        const late = Date.now() + PATIENCE;
        while (!(await page.evaluate<boolean>(expression))) {
          if (Date.now() > late) throw new Error(`never came true: ${expression}`);
          await pass(50);
        }
      };
      const sample = (): Promise<string> => page.evaluate(`sample(${helped})`);
      await page.send("Page.navigate", { url: `${origin}/hidden.html` });
      await until('"sample" in globalThis');
      const expected = await sample();
      const run = sample();
      await until("iteration > 0");
      await page.send("Page.setWebLifecycleState", { state: "frozen" });
      const before = await page.evaluate<number>("iteration");
      await pass(FROZEN);
      const after = await page.evaluate<number>("iteration");
      await page.send("Page.setWebLifecycleState", { state: "active" });
      const draws = await run;
      const seen = await page.evaluate<string>("[...events, document.visibilityState].join()");
      if (after !== before) throw new Error(`the frozen page went on from ${before} to ${after}`);
      if (seen !== "hidden,freeze,resume,hidden") throw new Error(`the page saw ${seen}`);
      if (draws !== expected) throw new Error(`"${draws}" out of sight, "${expected}" in front`);
    }),
  );
}

/** Opens the page of docs/package.md as it stands, with the installed package in place of the CDN. */
export function documentedPage(browser: Browser, project: string, html: string): Promise<void> {
  return inTab(browser, async (tab) => {
    const headers = { "access-control-allow-origin": "*", "content-type": "text/javascript" };
    await tab.route("**", async (route) => {
      const { hostname, pathname } = new URL(route.request().url());
      const [, path] = /^\/npm\/blmm@[\d.]+\/(.*)$/.exec(pathname) ?? [];
      if (hostname !== "cdn.jsdelivr.net") {
        await route.fulfill({ contentType: "text/html", body: pathname === "/" ? html : "" });
      } else if (path !== undefined) {
        await route.fulfill({ headers, body: readFileSync(join(project, "node_modules/blmm", path)) });
      } else if (/^\/npm\/@observablehq\/plot@[\d.]+\/\+esm$/.test(pathname)) {
        const { outputFiles } = await build({
          stdin: { contents: 'export * from "@observablehq/plot"', resolveDir: project },
          ...{ bundle: true, format: "esm", write: false },
        });
        await route.fulfill({ headers, body: Buffer.from(outputFiles[0].contents) });
      } else await route.abort();
    });
    await tab.goto("http://localhost/");
    await tab.locator("pre").filter({ hasText: "REML criterion at convergence: 1743.6" }).waitFor();
    await tab.locator("svg[class^=plot]").first().waitFor();
  });
}
