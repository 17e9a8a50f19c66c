/**
 * Traces on canvases: fast enough to be drawn anew several times a second.
 *
 * @module
 */

import type { Sampled } from "./protocol.ts";

/** Okabe and Ito's colours, as in `blmm/plot`; after these four they come again. */
const COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"];
/** Parameters that are drawn; the table has them all. */
const MOST = 12;

/** Draws one panel for each parameter into `box`, panels made on first use. */
export function drawTraces(box: HTMLElement, { parameters, iterations }: Sampled): void {
  const shown = parameters.slice(0, MOST);
  while (box.childElementCount > shown.length) box.lastElementChild?.remove();
  shown.forEach(({ variable, chains, rhat }, k) => {
    const panel = box.children[k] ?? box.appendChild(newPanel());
    const [caption, canvas] = panel.children as unknown as [HTMLElement, HTMLCanvasElement];
    caption.textContent = variable;
    canvas.setAttribute(
      "aria-label",
      `Trace of ${variable}: ${chains.length} chains of ${iterations} draws, R-hat ${rhat.toFixed(3)}`,
    );
    drawPanel(canvas, chains);
  });
}

function newPanel(): HTMLElement {
  const panel = document.createElement("figure");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  panel.append(document.createElement("figcaption"), canvas);
  return panel;
}

function drawPanel(canvas: HTMLCanvasElement, chains: readonly Float32Array[]): void {
  const scale = devicePixelRatio;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  // Setting the size also wipes the canvas.
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of chains) {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const unit = (height - 4) / (high - low || 1);
  context.lineWidth = 0.75 * scale;
  context.globalAlpha = 0.8;
  chains.forEach((values, c) => {
    context.strokeStyle = COLORS[c % COLORS.length];
    context.beginPath();
    values.forEach((value, i) => {
      context.lineTo((i / Math.max(1, values.length - 1)) * width, height - 2 - (value - low) * unit);
    });
    context.stroke();
  });
}
