// Prints the hashes of the built package as JSON; run by Node, Deno and Bun.
import * as datasets from "../../dist/bundled/datasets/index.js";
import * as blmm from "../../dist/bundled/index.js";
import { workers } from "../../dist/bundled/workers/index.js";
import { hashes } from "./draws.js";

console.log(JSON.stringify(await hashes(blmm, datasets, workers)));
