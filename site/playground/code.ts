/**
 * What is in the playground, as a program.
 *
 * @module
 */

import { type ExportTarget, exportCode, type LinearMixedModel } from "blmm";
import type { Source } from "./protocol.ts";

/**
 * A program that does the same: in TypeScript, or whatever `exportCode` writes.
 *
 * @throws as `exportCode`
 */
export function codeFor(model: LinearMixedModel, source: Source, target: string): string {
  return target === "TypeScript" ? typeScript(model, source) : exportCode(model, target as ExportTarget);
}

function typeScript(model: LinearMixedModel, { kind, name }: Source): string {
  const [load, data] =
    kind === "dataset"
      ? [`import { ${name} } from "blmm/datasets";\n`, name]
      : ['import { readTable } from "blmm/node";\n', `await readTable(${JSON.stringify(name)})`];
  return `import { compare, gibbs, lmm, reml } from "blmm";
${load}
const model = lmm(${JSON.stringify(model.formula)}, ${data});
const fit = reml(model);
const posterior = await gibbs(model, { seed: 1 });
console.log(fit);
console.log(posterior);
console.log(compare(posterior, fit));
`;
}
