// The package in a page, as it lies in node_modules.
import * as datasets from "/node_modules/blmm/dist/bundled/datasets/index.js";
import * as blmm from "/node_modules/blmm/dist/bundled/index.js";
import * as workers from "/node_modules/blmm/dist/bundled/workers/index.js";
import { answer } from "/out/answer.js";

document.body.textContent = await answer(blmm, datasets, workers);
