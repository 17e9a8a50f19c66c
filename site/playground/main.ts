/**
 * The playground: a formula is fitted by REML as it is typed, and sampled behind that.
 *
 * Everything heavy happens in two workers, one for fits and one for samples, so that typing is never held up. What is
 * out of date when it arrives is told by its id and dropped.
 *
 * @module
 */

import type { ColumnInfo, Reply, Request, Sampled, Source } from "./protocol.ts";
import { fillTable } from "./table.ts";
import { drawTraces } from "./trace.ts";

/** Milliseconds without a keystroke after which sampling begins. */
const QUIET = 250;

function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const dataset = byId<HTMLSelectElement>("dataset");
const file = byId<HTMLInputElement>("file");
const columns = byId("columns");
const formula = byId<HTMLInputElement>("formula");
const status = byId("status");
const fitText = byId("fit");
const latency = byId("latency");
const draws = byId<HTMLSelectElement>("draws");
const progress = byId("progress");
const cancel = byId<HTMLButtonElement>("cancel");
const again = byId<HTMLButtonElement>("again");
const download = byId<HTMLButtonElement>("download");
const traces = byId("traces");
const body = byId<HTMLTableSectionElement>("parameters");
const summary = byId("summary");
const comparison = byId("comparison");
const target = byId<HTMLSelectElement>("target");
const code = byId("code");
const copy = byId<HTMLButtonElement>("copy");

const fitter = start();
const sampler = start();

/** Counts requests: of data, formulas and runs. */
let last = 0;
let dataId = 0;
let dataName = "";
let fitId = 0;
let runId = 0;
/** When the formula changed, on the clock of `performance.now`; what the fit that is under way answers. */
let typed = 0;
let busy = false;
let waiting = false;
let timer = 0;

function start(): Worker {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Reply>) => hear(data);
  return worker;
}

function tell(worker: Worker, request: Request): void {
  worker.postMessage(request);
}

function hear(reply: Reply): void {
  if (reply.kind === "fault") fault(reply);
  else if (reply.kind === "data") {
    if (reply.id === dataId) showData(reply.columns, reply.rows, reply.formula);
  } else if (reply.kind === "fit") showFit(reply.id, reply.text, reply.milliseconds);
  else if (reply.kind === "sampled") {
    if (reply.id === runId) showPosterior(reply);
  } else if (reply.kind === "draws") save(`${formula.value}.csv`.replace(/[^\w.]+/g, "-"), reply.csv);
  else code.textContent = reply.text;
}

function fault({ id, of, text }: Extract<Reply, { kind: "fault" }>): void {
  if (of === "data" && id === dataId) {
    status.textContent = text;
  } else if (of === "fit") answered(id, () => refuse(text));
  else if (of === "code") code.textContent = text;
  else if (of === "sample" && id === runId) {
    progress.textContent = text;
    over();
  }
}

// Data

function load(source: Source): void {
  dataId = ++last;
  dataName = source.name;
  stop();
  tell(fitter, { kind: "data", id: dataId, source });
  tell(sampler, { kind: "data", id: 0, source });
}

function showData(list: readonly ColumnInfo[], rows: number, first: string): void {
  byId("rows").textContent = `${dataName}: ${rows} rows. Columns:`;
  columns.replaceChildren(
    ...list.map(({ name, quoted, what }) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.title = "Put into the formula";
      button.addEventListener("click", () => {
        formula.setRangeText(quoted, formula.selectionStart ?? 0, formula.selectionEnd ?? 0, "end");
        formula.focus();
        changed(performance.now());
      });
      item.append(button, ` ${what}`);
      return item;
    }),
  );
  formula.value = first;
  changed(performance.now());
}

async function openFile(chosen: File | undefined): Promise<void> {
  if (chosen === undefined) return;
  dataset.value = "";
  load({ kind: "csv", name: chosen.name, text: await chosen.text() });
}

// REML

/** The formula or the data are new. @param at - when, on the clock of `performance.now` */
function changed(at: number): void {
  typed = at;
  stop();
  if (busy) waiting = true;
  else fitNow();
}

function fitNow(): void {
  busy = true;
  waiting = false;
  fitId = ++last;
  performance.mark("typed", { startTime: typed });
  tell(fitter, { kind: "fit", id: fitId, formula: formula.value });
}

/** A fit came back: shows it unless there is a newer formula, which is fitted instead. */
function answered(id: number, show: () => void): void {
  if (id !== fitId) return;
  busy = false;
  if (waiting) fitNow();
  else show();
}

function showFit(id: number, text: string, milliseconds: number): void {
  answered(id, () => {
    fitText.textContent = text;
    fitText.classList.remove("stale");
    status.textContent = "";
    formula.removeAttribute("aria-invalid");
    performance.mark("shown");
    const { duration } = performance.measure("keystroke to REML", "typed", "shown");
    latency.textContent = `${duration.toFixed(1)} ms after the keystroke, ${milliseconds.toFixed(1)} ms of them the fit.`;
    latency.dataset["latency"] = String(duration);
    latency.dataset["formula"] = formula.value;
    showCode();
    timer = window.setTimeout(sample, QUIET);
  });
}

function refuse(text: string): void {
  status.textContent = text;
  formula.setAttribute("aria-invalid", "true");
  fitText.classList.add("stale");
}

// The posterior

function sample(): void {
  stop();
  runId = ++last;
  progress.textContent = "Getting ready";
  cancel.disabled = false;
  again.disabled = true;
  const count = draws.value === "auto" ? "auto" : Number(draws.value);
  tell(sampler, { kind: "sample", id: runId, formula: formula.value, draws: count });
}

/** Ends a run whose formula is out of date; what it has shown so far is marked as such. */
function stop(): void {
  window.clearTimeout(timer);
  runId = 0;
  progress.textContent = "";
  delete progress.dataset["state"];
  download.disabled = true;
  tell(sampler, { kind: "cancel" });
  for (const part of [traces, body, summary, comparison]) part.classList.add("stale");
  over();
}

function over(): void {
  cancel.disabled = true;
  again.disabled = fitText.classList.contains("stale");
}

function showPosterior(sampled: Sampled): void {
  const { status: state, parameters, iterations, seconds } = sampled;
  const rhat = Math.max(...parameters.map((row) => row.rhat).filter(Number.isFinite));
  const ess = Math.min(
    ...parameters.map((row) => Math.min(row.essBulk, row.essTail)).filter(Number.isFinite),
  );
  const words = state === "running" ? "Sampling" : state === "complete" ? "Complete" : `Ended (${state})`;
  const chains = parameters[0]?.chains.length ?? 0;
  progress.textContent =
    `${words}: ${chains} chains of ${iterations} draws in ${seconds.toFixed(1)} s; ` +
    `R-hat at most ${rhat.toFixed(3)}, ESS at least ${Math.round(ess)}.`;
  progress.dataset["state"] = state;
  for (const part of [traces, body]) part.classList.remove("stale");
  fillTable(body, parameters);
  drawTraces(traces, sampled);
  if (sampled.summary === undefined) return;
  summary.textContent = sampled.summary;
  comparison.textContent = sampled.comparison ?? "";
  for (const part of [summary, comparison]) part.classList.remove("stale");
  byId("announcement").textContent = progress.textContent;
  download.disabled = false;
  over();
}

// Exports

function showCode(): void {
  tell(fitter, { kind: "code", id: ++last, formula: formula.value, target: target.value });
}

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

dataset.addEventListener("change", () => {
  file.value = "";
  load({ kind: "dataset", name: dataset.value });
});
file.addEventListener("change", () => void openFile(file.files?.[0]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  void openFile(event.dataTransfer?.files[0]);
});
formula.addEventListener("input", ({ timeStamp }) => changed(timeStamp));
draws.addEventListener("change", sample);
again.addEventListener("click", sample);
cancel.addEventListener("click", () => tell(sampler, { kind: "cancel" }));
download.addEventListener("click", () => tell(sampler, { kind: "draws", id: ++last }));
target.addEventListener("change", showCode);
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(code.textContent ?? "");
  byId("announcement").textContent = "Code copied.";
});

load({ kind: "dataset", name: dataset.value });
