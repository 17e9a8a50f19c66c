/**
 * Scripts for Julia's MixedModels.jl.
 *
 * @module
 */

import { deparse, type Node } from "../../formula/parser.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { checkOneSigma, checkUnstructured, type Method } from "./estimators.ts";
import { commentText, juliaString, numberText } from "./literals.ts";
import { checkNoneDropped } from "./rScript.ts";
import { cannot, type ScriptNames, type Sheet, scriptNames, sheetOf } from "./sheet.ts";
import { type Arithmetic, exportedTerms, expression, partText, productText } from "./terms.ts";

const target = "MixedModels.jl";
const RESERVED = new Set(
  "baremodule begin break catch const continue do else elseif end export false finally for function global if import let local macro module quote return struct true try using while in isa where outer".split(
    " ",
  ),
);

/** MixedModels.jl. */
export function mixedModelsCode(model: LinearMixedModel, method: Method): string[] {
  checkUnstructured(model, target);
  checkOneSigma(model, target);
  checkNoneDropped(model, target);
  const sheet = sheetOf(model, target);
  const names = scriptNames(sheet, (name) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : null,
  );
  const cell = (name: string): string => `data[!, ${juliaString(name)}]`;
  const arithmetic: Arithmetic = {
    target,
    column: (name) => cell(names.plainNumber(name)),
    power: (base, exponent) => `${base} ^ ${exponent}`,
    call: (name, x) => `${name}(${x})`,
  };
  const lines: string[] = [];
  const derive = (code: string): string => {
    const name = names.fresh("z1");
    lines.push(`${cell(name)} = @. ${code}`);
    return name;
  };
  const variables = new Map<string, string>();
  const variable = (label: string): string => {
    const known = variables.get(label);
    if (known !== undefined) return known;
    const recipe = model.recipe.variables.get(label);
    let text: string;
    if (recipe === undefined || recipe.kind === "factor") text = names.label(recipe?.column ?? label);
    else if (recipe.node.type === "name") text = names.number(recipe.node.name);
    else {
      if (recipe.node.type === "call" && recipe.node.name === "poly") {
        throw cannot(target, `blmm does not write ${label} for it; make it columns`);
      }
      const code = expression(recipe.node, arithmetic, recipe.states);
      lines.push(`# ${commentText(label)}`);
      text = derive(code);
    }
    variables.set(label, text);
    return text;
  };
  const node = model.terms.response as Node;
  const offsets = model.terms.fixed.offsets.map((offset) => {
    const recipe = model.recipe.variables.get(deparse(offset));
    return expression(offset, arithmetic, recipe?.kind === "numeric" ? recipe.states : []);
  });
  const response =
    node.type === "name" && offsets.length === 0
      ? names.number(node.name)
      : derive([expression(node, arithmetic, []), ...offsets].join(" - "));
  const random = exportedTerms(model).map((term) => {
    const group = term.factors.map(names.label).join(" & ");
    if (term.isIntercept) return `(1 | ${group})`;
    if (term.isWhole) return `(${partText(term.part, variable, " & ")} | ${group})`;
    return `(0 + ${productText(model, term.t, target, variable, " & ")} | ${group})`;
  });
  const formula = `${response} ~ ${[partText(model.terms.fixed, variable, " & "), ...random].join(" + ")}`;
  const { weights } = model.recipe;
  const contrasts = contrastsOf(sheet, names);
  return [
    `# ${commentText(model.formula)}`,
    `# ${method} by MixedModels.jl`,
    "using CSV, DataFrames, MixedModels",
    "",
    ...readingLines(sheet, names),
    ...lines,
    "",
    `contrasts = Dict{Symbol,Any}(${contrasts.join(", ")})`,
    `fit1 = fit(MixedModel, @formula(${formula}), data;`,
    `           contrasts = contrasts,${weights === null ? "" : ` wts = ${cell(names.plainNumber(weights))},`} REML = ${method === "REML"})`,
    "println(fit1)",
  ];
}

function contrastsOf({ labels }: Sheet, names: ScriptNames): string[] {
  return [...labels.values()].map(({ column, levels, contrasts }) => {
    const key = `:${names.label(column)}`;
    if (levels === null) return `${key} => Grouping()`;
    const list = `[${levels.map(juliaString).join(", ")}]`;
    switch (contrasts) {
      case "treatment":
        return `${key} => DummyCoding(base = ${juliaString(levels[0])}, levels = ${list})`;
      case "sum":
        return `${key} => EffectsCoding(base = ${juliaString(levels[levels.length - 1])}, levels = ${list})`;
      case "helmert":
        return `${key} => HelmertCoding(base = ${juliaString(levels[0])}, levels = ${list})`;
      default:
        throw cannot(target, `it has no polynomial contrasts, which ${column} has`);
    }
  });
}

function readingLines({ model, numbers, labels }: Sheet, names: ScriptNames): string[] {
  const lines = [
    "# data.csv: a line of column names, then one line for each row of the data; blank cells are missing.",
    'file = CSV.read("data.csv", DataFrame; types = String, missingstring = "", normalizenames = false)',
    ...names.renamed.map(({ column, name }) => `# ${name} stands for the column ${commentText(column)}.`),
    "data = DataFrame()",
  ];
  for (const [column, kind] of numbers) {
    const parse =
      kind === "boolean"
        ? 'Float64(v == "TRUE")'
        : kind === "date"
          ? 'Float64(Dates.value(Dates.Date(v) - Dates.Date("1970-01-01")))'
          : "parse(Float64, v)";
    if (kind === "date") lines[0] = `using Dates\n${lines[0]}`;
    lines.push(
      `data[!, ${juliaString(names.plainNumber(column))}] = [ismissing(v) ? missing : ${parse} for v in file[!, ${juliaString(column)}]]`,
    );
  }
  for (const { column } of labels.values()) {
    lines.push(`data[!, ${juliaString(names.plainLabel(column))}] = file[!, ${juliaString(column)}]`);
  }
  lines.push("# Rows with missing values are left out, as blmm does.", "dropmissing!(data)");
  const { weights } = model.recipe;
  if (weights !== null) {
    lines.push(`filter!(row -> row[${juliaString(names.plainNumber(weights))}] > 0, data)`);
  }
  lines.push(`nrow(data) == ${numberText(model.n)} || error("data.csv has other rows than the model")`);
  return lines;
}
