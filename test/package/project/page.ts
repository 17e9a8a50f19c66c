// The package in a page, through a bundler.
import * as blmm from "blmm";
import * as datasets from "blmm/datasets";
import * as workers from "blmm/workers";
import { answer } from "./answer.ts";

document.body.textContent = await answer(blmm, datasets, workers);
