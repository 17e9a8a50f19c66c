/**
 * The figure of the inverse-Wishart trap: the posterior of sleepstudy's correlation under IW(3, s · I), sampled anew
 * whenever s moves, beside that under the default prior.
 *
 * @module
 */

import { inverseWishart } from "blmm";
import { significant } from "../../src/data/format.ts";
import { bandwidth, density } from "../../src/stats/density.ts";
import { EXAMPLES } from "./examples.ts";
import type { Parameter, Reply, Request } from "./protocol.ts";

const CORRELATION = "cor_Subject__Intercept__Days";
const WIDTH = 420;
/** Where the densities stand on. */
const FLOOR = 190;

const section = document.getElementById("trap") as HTMLElement;
const slider = document.getElementById("trap-scale") as HTMLInputElement;
const plot = document.getElementById("trap-plot") as unknown as SVGSVGElement;
const words = document.getElementById("trap-words") as HTMLElement;

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const tell = (request: Request): void => worker.postMessage(request);
let run = 0;
let usual: readonly Parameter[] | undefined;

worker.onmessage = ({ data: reply }: MessageEvent<Reply>) => {
  if (reply.kind === "fault") words.textContent = reply.text;
  if (reply.kind !== "sampled" || reply.id !== run || reply.status === "running") return;
  if (usual === undefined) {
    usual = reply.parameters;
    slider.disabled = false;
    sample();
  } else show(usual, reply.parameters);
};

function scale(): number {
  return 10 ** Number(slider.value);
}

function sample(): void {
  const s = scale();
  slider.setAttribute("aria-valuetext", `s = ${significant(s, 2)}`);
  const prior = inverseWishart(3, [
    [s, 0],
    [0, s],
  ]);
  tell({
    kind: "sample",
    id: ++run,
    formula: EXAMPLES.sleepstudy,
    draws: 1000,
    priors: { terms: { Subject: prior } },
  });
}

function show(usual: readonly Parameter[], chosen: readonly Parameter[]): void {
  plot.replaceChildren();
  line("axis", x(-1), FLOOR, x(1), FLOOR);
  for (const tick of [-1, -0.5, 0, 0.5, 1]) label(x(tick), FLOOR + 18, String(tick));
  label(x(0), FLOOR + 36, "correlation of intercepts and slopes");
  const reml = x(Number(section.dataset["reml"]));
  line("reml", reml, 24, reml, FLOOR);
  label(reml, 16, "REML");
  const curves = [curve(usual), curve(chosen)];
  // A density that is all but a point goes out of the picture rather than flatten the other.
  const [first, second] = curves.map(({ density }) => Math.max(...density));
  const highest = Math.min(Math.max(first, second), 3 * first);
  curves.forEach((one, k) => {
    const points = Array.from(
      one.x,
      (value, i) => `${x(value)},${FLOOR - 160 * Math.min(1, one.density[i] / highest)}`,
    );
    draw("polyline", { class: k === 0 ? "default" : "chosen", points: points.join(" ") });
  });
  label(60, 40, "default@1", "#009e73");
  label(60, 58, `IW(3, ${significant(scale(), 2)} · I)`, "#d55e00");
  words.textContent =
    `Posterior medians under IW(3, ${significant(scale(), 2)} · I): ${medians(chosen)}. ` +
    `Under default@1: ${medians(usual)}.`;
}

function medians(parameters: readonly Parameter[]): string {
  const median = (name: string): number =>
    parameters.find(({ variable }) => variable === name)?.median ?? Number.NaN;
  const [intercept, slope] = ["sd_Subject__Intercept", "sd_Subject__Days"].map((name) =>
    median(name).toFixed(1),
  );
  return `correlation ${median(CORRELATION).toFixed(2)}, SDs ${intercept} and ${slope}`;
}

function curve(parameters: readonly Parameter[]): ReturnType<typeof density> {
  const chains = parameters.find(({ variable }) => variable === CORRELATION)?.chains ?? [];
  const draws = chains.flatMap((chain) => Array.from(chain));
  // At the edge most draws lie in so narrow a place that the usual width would show the others one by one.
  const width = Math.max(0.03, bandwidth(draws));
  return density(draws, { lower: -1, upper: 1, from: -1, to: 1, points: 400, bandwidth: width });
}

/** Across the picture, 20 pixels from its edges. */
function x(correlation: number): number {
  return 20 + ((correlation + 1) / 2) * (WIDTH - 40);
}

function draw(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return plot.appendChild(element);
}

function line(kind: string, x1: number, y1: number, x2: number, y2: number): void {
  draw("line", { class: kind, x1, y1, x2, y2 });
}

/** A text in the middle above a point; with a colour, after a stroke of it. */
function label(at: number, y: number, text: string, color?: string): void {
  if (color !== undefined)
    draw("line", { x1: at - 34, x2: at - 10, y1: y - 4, y2: y - 4, stroke: color, "stroke-width": 2 });
  draw("text", { x: at, y, "text-anchor": color === undefined ? "middle" : "start" }).textContent = text;
}

slider.addEventListener("input", sample);
tell({ kind: "data", id: 0, source: { kind: "dataset", name: "sleepstudy" } });
run++;
tell({ kind: "sample", id: run, formula: EXAMPLES.sleepstudy, draws: 1000 });
