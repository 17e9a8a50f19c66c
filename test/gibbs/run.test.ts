import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbs, gibbsStream, gibbsSync, resume } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import { exponential, fixed, lkj } from "../../src/gibbs/priors.ts";
import type { Crew, Progress } from "../../src/gibbs/run.ts";
import { sampler, schemes, type Task } from "../../src/gibbs/sampler.ts";
import type { GibbsOptions } from "../../src/gibbs/session.ts";
import { lmm } from "../../src/model/lmm.ts";
import { essBulk, essTail, rhat } from "../../src/posterior/diagnostics.ts";
import { crossedRows } from "./harness.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const pastes = lmm("strength ~ 1 + (1 | batch/cask)", Pastes);
const penicillin = lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin);
const strata = lmm("y ~ x + (1 | g)", crossedRows(), { sigmaBy: "h" });
const codes = ({ warnings }: Posterior): string[] => warnings.map(({ code }) => code);
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Every scheme on a model that it takes, with what else a chain may carry. */
const cases: [string, Parameters<typeof gibbsSync>[0], GibbsOptions][] = [
  ...[...schemes.keys()].map((scheme): [string, typeof sleep, GibbsOptions] => [
    `${scheme}, two factors`,
    penicillin,
    { scheme: scheme as "blocked" },
  ]),
  ["collapsed, one factor, thinned", sleep, { scheme: "collapsed", thin: 3 }],
  ["collapsed, sigma a coordinate", sleep, { scheme: "collapsed", priors: { terms: { Subject: fixed([[600, 9], [9, 35]]) } } }], // biome-ignore format: a row
  ["blocked, slices", sleep, { scheme: "blocked", priors: { terms: { Subject: lkj(2, exponential(0.1)) } } }],
  ["blocked, a sigma for each stratum", strata, { scheme: "blocked" }],
  ["random effects not kept", sleep, { keep: "hyper", thin: 2 }],
];

describe("a run in parts", () => {
  it.each(cases)("is one long run, bit for bit: %s", async (_, model, options) => {
    const common = { chains: 2, warmup: 20, seed: 8, ...options };
    const whole = gibbsSync(model, { ...common, draws: 150 });
    const part = gibbsSync(model, { ...common, draws: 40 });
    expect(part.extendSync(110).draws.values).toEqual(whole.draws.values);
    expect((await part.extend(110)).draws.values).toEqual(whole.draws.values);
    expect(part.extendSync(60).extendSync(50).draws.values).toEqual(whole.draws.values);
    const later = await resume(model, json(part.checkpoint()));
    expect(later.draws.values).toEqual(part.draws.values);
    expect(later.extendSync(110).draws.values).toEqual(whole.draws.values);
    // What has been handed out is not written to.
    expect(part.draws.iterations).toBe(40);
    expect(part.draws.values).toEqual(gibbsSync(model, { ...common, draws: 40 }).draws.values);
  });

  it("keeps runs side by side apart", async () => {
    const options = { chains: 2, warmup: 20, seed: 8 };
    const part = gibbsSync(sleep, { ...options, draws: 40 });
    // Long enough for both to let the event loop run in between.
    const [one, two] = await Promise.all([part.extend(30_000), part.extend(25_000)]);
    const whole = gibbsSync(sleep, { ...options, draws: 30_040 }).draws;
    const bytes = ({ draws }: Pick<Posterior, "draws">): Buffer => Buffer.from(draws.values.buffer);
    expect(bytes(one).equals(bytes({ draws: whole }))).toBe(true);
    expect(two.draws.chain("sigma", 1)).toEqual(whole.chain("sigma", 1).slice(0, 25_040));
    expect(part.draws.iterations).toBe(40);
  });

  it("goes on after a cancel to the end it was meant for", async () => {
    const options = { chains: 3, draws: 700, warmup: 30, seed: 4 };
    const stop = new AbortController();
    const part = await gibbs(sleep, {
      ...options,
      signal: stop.signal,
      onProgress: ({ kept, chain }) => {
        if (kept > 50 && chain === 1) stop.abort();
      },
    });
    expect(part.status).toBe("cancelled");
    const whole = gibbsSync(sleep, options);
    const resumed = await resume(sleep, json(part.checkpoint()));
    expect(resumed.status).toBe("complete");
    expect(resumed.draws.values).toEqual(whole.draws.values);
  });

  it("refuses a checkpoint of other data, another model, or one that was cut or edited", async () => {
    const checkpoint = gibbsSync(sleep, {
      chains: 2,
      draws: 5,
      warmup: 5,
      seed: 1,
      keep: "hyper",
    }).checkpoint();
    const moved = sleepstudy.map((row, i) => (i === 7 ? { ...row, Reaction: row.Reaction + 1e-9 } : row));
    const other = lmm("Reaction ~ Days + (Days | Subject)", moved);
    await expect(resume(other, checkpoint)).rejects.toMatchObject({ code: "checkpoint-mismatch" });
    await expect(resume(pastes, checkpoint)).rejects.toThrow(/Reaction ~ Days/);
    const { values, ...cut } = json(checkpoint);
    const broken: unknown[] = [
      null,
      "run.json",
      {},
      cut,
      { ...cut, values: values.slice(1) },
      { ...cut, values: [null, ...values.slice(1)] },
      { ...cut, values, positions: checkpoint.positions.slice(1) },
      { ...cut, values, kept: 6 },
      { ...cut, values, iteration: -1 },
      { ...cut, values, marks: [] },
      { ...cut, values, settings: { ...cut.settings, chains: 3 } },
      { ...cut, values, settings: { ...cut.settings, seed: "1" } },
      { ...cut, values, settings: { ...cut.settings, scheme: { name: "__proto__" } } },
      { ...cut, values, positions: cut.positions.map((position) => ({ ...position, state: [1] })) },
      { ...cut, values, settings: { ...cut.settings, scheme: { ...cut.settings.scheme, tuning: {} } } },
    ];
    for (const one of broken) {
      await expect(resume(sleep, one as typeof checkpoint)).rejects.toMatchObject({
        code: "invalid-checkpoint",
      });
    }
  });
});

describe('draws: "auto"', () => {
  it("stops at the first batch that meets until", () => {
    const posterior = gibbsSync(sleep, { seed: 3 });
    expect(posterior.status).toBe("complete");
    expect(posterior.draws.iterations).toBe(1000);
    expect(codes(posterior)).toEqual([]);
    expect(posterior.draws.values).toEqual(gibbsSync(sleep, { seed: 3, draws: 1000 }).draws.values);
  });

  it("goes on in batches until every parameter meets it, and no further", () => {
    const until = { rhat: 1.05, ess: 700 };
    const posterior = gibbsSync(sleep, { seed: 2, chains: 2, scheme: "blocked", until });
    const { iterations } = posterior.draws;
    const worst = (draws: number): number => {
      const part = gibbsSync(sleep, { seed: 2, chains: 2, scheme: "blocked", draws });
      const rows = part.draws.variables
        .filter((name) => !name.startsWith("r_"))
        .map((name) => part.draws.chainsOf(name));
      expect(Math.max(...rows.map(rhat))).toBeLessThan(1.05);
      return Math.min(...rows.map((chains) => Math.min(essBulk(chains), essTail(chains))));
    };
    expect(posterior.status).toBe("complete");
    expect(iterations % 1000).toBe(0);
    expect(iterations).toBeGreaterThan(1000);
    expect(worst(iterations)).toBeGreaterThanOrEqual(700);
    expect(worst(iterations - 1000)).toBeLessThan(700);
  });

  it("is the same run when it was interrupted between two looks", async () => {
    const options = { seed: 2, chains: 2, scheme: "blocked", until: { rhat: 1.05, ess: 700 } } as const;
    const whole = gibbsSync(sleep, options);
    const stop = new AbortController();
    const onProgress = ({ kept }: Progress): void => {
      if (kept > 1200) stop.abort();
    };
    const part = await gibbs(sleep, { ...options, signal: stop.signal, onProgress });
    expect(part.status).toBe("cancelled");
    expect((await resume(sleep, json(part.checkpoint()))).draws.values).toEqual(whole.draws.values);
  });

  it("stops at maxDraws, keeps them, and says how many more it would take", () => {
    const posterior = gibbsSync(penicillin, { seed: 1, scheme: "full-conditionals", maxDraws: 1500 });
    expect(posterior.status).toBe("max-draws");
    expect(posterior.draws.iterations).toBe(1500);
    expect(codes(posterior)).toEqual(["stopped-early", "not-converged", "slow-mixing"]);
    expect(String(posterior)).toMatch(/stopped at maxDraws/);
    expect(String(posterior)).toMatch(/about \d+ more draws per chain; extend\(\)/);
  });

  it("stops at maxTime with what it has, or says that it has nothing", () => {
    // A clock of our own, that a busy machine does not hurry: 5 ms pass with every report.
    let clock = 0;
    const time = vi.spyOn(performance, "now").mockImplementation(() => clock);
    onTestFinished(() => time.mockRestore());
    const onProgress = (): void => {
      clock += 5;
    };
    const posterior = gibbsSync(sleep, { seed: 1, warmup: 10, draws: 1e5, maxTime: 0.2, onProgress });
    expect(posterior.status).toBe("max-time");
    expect(posterior.draws.iterations).toBeLessThan(1e5);
    expect(codes(posterior)).toContain("stopped-early");
    expect(() => gibbsSync(sleep, { seed: 1, warmup: 1e6, maxTime: 0.01, onProgress })).toThrow(/maxTime/);
  });

  it("reports the worst R-hat and ESS once it has looked", () => {
    const seen: Progress[] = [];
    const until = { rhat: 1.2, ess: 2500 };
    gibbsSync(sleep, { seed: 1, chains: 2, until, onProgress: (progress) => seen.push(progress) });
    expect(seen[0].rhat).toBeUndefined();
    expect(seen.at(-1)?.ess).toBeGreaterThan(0);
    expect(seen.at(-1)?.ess).toBeLessThan(2500);
    expect(seen.at(-1)?.total).toBe(seen.at(-1)?.iteration);
  });

  it.each<[string, GibbsOptions, string, RegExp]>([
    ["an R-hat of 1", { until: { rhat: 1 } }, "impossible-until", /at most 1/],
    ["an R-hat in words", { until: { rhat: "low" } } as object, "impossible-until", /"low"/],
    ["no ESS", { until: { ess: 0 } }, "impossible-until", /0/],
    ["more ESS than draws", { until: { ess: 9000 }, maxDraws: 2000 }, "impossible-until", /9000.*8000/],
    ["a misspelt target", { until: { esss: 100 } } as object, "unknown-option", /"ess"/],
    ["a bound on a number of draws", { draws: 100, maxDraws: 200 }, "invalid-argument", /"maxDraws"/],
    ["draws in words", { draws: "many" } as object, "invalid-argument", /"many"/],
    ["negative draws", { draws: -5 }, "invalid-argument", /"draws".*-5/],
    ["no time", { maxTime: 0 }, "invalid-argument", /"maxTime"/],
    ["a runner that is none", { runner: {} } as object, "invalid-argument", /a runner/],
    ["a signal that is none", { signal: true } as object, "invalid-argument", /AbortSignal/],
    ["something else to keep", { keep: "b" } as object, "invalid-argument", /"hyper"/],
    [
      "too little memory",
      { draws: 1000, maxMemory: 1e6 },
      "not-enough-memory",
      /2 MB.*keep: "hyper" needs 1 MB/,
    ],
    ["too little memory for anything", { draws: 1e6, maxMemory: 1e6 }, "not-enough-memory", /thin/],
    ["a signal given already", { signal: AbortSignal.abort() }, "cancelled", /before a draw/],
  ])("refuses %s", async (_, options, code, text) => {
    await expect(gibbs(sleep, { seed: 1, ...options })).rejects.toMatchObject({ code });
    await expect(gibbs(sleep, { seed: 1, ...options })).rejects.toThrow(text);
  });

  it("refuses to go on to more draws than memory holds", async () => {
    const refused = expect.objectContaining({ code: "not-enough-memory" });
    for (const keep of ["all", "hyper"] as const) {
      const short = gibbsSync(sleep, { seed: 1, draws: 10, keep, maxMemory: 1e6 });
      await expect(short.extend(10_000)).rejects.toThrow(refused);
      expect(() => short.extendSync(10_000)).toThrow(refused);
      expect(() => gibbsSync(sleep, { seed: 1, draws: 10, keep }).extendSync(1e9)).toThrow(refused);
      expect(short.extendSync(90).draws.iterations).toBe(100);
    }
  });
});

describe('keep: "hyper"', () => {
  it("says where the random effects are", () => {
    const lean = gibbsSync(sleep, { seed: 1, draws: 10, keep: "hyper" });
    expect(() => lean.draws.get("r_Subject[308,Days]")).toThrow(
      'keep: "hyper" leaves random effects out; effects()',
    );
  });

  const options = { chains: 2, draws: 200, warmup: 15, seed: 6 };

  it.each(cases.slice(0, -1))("makes random effects again with the same bits: %s", (_, model, own) => {
    const all = gibbsSync(model, { ...options, ...own });
    const lean = gibbsSync(model, { ...options, ...own, keep: "hyper" });
    const names = all.draws.info.filter(({ kind }) => kind === "group").map(({ name }) => name);
    for (const name of lean.draws.variables) expect(lean.draws.get(name)).toEqual(all.draws.get(name));
    expect(lean.draws.variables.length + names.length).toBe(all.draws.variables.length);
    expect(lean.effects().values).toEqual(all.effects().values);
    const some = { variables: [names[3], names[0]], iterations: [0, 63, 64, 130, 199] };
    expect(lean.effects(some).values).toEqual(all.effects(some).values);
    expect(lean.effects(some).get(names[0])[1]).toBe(all.draws.get(names[0])[63]);
    expect(lean.ranef()).toEqual(all.ranef());
    expect(lean.coef()).toEqual(all.coef());
  });

  it("does so after extend and after a checkpoint too", async () => {
    const all = gibbsSync(sleep, { ...options, draws: 300 });
    const lean = gibbsSync(sleep, { ...options, keep: "hyper" });
    expect(lean.extendSync(100).effects().values).toEqual(all.effects().values);
    const later = await resume(sleep, json(lean.checkpoint()));
    expect(later.extendSync(100).effects({ iterations: [299] }).values).toEqual(
      all.effects({ iterations: [299] }).values,
    );
  });

  it("refuses names and iterations that are not there", () => {
    const lean = gibbsSync(sleep, { ...options, keep: "hyper" });
    expect(() => lean.effects({ variables: ["r_Subject[308,Day]"] })).toThrow(
      /Did you mean "r_Subject\[308,Days\]"/,
    );
    expect(() => lean.effects({ iterations: [200] })).toThrow(/199/);
    expect(() => lean.effects({ iterations: [5, 5] })).toThrow(/"iterations"/);
    expect(() => lean.effects({ levels: ["308"] } as object)).toThrow(/"levels"/);
  });
});

describe("gibbsStream", () => {
  it("yields posteriors that grow, the last of which is the whole", async () => {
    const options = { chains: 2, draws: 3000, seed: 5 };
    const kept: number[] = [];
    let last: Posterior | undefined;
    for await (const posterior of gibbsStream(sleep, { ...options, every: 0.001 })) {
      if (posterior.status === "running") expect(String(posterior)).toMatch(/still running/);
      kept.push(posterior.draws.iterations);
      last = posterior;
    }
    expect(kept.length).toBeGreaterThan(1);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(last?.status).toBe("complete");
    expect(last?.draws.values).toEqual(gibbsSync(sleep, options).draws.values);
  });

  it("leaves partial posteriors as they were, and each can be gone on from", async () => {
    const seen: Posterior[] = [];
    for await (const posterior of gibbsStream(sleep, { chains: 2, draws: 2000, seed: 5, every: 0.001 })) {
      seen.push(posterior);
    }
    const whole = seen[seen.length - 1].draws;
    for (const { draws } of seen) {
      expect(draws.chain("sigma", 1)).toEqual(whole.chain("sigma", 1).slice(0, draws.iterations));
    }
    const first = seen[0];
    expect(first.extendSync(2000 - first.draws.iterations).draws.values).toEqual(whole.values);
  });

  it("ends the run when the loop is left", async () => {
    let reports = 0;
    for await (const _ of gibbsStream(sleep, { draws: 1e6, seed: 5, every: 0, onProgress: () => reports++ }))
      break;
    const then = reports;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(reports).toBe(then);
  });
});

describe("a runner", () => {
  /** Does the turns from a clone of the task, as another thread would; fails at its `failing`th round. */
  const elsewhere = (rounds: { count: number }, failing = Number.POSITIVE_INFINITY) => ({
    crew(task: Task, chains: number): Crew {
      const { turn } = sampler(structuredClone(task));
      return {
        async turns(iterations, positions) {
          if (++rounds.count >= failing) throw new Error("gone");
          return Array.from({ length: chains }, (_, c) => turn(c, iterations, structuredClone(positions[c])));
        },
        close() {},
      };
    },
  });
  // Long enough for help to be asked for.
  const options = { chains: 2, draws: 60_000, seed: 5, keep: "hyper" } as const;

  it("gives the same bits, and so it does when it breaks down on the way", async () => {
    const whole = gibbsSync(sleep, options);
    for (const failing of [Number.POSITIVE_INFINITY, 2]) {
      const rounds = { count: 0 };
      const helped = await gibbs(sleep, { ...options, runner: elsewhere(rounds, failing) });
      expect(rounds.count).toBeGreaterThan(0);
      expect(
        Buffer.compare(Buffer.from(helped.draws.values.buffer), Buffer.from(whole.draws.values.buffer)),
      ).toBe(0);
      expect(helped.effects({ iterations: [50_000] }).values).toEqual(
        whole.effects({ iterations: [50_000] }).values,
      );
    }
  });

  it("is not asked for a run of milliseconds", async () => {
    const rounds = { count: 0 };
    await gibbs(sleep, { draws: 200, seed: 5, runner: elsewhere(rounds) });
    expect(rounds.count).toBe(0);
  });
});
