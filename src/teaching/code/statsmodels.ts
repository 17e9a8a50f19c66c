/**
 * Scripts for Python's statsmodels.
 *
 * @module
 */

import { deparse, type Node } from "../../formula/parser.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { isNested } from "../marginalForm.ts";
import { checkNoWeights, checkOneSigma, checkUnstructured, type Method } from "./estimators.ts";
import { commentText, numberText, pythonString } from "./literals.ts";
import { checkNoneDropped } from "./rScript.ts";
import { cannot, type ScriptNames, type Sheet, scriptNames, sheetOf } from "./sheet.ts";
import { type Arithmetic, exportedTerms, expression, partText, productText } from "./terms.ts";

const target = "statsmodels";
const FUNCTIONS: Readonly<Record<string, string>> = {
  log: "np.log",
  exp: "np.exp",
  sqrt: "np.sqrt",
  abs: "np.abs",
  log2: "np.log2",
  log10: "np.log10",
  log1p: "np.log1p",
};
/** Column names that would stand in front of what formulas call. */
const SHADOWING = new Set(["C", "Q", "Treatment", "Sum", "Helmert", "Poly"]);
const CODING = { treatment: "Treatment", sum: "Sum", helmert: "Helmert", poly: "Poly" };

/** statsmodels: one group at the top, whose effects may correlate; groups within it have a variance each. */
export function statsmodelsCode(model: LinearMixedModel, method: Method): string[] {
  checkUnstructured(model, target);
  checkOneSigma(model, target);
  checkNoWeights(model, target);
  checkNoneDropped(model, target);
  const sheet = sheetOf(model, target);
  const names = scriptNames(sheet, (name) => (SHADOWING.has(name) ? null : name));
  const cell = (name: string): string => `data[${pythonString(name)}]`;
  const arithmetic: Arithmetic = {
    target,
    column: (name) => cell(names.plainNumber(name)),
    power: (base, exponent) => `${base} ** ${exponent}`,
    call: (name, x) => (name in FUNCTIONS ? `${FUNCTIONS[name]}(${x})` : null),
  };
  const lines: string[] = [];
  const derive = (code: string): string => {
    const name = names.fresh("z1");
    lines.push(`${cell(name)} = ${code}`);
    return name;
  };
  const variables = new Map<string, string>();
  const variable = (label: string): string => {
    const known = variables.get(label);
    if (known !== undefined) return known;
    const recipe = model.recipe.variables.get(label);
    let text: string;
    if (recipe === undefined || recipe.kind === "factor") {
      const column = recipe?.column ?? label;
      const coding = sheet.labels.get(column)?.contrasts ?? "treatment";
      text = `C(${quoted(names.plainLabel(column))}, ${CODING[coding]})`;
    } else if (recipe.node.type === "name") text = quoted(names.plainNumber(recipe.node.name));
    else {
      const code = expression(recipe.node, arithmetic, recipe.states);
      lines.push(`# ${commentText(label)}`);
      text = quoted(derive(code));
    }
    variables.set(label, text);
    return text;
  };
  const response = responseName(model, names, arithmetic, derive);
  const formula = `${quoted(response)} ~ ${partText(model.terms.fixed, variable, ":")}`;
  const { top, correlated, components } = structure(model, names, variable, lines);
  return [
    `# ${commentText(model.formula)}`,
    `# ${method} by statsmodels`,
    "import numpy as np",
    "import pandas as pd",
    "import statsmodels.formula.api as smf",
    "",
    ...readingLines(sheet, names),
    ...lines,
    "",
    "model = smf.mixedlm(",
    `    ${pythonString(formula)},`,
    "    data,",
    `    groups=${cell(top)},`,
    ...(correlated === null ? [] : [`    re_formula=${pythonString(correlated)},`]),
    ...(components.length === 0
      ? []
      : [
          `    vc_formula={${components.map(([name, text]) => `${pythonString(name)}: ${pythonString(text)}`).join(", ")}},`,
        ]),
    ")",
    `fit = model.fit(reml=${method === "REML" ? "True" : "False"})`,
    "print(fit.summary())",
  ];
}

/** A column inside a formula of patsy. */
function quoted(name: string): string {
  return `Q(${pythonString(name)})`;
}

function responseName(
  model: LinearMixedModel,
  names: ScriptNames,
  arithmetic: Arithmetic,
  derive: (code: string) => string,
): string {
  const node = model.terms.response as Node;
  const offsets = model.terms.fixed.offsets.map((offset) => {
    const recipe = model.recipe.variables.get(deparse(offset));
    return expression(offset, arithmetic, recipe?.kind === "numeric" ? recipe.states : []);
  });
  if (node.type === "name" && offsets.length === 0) return names.plainNumber(node.name);
  return derive([expression(node, arithmetic, []), ...offsets].join(" - "));
}

/** The top group, the formula of its correlated effects, and variance components. */
function structure(
  model: LinearMixedModel,
  names: ScriptNames,
  variable: (label: string) => string,
  lines: string[],
): { top: string; correlated: string | null; components: [string, string][] } {
  const terms = exportedTerms(model);
  // Those with most levels come first.
  const outer = model.random[model.random.length - 1];
  for (const inner of model.random) {
    if (!isNested(inner, outer)) {
      throw cannot(
        target,
        `other groups must lie within one, and ${inner.group} is crossed with ${outer.group}`,
      );
    }
  }
  const columns = new Map<string, string>();
  const groupName = (t: number): string => {
    const { group } = model.random[t];
    const known = columns.get(group);
    if (known !== undefined) return known;
    const { factors } = terms[t];
    let name = names.plainLabel(factors[0]);
    if (factors.length > 1) {
      name = names.fresh("group");
      const cells = factors.map((column) => `data[${pythonString(names.plainLabel(column))}].astype(str)`);
      lines.push(`data[${pythonString(name)}] = ${cells.join(' + ":" + ')}`);
    } else if (model.random[t].group !== outer.group) {
      name = names.fresh("group");
      lines.push(
        `data[${pythonString(name)}] = data[${pythonString(names.plainLabel(factors[0]))}].astype(str)`,
      );
    }
    columns.set(group, name);
    return name;
  };
  let correlated: string | null = null;
  const components: [string, string][] = [];
  for (const term of terms) {
    const { group, columns: own, name } = model.random[term.t];
    const isTop = group === outer.group;
    if (isTop && correlated === null && (term.isWhole || term.isIntercept)) {
      correlated = term.isIntercept ? "1" : partText(term.part, variable, ":");
      continue;
    }
    if (own.length > 1)
      throw cannot(target, `effects may correlate in one term only, and ${name} is a further one`);
    const slope = term.isIntercept ? null : productText(model, term.t, target, variable, ":");
    const text = isTop
      ? (slope ?? "1")
      : [`C(${quoted(groupName(term.t))})`, ...(slope === null ? [] : [slope])].join(":");
    components.push([name, `0 + ${text}`]);
  }
  return { top: groupName(model.random.length - 1), correlated, components };
}

function readingLines({ model, numbers, labels }: Sheet, names: ScriptNames): string[] {
  const lines = [
    "# data.csv: a line of column names, then one line for each row of the data; blank cells are missing.",
    'file = pd.read_csv("data.csv", dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")',
    ...names.renamed.map(({ column, name }) => `# ${name} stands for the column ${commentText(column)}.`),
    "data = pd.DataFrame(index=file.index)",
  ];
  for (const [column, kind] of numbers) {
    const cells = `file[${pythonString(column)}]`;
    const value =
      kind === "boolean"
        ? `${cells}.map({"TRUE": 1.0, "FALSE": 0.0})`
        : kind === "date"
          ? `(pd.to_datetime(${cells}) - pd.Timestamp("1970-01-01")).dt.days`
          : // Whole numbers would overflow, and take no negative powers.
            `pd.to_numeric(${cells}).astype(float)`;
    lines.push(`data[${pythonString(names.plainNumber(column))}] = ${value}`);
  }
  for (const { column, levels } of labels.values()) {
    const cells = `file[${pythonString(column)}]`;
    const value =
      levels === null
        ? cells
        : `pd.Categorical(${cells}, categories=[${levels.map(pythonString).join(", ")}])`;
    lines.push(`data[${pythonString(names.plainLabel(column))}] = ${value}`);
  }
  return [
    ...lines,
    "# Rows with missing values are left out, as blmm does.",
    "data = data.dropna().reset_index(drop=True)",
    `assert len(data) == ${numberText(model.n)}`,
  ];
}
