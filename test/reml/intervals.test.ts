import { describe, expect, it } from "vitest";
import { Dyestuff2, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { parameterVariables } from "../../src/model/variables.ts";
import type { VariableInfo } from "../../src/posterior/draws.ts";
import { bootstrap, bootstrapSync } from "../../src/reml/bootstrap.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { referenceCases } from "./references.ts";

type Limit = number | "Inf" | "-Inf";

/** The name that the reference files give a parameter. */
function referenceName({ kind, term, term2, group }: VariableInfo): string {
  if (kind === "fixed") return term!;
  if (kind === "sigma") return "sigma";
  return kind === "sd" ? `sd_${term}|${group}` : `cor_${term2}.${term}|${group}`;
}

describe('confint({ method: "profile" })', () => {
  for (const { id, files, reference, data } of referenceCases) {
    it.skipIf(!files.available)(
      files.title(`gives the exact limits of ${id}, those at the edges included`),
      () => {
        const { formula, confint_profile_exact: exact } = reference() as ReturnType<typeof reference> & {
          readonly confint_profile_exact: Readonly<Record<string, readonly [Limit, Limit]>>;
        };
        const model = lmm(formula, data());
        const fit = reml(model);
        const wald = fit.parameters();
        fit.confint().forEach((row, v) => {
          const [lower, upper] = exact[referenceName(parameterVariables(model)[v])].map((limit) =>
            limit === "Inf" ? Number.POSITIVE_INFINITY : limit === "-Inf" ? Number.NEGATIVE_INFINITY : limit,
          );
          // Root finding on either side is good to better than 1e-4 standard errors.
          const tolerance = 1e-4 * (wald[v].se > 0 ? wald[v].se : 1);
          expect(Math.abs(row.lower - lower), `${row.variable} lower`).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(row.upper - upper), `${row.variable} upper`).toBeLessThanOrEqual(tolerance);
          expect(row.estimate).toBe(wald[v].estimate);
        });
      },
    );
  }

  it("is the same for a REML and an ML fit, which share their deviance, but for the estimates", () => {
    const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
    const restricted = reml(model).confint();
    ml(model)
      .confint()
      .forEach(({ variable, lower, upper }, v) => {
        expect(restricted[v]).toMatchObject({ variable, lower, upper });
      });
  });

  it("narrows with the level and nests", () => {
    const fit = reml(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin));
    const wide = fit.confint({ level: 0.99 });
    fit.confint({ level: 0.8 }).forEach(({ lower, upper, estimate }, v) => {
      expect(lower).toBeGreaterThan(wide[v].lower);
      expect(upper).toBeLessThan(wide[v].upper);
      expect(lower).toBeLessThan(estimate);
      expect(upper).toBeGreaterThan(estimate);
    });
  });
});

describe("bootstrap(fit)", () => {
  const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

  it("spreads as the standard errors say for coefficients and σ", () => {
    const boot = bootstrapSync(fit, { n: 400, seed: 3 });
    const wald = fit.parameters();
    boot.variables.forEach((variable, v) => {
      if (!variable.startsWith("b_") && variable !== "sigma") return;
      const values = boot.replicates[v];
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
      // An sd from 400 replicates is known to 3.5%; 4.5 of those.
      expect(sd / wald[v].se).toBeGreaterThan(1 - 4.5 * 0.036);
      expect(sd / wald[v].se).toBeLessThan(1 + 4.5 * 0.036);
      expect(Math.abs(mean - wald[v].estimate)).toBeLessThan((4.5 * wald[v].se) / 20);
    });
  });

  it("gives the same replicates for the same seed, and the first ones of a longer run", async () => {
    const short = bootstrapSync(fit, { n: 20, seed: 8 });
    const long = await bootstrap(fit, { n: 30, seed: 8 });
    short.replicates.forEach((values, v) => {
      expect(long.replicates[v].slice(0, 20)).toEqual(values);
    });
    expect(fit.confint({ method: "bootstrap", n: 20, seed: 8 })).toEqual(short.confint());
  });

  it("stops at a signal with the replicates made so far", async () => {
    const stop = new AbortController();
    const boot = await bootstrap(fit, {
      n: 1000,
      seed: 1,
      signal: stop.signal,
      onProgress: (done, total) => {
        expect(total).toBe(1000);
        if (done === 25) stop.abort();
      },
    });
    expect(boot.status).toBe("cancelled");
    expect(boot.replicates[0]).toHaveLength(25);
    await expect(bootstrap(fit, { seed: 1, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  it("starts at 0 for a variance estimated as zero", () => {
    const singular = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2));
    for (const method of ["profile", "wald", "bootstrap"] as const) {
      const row = singular.confint({ method, ...(method === "bootstrap" ? { n: 100, seed: 1 } : {}) })[1];
      expect(row, method).toMatchObject({ variable: "sd_Batch__Intercept", estimate: 0, lower: 0 });
      expect(row.upper).toBeGreaterThan(1);
    }
  });

  it.each([
    [() => fit.confint({ level: 1 }), "invalid-argument", /"level".*1/],
    [() => fit.confint({ method: "bayes" } as object), "invalid-argument", /"bayes"/],
    [() => fit.confint({ seed: 1 }), "unknown-option", /"seed"/],
    [() => bootstrapSync(fit, { n: 0 }), "invalid-argument", /"n".*0/],
    [() => bootstrapSync(fit, { reps: 10 } as object), "unknown-option", /"reps"/],
  ])("refuses bad arguments by code (%#)", (call, code, text) => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(text) }));
  });
});
