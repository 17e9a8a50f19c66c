/**
 * Writes the first 200 simulated models, and two that were hard, for simulatedModels.R, into the folder given:
 *
 *   npx tsx test/golden/generate/simulatedModels.ts out/simulated
 *   Rscript test/golden/generate/simulatedModels.R out/simulated test/golden/simulatedModels.json
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulatedModel, simulatedModels } from "../../slow/simulatedModels.ts";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const models = [...simulatedModels(200), simulatedModel(230), simulatedModel(290)];
const lines = models.map(({ seed, formula, data }) => {
  const names = Object.keys(data);
  const rows = data["y"].map((_, i) => names.map((name) => data[name][i]).join(","));
  writeFileSync(join(folder, `${seed}.csv`), [names.join(","), ...rows, ""].join("\n"));
  return `${seed}\t${formula}`;
});
writeFileSync(join(folder, "models.tsv"), lines.join("\n") + "\n");
