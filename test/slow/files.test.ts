import { execFileSync } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnOf } from "../../src/data/table.ts";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { drawsToStanCsv, fromInferenceData, toInferenceData } from "../../src/io/formats.ts";
import { readTable } from "../../src/io/node.ts";
import { lmm } from "../../src/model/lmm.ts";
import { summarize } from "../../src/posterior/summarize.ts";

/** Whether a program runs. */
function runs(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const hasR = runs("Rscript", "-e", 'library("posterior"); library("jsonlite")');
const hasArviz = runs("python3", "-c", "import arviz");
const title = (text: string, there: boolean, what: string): string =>
  there ? text : `${text} (skipped: ${what} is not installed)`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "blmm-files-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, file: string, code: string): string {
  writeFileSync(join(folder, file), code);
  return execFileSync(program, [file], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

const posterior = gibbsSync(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), { seed: 1, draws: 1000 });
const rows = summarize(posterior.draws);

/** Stan CSV of every chain, as `c0.csv`, `c1.csv`, … */
function writeStanCsv(): string[] {
  return drawsToStanCsv(posterior).map((text, chain) => {
    writeFileSync(join(folder, `c${chain}.csv`), text);
    return `c${chain}.csv`;
  });
}

describe("a posterior in another program", () => {
  it.skipIf(!hasR)(
    title("has posterior's own summary in R, by Stan CSV", hasR, "posterior or jsonlite"),
    () => {
      const files = writeStanCsv();
      const output = run(
        "Rscript",
        "summary.R",
        `library(posterior)
chains <- lapply(c(${files.map((file) => `"${file}"`).join(", ")}), function(file)
  as_draws_array(as.matrix(read.csv(file, comment.char = "#", check.names = FALSE))))
draws <- do.call(bind_draws, c(chains, along = "chain"))
stopifnot(nchains(draws) == 4, niterations(draws) == 1000)
cat(jsonlite::toJSON(as.data.frame(summarise_draws(draws)), digits = NA))`,
      );
      const theirs = JSON.parse(output) as Record<string, number | string>[];
      expect(theirs.length).toBe(rows.length);
      const names = {
        mean: "mean",
        median: "median",
        sd: "sd",
        mad: "mad",
        q5: "q5",
        q95: "q95",
        rhat: "rhat",
        essBulk: "ess_bulk",
        essTail: "ess_tail",
      } as const;
      rows.forEach((row, v) => {
        for (const [ours, other] of Object.entries(names) as [keyof typeof names, string][]) {
          // The numbers are the same doubles; 1e-8 is what the diagnostics are held to against posterior.
          const difference = Math.abs(row[ours] - Number(theirs[v][other]));
          expect(difference, `${row.variable} ${ours}`).toBeLessThan(1e-8 * Math.max(1, Math.abs(row[ours])));
        }
      });
      expect(theirs.slice(-1)[0]["variable"]).toBe("r_Subject.18.2");
    },
  );

  it.skipIf(!hasArviz)(
    title("has ArviZ's own summary, by InferenceData and by Stan CSV", hasArviz, "arviz"),
    () => {
      writeFileSync(join(folder, "p.json"), JSON.stringify(toInferenceData(posterior, { logLik: true })));
      const files = writeStanCsv();
      const output = run(
        "python3",
        "summary.py",
        `import json, warnings
warnings.simplefilter("ignore")
import arviz as az
data = az.from_json("p.json")
stan = az.from_cmdstan(${JSON.stringify(files)})
assert (stan.posterior.r_Subject.values == data.posterior.r_Subject.values).all()
assert data.posterior.r_Subject.sel(Subject__level="308", Subject__term="Days").shape == (4, 1000)
data.to_json("back.json")
print(json.dumps({"rhat": float(az.rhat(data.posterior.sigma).sigma), "ess": float(az.ess(data.posterior.sigma).sigma),
                  "loo": float(az.loo(data).elpd_loo)}))`,
      );
      const theirs = JSON.parse(output) as { rhat: number; ess: number; loo: number };
      const ours = rows.find(({ variable }) => variable === "sigma");
      expect(theirs.rhat).toBeCloseTo(ours?.rhat as number, 8);
      expect(theirs.ess).toBeCloseTo(ours?.essBulk as number, 5);
      const loo = posterior.loo();
      // ArviZ smooths the tails by a somewhat different fit: far less than the estimate's own standard error.
      expect(Math.abs(theirs.loo - loo.elpdLoo)).toBeLessThan(0.01 * loo.se);
      const back = fromInferenceData(readFileSync(join(folder, "back.json"), "utf8"));
      expect(back.variables).toEqual(posterior.draws.variables);
      expect(back.values).toEqual(posterior.draws.values);
    },
  );
});

describe("readTable()", () => {
  it("reads more text than a string can hold", async () => {
    // 12 million lines of 50 bytes; V8's strings end at 2^29 − 24 characters.
    const lines = 12_000_000;
    const path = join(folder, "long.csv.gz");
    function* text(): Generator<string> {
      yield "y,g,note\n";
      for (let i = 0; i < lines; i += 1000) {
        let block = "";
        for (let k = i; k < i + 1000; k++)
          block += `${k},"group, ${k % 97}",${"-".repeat(38 - String(k).length)}\n`;
        yield block;
      }
    }
    await pipeline(Readable.from(text()), createGzip({ level: 1 }), createWriteStream(path));
    expect(statSync(path).size).toBeLessThan(2 ** 28);
    const table = await readTable(path);
    expect(table.rowCount).toBe(lines);
    const y = columnOf(table, "y");
    const g = columnOf(table, "g");
    expect(y.kind === "number" && y.values.every((value, i) => value === i)).toBe(true);
    expect(g.kind === "text" && g.values.every((value, i) => value === `group, ${i % 97}`)).toBe(true);
  });
});
