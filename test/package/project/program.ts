// The package from an ES module.
import * as blmm from "blmm";
import * as datasets from "blmm/datasets";
import * as workers from "blmm/workers";
import { answer } from "./answer.ts";

console.log(await answer(blmm, datasets, workers));
