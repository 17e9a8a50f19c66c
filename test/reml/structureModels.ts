/** Models with compound symmetry and with residual SDs by stratum, on the data that nlme's fits are of. */

import { cake, oats, sleepstudy } from "../../src/datasets/index.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";

export const oatsRows = [...oats].map((row) => ({ ...row, nitro: Number.parseFloat(row.nitrogen) }));
export const sleepRows = [...sleepstudy].map((row) => ({ ...row, half: row.Days < 5 ? "early" : "late" }));
const cakeRows = [...cake].map((row) => ({ ...row, warm: row.temp < 200 ? "below" : "above" }));

export const models: Record<string, () => LinearMixedModel> = {
  "oats-cs": () => lmm("yield ~ variety + nitro + cs(0 + variety | block)", oatsRows),
  "cake-cs": () => lmm("angle ~ recipe + temp + cs(0 + recipe | replicate)", cakeRows),
  "sleepstudy-cs": () => lmm("Reaction ~ Days + cs(0 + half | Subject)", sleepRows),
  "oats-strata": () => lmm("yield ~ variety + nitro + (1 | block)", oatsRows, { sigmaBy: "variety" }),
  "cake-strata": () => lmm("angle ~ recipe + temp + (1 | replicate)", cakeRows, { sigmaBy: "warm" }),
  "sleepstudy-strata": () => lmm("Reaction ~ Days + (Days | Subject)", sleepRows, { sigmaBy: "half" }),
  "oats-both": () =>
    lmm("yield ~ variety + nitro + cs(0 + variety | block)", oatsRows, { sigmaBy: "variety" }),
};
