/**
 * One line that every way of loading the package prints alike: estimates, and the sum of draws that workers made.
 *
 * @module
 */

export async function answer(
  blmm: typeof import("blmm"),
  datasets: typeof import("blmm/datasets"),
  { workers }: typeof import("blmm/workers"),
): Promise<string> {
  const model = blmm.lmm("Reaction ~ Days + (Days | Subject)", datasets.sleepstudy);
  const fit = blmm.reml(model);
  const runner = workers({ size: 2 });
  const posterior = await blmm.gibbs(model, { seed: 1, draws: 30_000, keep: "hyper", runner });
  const sum = posterior.draws.values.reduce((total, value) => total + value, 0);
  const { rows } = blmm.compare(posterior, fit);
  return `sigma ${fit.sigma.toFixed(6)}, sum of draws ${sum}, ${rows.length} rows`;
}
