import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folder } from "./pretend.ts";

// The program as it is installed: the file that package.json names, in processes of its own.

const root = join(import.meta.dirname, "../..");
const { bin, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const program = join(root, bin.blmm);
const run = promisify(execFile);
const FORMULA = "Reaction ~ Days + (Days | Subject)";
/** `script` of util-linux gives a process a terminal. */
const hasTerminal = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");

let files: string;
let sleep: string;
beforeAll(async () => {
  files = folder();
  sleep = join(files, "sleep.csv");
  writeFileSync(sleep, (await run("node", [program, "demo", "--csv"])).stdout);
});
afterAll(() => rmSync(files, { recursive: true }));

describe("the program", () => {
  it("begins as programs do, and knows its version", async () => {
    expect(readFileSync(program, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect((await run("node", [program, "--version"])).stdout).toBe(`${version}\n`);
  });

  it("fits, with workers too, and hands its exit code on", async () => {
    const line = [program, "fit", sleep, FORMULA, "--seed=1", "--draws=2000"];
    const alone = await run("node", line);
    expect(alone.stderr).toBe("");
    expect(await run("node", [...line, "--workers=2"])).toEqual(alone);
    await expect(run("node", [program, "fit"])).rejects.toMatchObject({ code: 2, stdout: "" });
  });

  it("ends quietly when nobody reads on", async () => {
    const pipe = 'set -o pipefail; "$0" "$1" demo --csv | true';
    expect(await run("bash", ["-c", pipe, "node", program])).toEqual({ stdout: "", stderr: "" });
  });

  it.runIf(existsSync("/dev/full"))("says where it cannot write, without a stack", async () => {
    const full = await run("bash", ["-c", '"$0" "$1" demo --csv > /dev/full', "node", program]).catch(
      (error) => error,
    );
    expect(full).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error \[no-access\]: .*ENOSPC.*\n$/),
    });
  });

  it.runIf(hasTerminal)("shows progress on a terminal, and stops with what there is at Ctrl-C", async () => {
    const line = `node ${program} fit ${sleep} "${FORMULA}" --draws=5000 --thin=100`;
    const child = spawn("script", ["-qec", line, "/dev/null"]);
    let seen = "";
    let stopped = false;
    child.stdout.on("data", (data) => {
      seen += data;
      if (!stopped && /\rsampling .* draws per chain/.test(seen)) {
        stopped = true;
        child.stdin.write("\u0003");
      }
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(seen).toMatch(/; cancelled\r\n/);
    expect(seen).toContain("Regression coefficients:");
    expect(code).toBe(130);
  });
});
