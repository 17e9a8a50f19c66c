import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { blmm, folder } from "./pretend.ts";

const FORMULA = "Reaction ~ Days + (Days | Subject)";
let files: string;
let sleep: string;

beforeAll(async () => {
  files = folder();
  sleep = join(files, "sleep.csv");
  writeFileSync(sleep, (await blmm(["demo", "--csv"])).out);
});
afterAll(() => rmSync(files, { recursive: true }));

describe("help", () => {
  it("lists the commands, and what each takes, within 100 columns", async () => {
    const { code, out } = await blmm(["--help"]);
    expect(code).toBe(0);
    for (const { name } of commands) expect(out).toContain(`  ${name} `);
    for (const { name, options, operands } of commands) {
      const help = await blmm([name, "--help"]);
      expect(help).toMatchObject({ code: 0, err: "" });
      for (const option of options) expect(help.out).toContain(`  --${option.name} `);
      for (const operand of operands) expect(help.out).toContain(`  ${operand.name} `);
      expect(Math.max(...help.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    }
    expect((await blmm(["--version"])).out).toBe("0.1.0\n");
  });
});

describe("a target that cannot be written", () => {
  it.each(["--report", "--save", "--draws-csv"])("is refused before the run: %s", async (option) => {
    const { code, out, err } = await blmm(["fit", sleep, FORMULA, option, files]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(`error [no-access]: "${files}" is a folder.\nName a file in it.\n`);
  });

  it("so for the page of a report; and folders are no data", async () => {
    expect((await blmm(["report", sleep, FORMULA, files])).err).toContain("is a folder.");
    const read = await blmm(["fit", files, FORMULA]);
    expect(read).toMatchObject({
      code: 1,
      err: `error [no-such-file]: "${files}" is a folder.\nName a file in it.\n`,
    });
  });
});

describe("a line that cannot be understood", () => {
  const lines: readonly (readonly [line: readonly string[], says: string])[] = [
    [[], "blmm needs a command."],
    [["fitt"], 'Did you mean "fit"?'],
    [["fit"], "needs DATA"],
    [["fit", "sleep.csv"], "needs FORMULA"],
    [["fit", "sleep.csv", "y", "~", "x"], "quotation marks"],
    [["fit", "sleep.csv", "y ~ x", "--sed", "1"], 'Did you mean "--seed"?'],
    [["fit", "sleep.csv", "y ~ x", "-s"], 'no option "-s"'],
    [["fit", "sleep.csv", "y ~ x", "--seed", "one"], 'number after --seed, got "one"'],
    [["fit", "sleep.csv", "y ~ x", "--seed"], "needs N after --seed"],
    [["fit", "sleep.csv", "y ~ x", "--report", "--reml"], "needs FILE after --report"],
    [["fit", "sleep.csv", "y ~ x", "--json=yes"], "takes no value with --json"],
    [["fit", "sleep.csv", "y ~ x", "--seed=1", "--seed=2"], "takes --seed once"],
    [["demo", "sleepstudie"], "There are sleepstudy"],
    [["sql-plan", "y ~ x"], "needs --table"],
    [["fit", "y ~ x + (1 | g)", "sleep.csv"], "Name the file before the formula."],
  ];
  it.each(lines)("%j", async (line, says) => {
    const { code, out, err } = await blmm(line);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(says);
    expect(err).toMatch(/^error \[usage\]: .+\n.+\n$/);
  });

  it("is one with options that mean nothing, too", async () => {
    for (const line of [
      ["fit", sleep, FORMULA, "--reml", "--seed=1"],
      ["fit", sleep, FORMULA, "--reml", "--ml"],
      ["fit", sleep, FORMULA, "--ml", "--report=page.html"],
      ["fit", sleep, FORMULA, "--levels", "Subject"],
      ["compare", sleep, FORMULA, FORMULA, "--draws=10"],
      ["fit", sleep, FORMULA, "--save", sleep],
      ["fit", sleep, FORMULA, "--save=result", "--report=./result"],
      ["report", sleep, FORMULA, sleep],
      ["compare", sleep, FORMULA, FORMULA, "--gibbs", "--ml"],
    ])
      expect(await blmm(line), line.join(" ")).toMatchObject({ code: 2, out: "" });
  });
});

describe("a mistake", () => {
  const mistakes: readonly (readonly [code: string, line: () => readonly string[]])[] = [
    ["no-such-file", () => ["fit", join(files, "none.csv"), FORMULA]],
    ["unknown-column", () => ["fit", sleep, "Reaction ~ Dayz + (1 | Subject)"]],
    ["no-random-term", () => ["fit", sleep, "Reaction ~ Days"]],
    ["invalid-argument", () => ["fit", sleep, FORMULA, "--chains=0"]],
    ["invalid-argument", () => ["fit", sleep, FORMULA, "--missing=some"]],
    ["invalid-argument", () => ["fit", sleep, FORMULA, "--draws", "-5"]],
    [
      "not-nested",
      () => ["compare", sleep, "Reaction ~ 1 + (1 | Subject)", "Reaction ~ Days + (0 + Days | Subject)"],
    ],
    ["no-access", () => ["fit", sleep, FORMULA, "--draws=10", "--draws-csv", files]],
    ["no-such-file", () => ["fit", sleep, FORMULA, "--priors", join(files, "none.json")]],
    ["bad-json", () => ["fit", sleep, FORMULA, "--priors", sleep]],
  ];
  it.each(mistakes)("%s: two lines, no stack", async (code, line) => {
    const ran = await blmm(line());
    expect(ran.err).toMatch(new RegExp(`^error \\[${code}\\]: .+\n.+\n$`));
    expect(ran.code).toBe(1);
  });

  it.each([
    ["fit", "--draws=100000000", "--save"],
    ["fit", "--reml", "--save"],
  ])("in the name of a file is found before the work: %s %s %s", async (command, how, option) => {
    expect(await blmm([command, sleep, FORMULA, how, option, files])).toMatchObject({ code: 1, out: "" });
  });

  it("in a number is told under the name of the option", async () => {
    expect((await blmm(["fit", sleep, FORMULA, "--workers=0"])).err).toContain(
      '"workers" must be an integer',
    );
    expect((await blmm(["fit", sleep, FORMULA, "--seed", "-1"])).err).toContain('"seed" must be an integer');
  });

  it("in what comes from standard input is one, too", async () => {
    const stdin = Uint8Array.of(121, 44, 103, 10, 49, 44, 0xff, 10);
    expect((await blmm(["fit", "-", FORMULA], { stdin })).err).toContain("error [bad-csv]: Standard input");
  });

  it("in a formula shows its place", async () => {
    const { err } = await blmm(["fit", sleep, "Reaction ~ Days + (1 | Subject"]);
    expect(err.split("\n").slice(2)).toEqual(["  Reaction ~ Days + (1 | Subject", `${" ".repeat(20)}^`, ""]);
  });

  it.each([
    ["unknown-prior", { sigma: { type: "cauchy" } }],
    ["unknown-prior", { sigma: "halfT(3, 1)" }],
    ["unknown-prior", []],
    ["invalid-prior", { sigma: { type: "halfT", df: 3, scale: -1 } }],
    ["invalid-prior", { terms: { Subject: { type: "lkj", eta: 2, sds: { type: "halfT", df: 3 } } } }],
    ["unknown-option", { sigma: { type: "halfT", df: 3, scale: 1, sd: 2 } }],
    ["unknown-option", { tau: { type: "flat" } }],
  ])("in priors: %s %j", async (code, priors) => {
    const path = join(files, "priors.json");
    writeFileSync(path, JSON.stringify(priors));
    const ran = await blmm(["fit", sleep, FORMULA, "--priors", path]);
    expect(ran).toMatchObject({ code: 1, out: "" });
    expect(ran.err).toContain(`error [${code}]: `);
    if (Array.isArray(priors)) expect(ran.err).toContain("The priors are []");
  });

  it("is JSON on standard error with --json", async () => {
    const { code, out, err } = await blmm(["fit", sleep, "Reaction ~ Dayz + (1 | Subject)", "--json"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "unknown-column",
        message: 'No column "Dayz" in the data.',
        hint: 'Did you mean "Days"? Columns: Reaction, Days, Subject.',
      },
    });
    expect(JSON.parse((await blmm(["fit", "--json"])).err).error.code).toBe("usage");
  });
});

describe("a fault of the program", () => {
  const onOut = (): void => {
    throw new TypeError("of no kind known");
  };
  it("is one line that asks for a report, with a stack only on demand", async () => {
    const { code, err } = await blmm(["--version"], { onOut });
    expect(code).toBe(70);
    expect(err).toMatch(/^error \[internal\]: .*of no kind known.*please report it.*\n$/);
    const told = await blmm(["--version"], { onOut, env: { BLMM_DEBUG: "1" } });
    expect(told.err).toMatch(/^TypeError: of no kind known\n {4}at /);
  });
});

describe("control characters", () => {
  it("of names and labels do not reach a terminal", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${(i * 7) % 11},${i % 5},b\u001b[31m\u009b${i % 6}`);
    const stdin = ["y,x\u001b]0;title\u0007,g\u0085", ...rows].join("\n");
    const formula = "y ~ `x\u001b]0;title\u0007` + (1 | `g\u0085`)";
    for (const more of [
      ["--seed=1"],
      ["--seed=1", "--json"],
      ["--reml"],
      ["--reml", "--json"],
      ["--missing=\u001b[2J"],
    ]) {
      const { out, err } = await blmm(["fit", "-", formula, ...more], { stdin });
      expect(out + err).toContain("\\u00");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});
