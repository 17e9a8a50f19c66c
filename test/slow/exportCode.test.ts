import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BlmmError } from "../../src/errors.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { type ExportTarget, exportCode } from "../../src/teaching/code/exportCode.ts";
import { csvOf, exported } from "../teaching/exportModels.ts";

/** Whether a program runs. */
function runs(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const hasR = runs("Rscript", "-e", "invisible()");
const has = {
  lme4: hasR && runs("Rscript", "-e", 'library("lme4")'),
  nlme: hasR && runs("Rscript", "-e", 'library("nlme")'),
  statsmodels: runs("python3", "-c", "import statsmodels.formula.api"),
};
const hasPython = runs("python3", "-c", "import ast");
const title = (text: string, there: boolean, what: string): string =>
  there ? text : `${text} (skipped: ${what} is not installed)`;

/** The code, or `null` where the program cannot take the model. */
function codeFor(name: string, target: ExportTarget, method?: "REML" | "ML"): string | null {
  const { model } = exported[name]();
  try {
    return exportCode(model, target, method === undefined ? {} : { method });
  } catch (error) {
    if (error instanceof BlmmError && error.code === "cannot-export") return null;
    throw error;
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "blmm-export-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, code: string, file: string): string {
  writeFileSync(join(folder, file), code);
  return execFileSync(program, [file], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const criteria = {
  lme4: "if (isREML(fit)) REMLcrit(fit) else -2 * c(logLik(fit))",
  nlme: "-2 * c(logLik(fit))",
};

// Both programs stop by relative changes of the criterion or of θ near 1e-8, where the criterion is flat: 1e-6 of its
// size at most, and some 1e-8 is seen.
const SAME = 1e-6;

describe.each(["lme4", "nlme"] as const)("exportCode() for %s", (target) => {
  for (const name of Object.keys(exported)) {
    it.skipIf(!has[target])(title(`has the criterion of reml(): ${name}`, has[target], target), () => {
      const code = codeFor(name, target);
      if (code === null) return;
      const { model, rows } = exported[name]();
      writeFileSync(join(folder, "data.csv"), csvOf(rows));
      const output = run(
        "Rscript",
        `${code}\ncat("\\nCRITERION", format(${criteria[target]}, digits = 17))`,
        "fit.R",
      );
      const value = Number(/CRITERION (\S+)/.exec(output)?.[1]);
      const { criterion } = reml(model);
      expect(Math.abs(value - criterion)).toBeLessThan(SAME * (1 + Math.abs(criterion)));
      expect(existsSync(join(folder, "harm"))).toBe(false);
    });
  }

  it.skipIf(!has[target])(title("has the deviance of ml()", has[target], target), () => {
    const { model, rows } = exported["correlated slopes"]();
    writeFileSync(join(folder, "data.csv"), csvOf(rows));
    const code = codeFor("correlated slopes", target, "ML");
    const output = run(
      "Rscript",
      `${code}\ncat("\\nCRITERION", format(${criteria[target]}, digits = 17))`,
      "fit.R",
    );
    const { criterion } = ml(model);
    expect(Math.abs(Number(/CRITERION (\S+)/.exec(output)?.[1]) - criterion)).toBeLessThan(SAME * criterion);
  });
});

describe("scripts that nothing here runs", () => {
  it.skipIf(!hasR)(title("are R: brms and MCMCglmm", hasR, "R"), () => {
    const names = Object.keys(exported);
    const codes = (["brms", "MCMCglmm"] as const).flatMap((target) =>
      names.flatMap((name) => codeFor(name, target) ?? []),
    );
    expect(codes.length).toBeGreaterThan(30);
    codes.forEach((code, i) => {
      writeFileSync(join(folder, `parse${i}.R`), code);
    });
    // Every call in them is one of those that scripts make: a name that got out of its quotes would be another.
    const known =
      "library read.csv [ <- [[<- [[ as.numeric as.logical as.Date factor paste c complete.cases stopifnot == nrow ( droplevels " +
      "contrasts<- contr.treatment contr.sum contr.helmert contr.poly levels with bf ~ + | - * / ^ : I log log2 exp poly offset " +
      "set_prior brm gaussian print summary list diag matrix us idh MCMCglmm set.seed contrasts >";
    const output = run(
      "Rscript",
      `for (i in seq_len(${codes.length}) - 1) {
         calls <- setdiff(all.names(parse(paste0("parse", i, ".R")), functions = TRUE), all.vars(parse(paste0("parse", i, ".R"))))
         cat(calls, sep = "\\n")
       }`,
      "parse.R",
    );
    const strangers = [...new Set(output.split("\n"))].filter(
      (call) => call !== "" && !known.split(" ").includes(call),
    );
    expect(strangers).toEqual([]);
  });

  it.skipIf(!hasPython)(title("are Python: statsmodels", hasPython, "python3"), () => {
    const codes = Object.keys(exported).flatMap((name) => codeFor(name, "statsmodels") ?? []);
    expect(codes.length).toBeGreaterThan(12);
    codes.forEach((code, i) => {
      writeFileSync(join(folder, `parse${i}.py`), code);
    });
    const output = run(
      "python3",
      [
        "import ast",
        `for i in range(${codes.length}):`,
        '    tree = ast.parse(open(f"parse{i}.py", encoding="utf-8").read())',
        "    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}",
        "    print(*names, sep='\\n')",
      ].join("\n"),
      "parse.py",
    );
    const known = ["file", "data", "pd", "np", "smf", "model", "fit", "print", "len", "str", ""];
    expect([...new Set(output.split("\n"))].filter((name) => !known.includes(name))).toEqual([]);
  });

  it.skipIf(!has.statsmodels)(title("run: statsmodels", has.statsmodels, "statsmodels"), () => {
    for (const name of Object.keys(exported)) {
      const code = codeFor(name, "statsmodels");
      if (code === null) continue;
      const { model, rows } = exported[name]();
      writeFileSync(join(folder, "data.csv"), csvOf(rows));
      const output = run("python3", `${code}\nprint("CRITERION", -2 * fit.llf)`, "fit.py");
      const value = Number(/CRITERION (\S+)/.exec(output)?.[1]);
      const { criterion } = reml(model);
      // It stops by the gradient of its own parametrisation, far less strictly than the others.
      expect(Math.abs(value - criterion)).toBeLessThan(1e-4 * (1 + Math.abs(criterion)));
    }
  });
});
