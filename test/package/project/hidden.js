// A run of a second or more, and what becomes of the page meanwhile.
import { sleepstudy } from "/node_modules/blmm/dist/bundled/datasets/index.js";
import { gibbs, lmm } from "/node_modules/blmm/dist/bundled/index.js";
import { workers } from "/node_modules/blmm/dist/bundled/workers/index.js";

globalThis.events = [];
document.addEventListener("visibilitychange", () => events.push(document.visibilityState));
for (const name of ["freeze", "resume"]) document.addEventListener(name, () => events.push(name));

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const runner = workers({ size: 2 });

globalThis.sample = async (helped) => {
  globalThis.iteration = 0;
  const { draws, warnings } = await gibbs(model, {
    ...{ seed: 1, draws: 50_000, keep: "hyper" },
    ...(helped ? { runner } : {}),
    onProgress: (progress) => {
      globalThis.iteration = progress.iteration;
    },
  });
  const codes = warnings.map(({ code }) => code).join();
  return `${draws.values.reduce((total, value) => total + value, 0)} ${codes}`;
};
