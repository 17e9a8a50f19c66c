import { halfT, lkj } from "../../src/gibbs/priors.ts";
import { student } from "../../src/model/student.ts";
import { calibrate } from "./calibrate.ts";
import { oneFactor, structured } from "./sbc.ts";

const sds = { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } };
const slopes = { sigma: halfT(4, 1), terms: { g: lkj(2, halfT(4, 1)) } };
const fixedResiduals = oneFactor("y ~ x + (1 | g)", { residuals: student({ df: 4 }) });
const residuals = oneFactor("y ~ x + (1 | g)", { residuals: student() });
const effects = oneFactor("y ~ x + (1 | g)", { effects: { g: student() } });
const both = oneFactor("y ~ x + (x | g)", { residuals: student(), effects: { g: student({ df: 3 }) } });
const strata = structured("y ~ x + (1 | g)", {
  sigmaBy: "s",
  residuals: student(),
  effects: { g: student({ df: 3 }) },
});

// σ and ν pull at each other where ν is estimated: more iterations between kept draws.
calibrate("student", "simulation-based calibration of Student-t residuals and effects", 5252, 33, [
  ["blocked", fixedResiduals, "half-t; residuals with 4 df", sds, 15],
  ["blocked", residuals, "half-t; residuals", sds, 25],
  ["blocked", effects, "half-t; effects", sds, 25],
  ["blocked", both, "LKJ(2), half-t; residuals, effects with 3 df", slopes, 25],
  ["blocked", strata, "half-t; residuals, effects with 3 df", sds, 25],
]);
