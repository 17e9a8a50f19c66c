/**
 * Opens the built notebooks in Chromium and looks: no cell shows an error, every plot and text is there, nothing
 * is asked of another host. Run by `npm run notebooks:check`, which builds them first; without Chromium it says so
 * and stops. Leaves a picture of each page in `out/`.
 */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CHROMIUM_FLAGS, findChromium, serveFolder } from "../../scripts/serveFolder.ts";

const site = join(import.meta.dirname, "dist");
/** Milliseconds a page has to show everything. */
const WAIT = 60_000;
/** Plots and printed results that each page must show. */
const pages = [
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

/** Opens a page over the DevTools pipe (no port, no package) and waits for its cells. */
async function open(command: string, url: string, plots: number, prints: number): Promise<Seen> {
  const profile = mkdtempSync(join(tmpdir(), "blmm-notebook-"));
  const flags = [...CHROMIUM_FLAGS, "--remote-debugging-pipe", "--window-size=1000,3000"];
  const child = spawn(command, [...flags, `--user-data-dir=${profile}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const send = devtools(child.stdio[3] as Writable, child.stdio[4] as Readable);
  try {
    const requests: string[] = [];
    const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await send<{ sessionId: string }>("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    send.on("Network.requestWillBeSent", (event) => {
      requests.push((event as { request: { url: string } }).request.url);
    });
    await send("Network.enable", {}, sessionId);
    await send("Page.enable", {}, sessionId);
    await send("Page.navigate", { url }, sessionId);
    const expression = `({
      plots: document.querySelectorAll("svg[class^=plot]").length,
      prints: document.querySelectorAll("pre.printed").length,
      errors: [...document.querySelectorAll(".observablehq--error")].map((node) => node.textContent),
    })`;
    let seen: Omit<Seen, "requests"> = { plots: 0, prints: 0, errors: [] };
    for (const until = Date.now() + WAIT; Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { result } = await send<{ result: { value: typeof seen } }>(
        "Runtime.evaluate",
        { expression, returnByValue: true },
        sessionId,
      );
      seen = result.value;
      if (seen.errors.length > 0 || (seen.plots >= plots && seen.prints >= prints)) break;
    }
    const shot = { captureBeyondViewport: true };
    const { data } = await send<{ data: string }>("Page.captureScreenshot", shot, sessionId);
    mkdirSync("out", { recursive: true });
    const name = new URL(url).pathname.replace(/\W+/g, "-").replace(/^-/, "");
    writeFileSync(`out/notebook-${name}.png`, Buffer.from(data, "base64"));
    return { ...seen, requests };
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    await send("Browser.close", {}).catch(() => child.kill());
    await gone;
    // Helpers of the browser may outlive it by a moment and still write here.
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

interface Send {
  <T>(method: string, params: object, sessionId?: string): Promise<T>;
  on(method: string, listener: (params: unknown) => void): void;
}

/** DevTools messages over two pipes, each ended by a zero byte. */
function devtools(input: Writable, output: Readable): Send {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const listeners = new Map<string, (params: unknown) => void>();
  let last = 0;
  let rest = "";
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop() ?? "";
    for (const text of messages) {
      const { id, method, params, result, error } = JSON.parse(text);
      if (method !== undefined) listeners.get(method)?.(params);
      else if (error !== undefined) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result as never);
      waiting.delete(id);
    }
  });
  const send = <T>(method: string, params: object, sessionId?: string): Promise<T> => {
    const id = ++last;
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise<T>((resolve, reject) => waiting.set(id, { resolve, reject }));
  };
  return Object.assign(send, {
    on: (method: string, listener: (params: unknown) => void) => void listeners.set(method, listener),
  });
}
