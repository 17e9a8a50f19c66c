import { describe, expect, it } from "vitest";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { schemes } from "../../src/gibbs/sampler.ts";
import type { GibbsOptions } from "../../src/gibbs/session.ts";
import { lmm } from "../../src/model/lmm.ts";
import { essBulk, mcseMean, mcseQuantile, quantile } from "../../src/posterior/diagnostics.ts";
import { mean } from "../../src/stats/descriptive.ts";
import { CASES, DATA, golden, priorsOf, referenceName } from "../gibbs/references.ts";

/*
 * Very long runs against quadrature, which has no error of its own: at 200 000 effective draws four Monte Carlo errors
 * are 0.9% of a posterior SD, a bias that calibration with 1000 replications cannot see.
 */
const EFFECTIVE = 200_000;
/** Iterations per kept draw: dependent draws weigh more than they tell. */
const THIN: Readonly<Record<string, number>> = { blocked: 2, "full-conditionals": 10 };

describe.each([...schemes.keys()])("the %s scheme", (scheme) => {
  it.each(CASES.filter((id) => id.startsWith("exact-")))(
    "stays within 4 Monte Carlo errors of quadrature at 200 000 effective draws: %s",
    (id) => {
      const reference = golden(id);
      const model = lmm(reference.formula, DATA[reference.data]);
      let posterior = gibbsSync(model, {
        priors: priorsOf(reference, model),
        scheme: scheme as NonNullable<GibbsOptions["scheme"]>,
        seed: 77,
        keep: "hyper",
        thin: THIN[scheme] ?? 1,
        draws: 50_000,
      });
      const least = (): number =>
        Math.min(...posterior.draws.variables.map((name) => essBulk(posterior.draws.chainsOf(name))));
      for (let ess = least(); ess < EFFECTIVE; ess = least()) {
        const wanted = 1.1 * posterior.draws.iterations * (EFFECTIVE / ess - 1);
        posterior = posterior.extendSync(Math.ceil(Math.min(wanted, 3_000_000)));
      }
      for (const info of posterior.draws.info) {
        const expected = reference.parameters[referenceName(info)];
        const chains = posterior.draws.chainsOf(info.name);
        const z = (value: number, target: number, error: number): number => Math.abs(value - target) / error;
        const what = `${id} ${info.name}, 4 × ${posterior.draws.iterations}`;
        expect(
          z(mean(posterior.draws.get(info.name)), expected.mean, mcseMean(chains)),
          `${what}: mean`,
        ).toBeLessThan(4);
        for (const [p, target] of [
          [0.05, expected.q5],
          [0.95, expected.q95],
        ]) {
          // biome-ignore format: pairs
          expect(z(quantile(chains, p), target, mcseQuantile(chains, p)), `${what}: q${p}`).toBeLessThan(4);
        }
      }
    },
  );
});
