import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { progressText } from "../../src/cli/progress.ts";
import { blmm, folder, pretend } from "./pretend.ts";

const FORMULA = "Reaction ~ Days + (Days | Subject)";
let files: string;
let sleep: string;

beforeAll(async () => {
  files = folder();
  sleep = join(files, "sleep.csv");
  writeFileSync(sleep, (await blmm(["demo", "--csv"])).out);
});
afterAll(() => rmSync(files, { recursive: true }));

describe("the progress line", () => {
  const progress = { phase: "sampling", chain: 0, iteration: 525, total: 1050, kept: 475 } as const;

  it("shows phase, share and draws, and diagnostics once they are known", () => {
    expect(progressText({ ...progress, phase: "warmup", iteration: 21, kept: 0 }, 80)).toBe(
      "warmup   [#-----------------------------]   2%",
    );
    expect(progressText({ ...progress, rhat: 1.0234, ess: 310.9 }, 90)).toBe(
      "sampling [###############---------------]  50%  475 draws per chain  R-hat 1.023  ESS 310",
    );
  });

  it("keeps to the width of the terminal", () => {
    for (let columns = 1; columns < 100; columns++) {
      const text = progressText({ ...progress, rhat: 1.0234, ess: 310.9 }, columns);
      expect(text.length).toBeLessThan(columns);
    }
    expect(progressText(progress, 40)).toBe("sampling  50%  475 draws per chain");
  });
});

// Longer than anyone would wait: these runs end by Ctrl-C.
const LONG = ["fit", "", FORMULA, "--draws=5000", "--thin=100", "--seed=1"];
const long = (): string[] => LONG.map((word, i) => (i === 1 ? sleep : word));

describe("on a terminal", () => {
  it("the line is written over, and gone at the end; Ctrl-C ends the run with the draws there are", async () => {
    let lines = 0;
    let listening = -1;
    const { code, out, err } = await blmm(long(), {
      columns: 80,
      onError(text, terminal) {
        if (text.includes("draws per chain") && ++lines === 2) terminal.emit("SIGINT");
        listening = terminal.listenerCount("SIGINT");
      },
    });
    expect(code).toBe(130);
    expect(out).toMatch(/^ Scheme: .*; cancelled$/m);
    expect(out).toContain("stopped-early");
    expect(listening).toBe(0);
    const states = err.split("\r");
    expect(states[0]).toBe("");
    expect(states[1]).toMatch(/^(warmup|sampling) /);
    expect(states.at(-1)).toBe("");
    expect(states.at(-2)).toMatch(/^ +$/);
    expect(err).not.toContain("\n");
  });
});

describe("in a pipe", () => {
  it("nothing is written to standard error, and Ctrl-C is left to the system again afterwards", async () => {
    const { terminal, written } = pretend();
    expect(await main(["fit", sleep, FORMULA, "--seed=1", "--draws=2000"], terminal)).toBe(0);
    expect(written.err).toBe("");
    expect(terminal.listenerCount("SIGINT")).toBe(0);
  });
});
