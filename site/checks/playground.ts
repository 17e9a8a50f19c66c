/**
 * Uses the playground as a person would: by its labels and by the keyboard.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

/**
 * Milliseconds from a keystroke to REML of 10 000 rows beyond which something is broken. The aim is 50; the check runs
 * on machines that do other work, so it reports the time and fails only where no load could be the reason.
 */
const BROKEN = 250;
/** Milliseconds that anything may take to appear. */
const PATIENCE = 60_000;

/** Goes through the playground. @returns what was seen @throws where something is not as it should be */
export async function checkPlayground(page: Page): Promise<string[]> {
  page.setDefaultTimeout(PATIENCE);
  return [
    await samples(page),
    await exports(page),
    await refuses(page),
    await defies(page),
    await walks(page),
    await answersFast(page),
    await cancels(page),
  ];
}

const formula = (page: Page) => page.getByRole("textbox", { name: /^response ~/ });
const printed = (page: Page) => page.locator("#fit");
const progress = (page: Page) => page.locator("#progress");

/** Types a formula and waits for its fit. */
async function type(page: Page, text: string): Promise<void> {
  await formula(page).press("ControlOrMeta+a");
  await formula(page).pressSequentially(text);
  await page.locator(`#latency[data-formula=${JSON.stringify(text)}]`).waitFor();
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`playground: ${what}`);
}

async function samples(page: Page): Promise<string> {
  await page.getByRole("combobox", { name: "Data set" }).selectOption("sleepstudy");
  await printed(page).filter({ hasText: "1743.6" }).waitFor();
  await type(page, "Reaction ~ Days + (1 | Subject)");
  expect((await printed(page).innerText()).includes("1786.5"), "REML of random intercepts is not 1786.5");
  await page.locator("#progress[data-state=complete]").filter({ hasText: "Complete" }).waitFor();
  expect((await page.locator("#parameters tr").count()) === 4, "the table does not have four parameters");
  expect((await page.locator("#traces canvas").count()) === 4, "there are not four traces");
  expect((await page.locator("#comparison").innerText()).includes("b_Days"), "no comparison");
  const inked = await page.locator("#traces canvas").evaluateAll((canvases) =>
    (canvases as HTMLCanvasElement[]).every((canvas) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value > 0);
    }),
  );
  expect(inked, "a trace is empty");
  return progress(page).innerText();
}

async function exports(page: Page): Promise<string> {
  await page.getByRole("combobox", { name: "Draws per chain" }).selectOption("1000");
  await progress(page).filter({ hasText: "Complete: 4 chains of 1000" }).waitFor();
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the draws" }).click();
  const lines = readFileSync(await (await waiting).path(), "utf8").split("\n");
  expect(
    lines[0] === "chain,iteration,draw,b_Intercept,b_Days,sd_Subject__Intercept,sigma",
    `header ${lines[0]}`,
  );
  expect(lines.length === 4002, `${lines.length} lines of draws`);
  const programs: string[] = [];
  for (const [target, word] of [
    ["TypeScript", "blmm/datasets"],
    ["lme4", "lmer("],
    ["brms", "brm("],
  ] as const) {
    await page.getByRole("combobox", { name: "For" }).selectOption(target);
    await page.locator("#code").filter({ hasText: word }).waitFor();
    programs.push(target);
  }
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("status").filter({ hasText: "Code copied." }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied === (await page.locator("#code").textContent()), "the clipboard has something else");
  return `${lines.length - 2} draws downloaded; programs for ${programs.join(", ")}; one copied`;
}

async function refuses(page: Page): Promise<string> {
  await formula(page).fill("Reaction ~ Days + (Days | Subject");
  const status = page.getByRole("status").filter({ hasText: "never closed" });
  await status.waitFor();
  const [, line = "", caret = ""] = (await status.innerText()).split("\n");
  expect(
    caret.includes("^") && line.indexOf("(Days") === caret.indexOf("^"),
    "the caret is not under the parenthesis",
  );
  expect((await formula(page).getAttribute("aria-invalid")) === "true", "the field is not marked invalid");
  await formula(page).fill("Reaction ~ Dayz + (Days | Subject)");
  await page.getByRole("status").filter({ hasText: 'Did you mean "Days"?' }).waitFor();
  await type(page, "Reaction ~ Days + (Days | Subject)");
  expect((await page.locator("#status").innerText()) === "", "the error stays");
  return "bad formulas show where and why";
}

/** Column names that would do harm as HTML or as keys. */
async function defies(page: Page): Promise<string> {
  const image = `<img src=x onerror="document.title='taken'">`;
  const quoted = `"${image.replaceAll('"', '""')}"`;
  const rows = Array.from(
    { length: 60 },
    (_, i) => `${Math.sin(i * i) + (i % 6)},${i % 7},<b>${i % 6}</b>,${i % 5}`,
  );
  const csv = [`__proto__,${quoted},constructor,"a\`b\\"`, ...rows].join("\n");
  await choose(page, "<i>hostile</i>.csv", csv);
  await page.locator("#rows").filter({ hasText: "60 rows" }).waitFor();
  await page.locator("#latency").filter({ hasText: "ms" }).waitFor();
  for (const name of [image, "a`b\\", "__proto__", "constructor"]) {
    await page.getByRole("button", { name, exact: true }).waitFor();
  }
  await formula(page).fill("__proto__ ~ ");
  await formula(page).press("End");
  await page.getByRole("button", { name: image, exact: true }).press("Enter");
  await formula(page).pressSequentially(" + (1 | constructor)");
  await page.locator("#latency[data-formula*='(1 | constructor)']").waitFor();
  await progress(page).filter({ hasText: "Complete" }).waitFor();
  expect((await page.locator("main img, main i, main b").count()) === 0, "a name became HTML");
  expect((await page.title()).startsWith("Playground"), "a name was run");
  expect((await printed(page).innerText()).includes("onerror"), "the fit does not show the name");
  return "hostile names stay names";
}

/** The order of the Tab key. */
async function walks(page: Page): Promise<string> {
  await page.locator("a.skip").focus();
  const met = ["skip"];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    met.push(
      await page.evaluate(() => document.activeElement?.id || document.activeElement?.className || ""),
    );
  }
  const wanted = [
    "skip",
    "dataset",
    "file",
    "formula",
    "fit",
    "draws",
    "again",
    "download",
    "target",
    "copy",
    "code",
  ];
  const places = wanted.map((id) => met.indexOf(id));
  expect(
    places.every((place, k) => place >= 0 && (k === 0 || place > places[k - 1])),
    `the Tab key meets ${met.join(" ")}`,
  );
  return "every control is reached by the Tab key, in order";
}

async function answersFast(page: Page): Promise<string> {
  await drop(page, "large.csv", largeCsv());
  await page.locator("#rows").filter({ hasText: "10000 rows" }).waitFor();
  const lines: string[] = [];
  for (const text of ["y ~ x + (x | g)", "y ~ x + (x | g) + (1 | h)"]) {
    await type(page, text);
    // A blank more or less is a new formula to the page.
    await page.evaluate(() => performance.clearMeasures());
    for (let i = 0; i < 20; i++) {
      await formula(page).press(i % 2 === 0 ? "Space" : "Backspace");
      await page.waitForFunction((n) => performance.getEntriesByType("measure").length > n, i);
    }
    const times = (
      await page.evaluate(() => performance.getEntriesByType("measure").map(({ duration }) => duration))
    ).sort((a, b) => a - b);
    const median = (times[9] + times[10]) / 2;
    lines.push(
      `${text}: median ${median.toFixed(0)} ms, from ${times[0].toFixed(0)} to ${times[19].toFixed(0)}`,
    );
    expect(median < BROKEN, `REML of 10 000 rows came ${median.toFixed(0)} ms after a keystroke`);
  }
  return `keystroke to REML of 10 000 rows: ${lines.join("; ")}`;
}

/** On the large data, so that the run is not over too soon. */
async function cancels(page: Page): Promise<string> {
  await page.getByRole("combobox", { name: "Draws per chain" }).selectOption("100000");
  const running = progress(page).filter({ hasText: "Sampling" });
  await running.waitFor();
  const before = await running.innerText();
  await page.waitForFunction((text) => document.getElementById("progress")?.textContent !== text, before);
  await page.getByRole("button", { name: "Cancel" }).press("Enter");
  await progress(page).filter({ hasText: "Ended (cancelled)" }).waitFor();
  const ended = await progress(page).innerText();
  expect(Number(/of (\d+) draws/.exec(ended)?.[1]) < 100_000, "all draws were made in spite of the cancel");
  return ended;
}

async function choose(page: Page, name: string, text: string): Promise<void> {
  const file = page.getByLabel(/or a CSV file/);
  await file.setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
}

async function drop(page: Page, name: string, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    (file) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([file.text], file.name, { type: "text/csv" }));
      return transfer;
    },
    { name, text },
  );
  await page.locator("main").dispatchEvent("drop", { dataTransfer });
}

/** 10 000 rows in 100 groups g and 40 groups h. */
function largeCsv(): string {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const g = Array.from({ length: 100 }, () => [6 * uniform(), 2 * uniform()]);
  const h = Array.from({ length: 40 }, () => 4 * uniform());
  const rows = Array.from({ length: 10_000 }, (_, i) => {
    const j = i % 100;
    const k = Math.floor(40 * (uniform() + 0.5));
    const x = 4 * uniform();
    return `${(5 + 2 * x + g[j][0] + g[j][1] * x + h[k] + 5 * uniform()).toFixed(4)},${x.toFixed(4)},g${j},h${k}`;
  });
  return ["y,x,g,h", ...rows].join("\n");
}
