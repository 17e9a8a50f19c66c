// Sends the hashes of the built package to the server that the page came from; run by a browser.
import * as datasets from "../../dist/datasets/index.js";
import * as blmm from "../../dist/index.js";
import { workers } from "../../dist/workers/index.js";
import { hashes } from "./draws.js";

const result = await hashes(blmm, datasets, workers).catch((error) => ({ error: String(error.stack) }));
await fetch("/result", { method: "POST", body: JSON.stringify(result) });
