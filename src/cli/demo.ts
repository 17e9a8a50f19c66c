/**
 * `blmm demo`.
 *
 * @module
 */

import {
  cake,
  clusters,
  type Dataset,
  Dyestuff,
  Dyestuff2,
  oats,
  Pastes,
  Penicillin,
  sleepstudy,
  tablets,
  tabletsMissing,
} from "../datasets/index.ts";
import { lmm } from "../index.ts";
import { csvCell } from "../io/drawsCsv.ts";
import type { Arguments } from "./arguments.ts";
import { compareWithFit } from "./compare.ts";
import { exitCodes } from "./exitCodes.ts";
import { print, type Terminal } from "./terminal.ts";

/** The data sets that need nothing but a formula. */
export const demos: Readonly<Record<string, { readonly rows: Dataset<object>; readonly formula: string }>> = {
  sleepstudy: { rows: sleepstudy, formula: "Reaction ~ Days + (Days | Subject)" },
  oats: { rows: oats, formula: "yield ~ variety + nitrogen + (1 | block / variety)" },
  cake: { rows: cake, formula: "angle ~ recipe + temp + (1 | recipe:replicate)" },
  tablets: { rows: tablets, formula: "y ~ method + (1 | tablet)" },
  tabletsMissing: { rows: tabletsMissing, formula: "y ~ method + (1 | tablet)" },
  clusters: { rows: clusters, formula: "y ~ x + (1 | clus)" },
  Dyestuff: { rows: Dyestuff, formula: "Yield ~ 1 + (1 | Batch)" },
  Dyestuff2: { rows: Dyestuff2, formula: "Yield ~ 1 + (1 | Batch)" },
  Penicillin: { rows: Penicillin, formula: "diameter ~ 1 + (1 | plate) + (1 | sample)" },
  Pastes: { rows: Pastes, formula: "strength ~ 1 + (1 | batch / cask)" },
};

/** Shows one of the bundled data sets at work, with the code that does the same; or prints its rows. */
export async function demo(args: Arguments, terminal: Terminal): Promise<number> {
  const [name = "sleepstudy"] = args.operands;
  if (!Object.hasOwn(demos, name)) {
    const remedy = `There are ${Object.keys(demos).join(", ")}.`;
    throw args.fault(`has no data set "${name}"`, remedy);
  }
  const { rows, formula } = demos[name];
  if (args.has("csv")) {
    args.refuse(["json", "seed"], "beside --csv");
    print(terminal.stdout, csvOf(rows));
    return exitCodes.fine;
  }
  if (!args.has("json")) {
    const script = [
      `// ${rows.length} rows. ${rows.source}`,
      `import { compare, gibbs, lmm, reml } from "blmm";`,
      `import { ${name} } from "blmm/datasets";`,
      "",
      `const model = lmm("${formula}", ${name});`,
      `console.log(compare(await gibbs(model, { seed: ${args.text("seed")} }), reml(model)));`,
      "",
    ];
    print(terminal.stdout, script.join("\n"));
  }
  return compareWithFit(lmm(formula, rows), args, terminal);
}

function csvOf(rows: Dataset<object>): string {
  const cells = rows.map((row) => rows.columns.map((name) => (row as Record<string, unknown>)[name] ?? "NA"));
  return [rows.columns, ...cells].map((line) => line.map(String).map(csvCell).join(",")).join("\n");
}
