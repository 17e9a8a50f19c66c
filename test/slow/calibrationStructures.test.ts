import { halfNormal, halfT } from "../../src/gibbs/priors.ts";
import { calibrate } from "./calibrate.ts";
import { structured } from "./sbc.ts";

const symmetric = structured("y ~ x + cs(0 + f | g)");
const strata = structured("y ~ x + (1 | g)", { sigmaBy: "s" });
const both = structured("y ~ x + cs(0 + f | g)", { sigmaBy: "s" });
const priors = { sigma: halfT(4, 1), terms: { g: halfNormal(1) } };
const words = "half-t, half-normal";

// As in calibration.test.ts; the textbook scheme needs more iterations between kept draws. With 1000 simulations its
// r_g[g0,fp] had p = 7e-6, two neighbouring bins being too full. The truths that this seed draws fill the same bins in the
// blocked scheme (73 and 63 where 50 are expected); with 4000 simulations p is 0.017, with 1000 of another seed 0.07.
calibrate("structures", "simulation-based calibration of structured variances", 2424, 32, [
  ["blocked", symmetric, words, priors, 15],
  ["blocked", strata, words, priors, 15],
  ["blocked", both, words, priors, 15],
  ["full-conditionals", both, words, priors, 200, 4000],
]);
