/**
 * The worker of the playground: holds the data, fits, samples, writes code and draws.
 *
 * @module
 */

import { BlmmError, compare, gibbsStream, type LinearMixedModel, lmm, type Posterior, reml } from "blmm";
import { drawsToCsv } from "../../src/io/drawsCsv.ts";
import { codeFor } from "./code.ts";
import { type Opened, open } from "./data.ts";
import type { Reply, Request, Sampled } from "./protocol.ts";

/** Seconds between two pictures of a growing posterior. */
const EVERY = 0.25;
/** Points of a trace that are sent for each chain. */
const POINTS = 1000;

let data: Opened | undefined;
let posterior: Posterior | undefined;
let stop = new AbortController();

const scope = self as unknown as {
  postMessage(reply: Reply): void;
  onmessage: (event: MessageEvent<Request>) => void;
};
scope.onmessage = ({ data: request }) => {
  if (request.kind === "cancel") stop.abort();
  else
    answer(request).catch((error: unknown) => {
      const text = error instanceof BlmmError ? error.message : String(error);
      scope.postMessage({ kind: "fault", id: request.id, of: request.kind, text });
    });
};

async function answer(request: Exclude<Request, { kind: "cancel" }>): Promise<void> {
  const { id, kind } = request;
  if (kind === "data") {
    data = open(request.source);
    const { columns, formula } = data;
    scope.postMessage({ kind, id, rows: data.table.rowCount, columns, formula });
  } else if (kind === "fit") {
    const started = performance.now();
    const text = String(reml(modelOf(request.formula)));
    scope.postMessage({ kind, id, text, milliseconds: performance.now() - started });
  } else if (kind === "code") {
    const text = codeFor(modelOf(request.formula), data!.source, request.target);
    scope.postMessage({ kind, id, text });
  } else if (kind === "draws") {
    if (posterior !== undefined) scope.postMessage({ kind, id, csv: drawsToCsv(posterior.draws) });
  } else await sample(request);
}

function modelOf(formula: string): LinearMixedModel {
  return lmm(formula, data!.table);
}

/** Samples until done, cancelled, or asked for another posterior. */
async function sample({
  id,
  formula,
  draws,
  priors = {},
}: Extract<Request, { kind: "sample" }>): Promise<void> {
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  const model = modelOf(formula);
  // Random effects are not shown, and would only take memory.
  const options = { seed: 1, draws, priors, keep: "hyper", every: EVERY, signal } as const;
  for await (const grown of gibbsStream(model, options)) {
    if (signal !== stop.signal) return;
    posterior = grown;
    scope.postMessage(picture(id, grown));
  }
}

function picture(id: number, grown: Posterior): Sampled {
  const { draws, status, timing } = grown;
  const step = Math.ceil(draws.iterations / POINTS);
  const over = status !== "running";
  return {
    kind: "sampled",
    id,
    status,
    iterations: draws.iterations,
    step,
    seconds: timing.seconds,
    parameters: grown.summary().map(({ variable, mean, median, sd, rhat, essBulk, essTail, ...row }) => ({
      ...{ variable, mean, median, sd, rhat, essBulk, essTail, low: row["q2.5"], high: row["q97.5"] },
      chains: draws
        .chainsOf(variable)
        .map((values) => Float32Array.from(values.filter((_, i) => i % step === 0))),
    })),
    ...(over ? { summary: String(grown), comparison: String(compare(grown, reml(grown.model))) } : {}),
  };
}
