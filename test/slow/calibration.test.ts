import {
  exponential,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
} from "../../src/gibbs/priors.ts";
import { type Cell, calibrate } from "./calibrate.ts";
import { crossed, nestedFactors, oneFactor, threeColumns } from "./sbc.ts";

const intercepts = oneFactor("y ~ x + (1 | g)");
const slopes = oneFactor("y ~ x + (x | g)");
const parabolas = threeColumns("y ~ x + (x + I(x^2) | g)");
const twoFactors = crossed("y ~ x + (1 | g) + (1 | h)");
const nested = nestedFactors("y ~ x + (1 | g/h)");
const crossedSlopes = crossed("y ~ x + (x | g) + (1 | h)");
const crossedTwoSlopes = crossed("y ~ x + (x | g) + (x | h)");

// In the textbook scheme β and b hold each other in place: with 60 iterations between draws the ranks of β still show it.
const CELLS: readonly Cell[] = [
  ["collapsed", intercepts, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } }, 4],
  [
    "collapsed",
    intercepts,
    "inverse-gamma",
    { sigma: inverseGamma(3, 2), terms: { g: inverseGamma(2, 1) } },
    4,
  ],
  [
    "collapsed",
    intercepts,
    "exponential, half-normal",
    { sigma: halfNormal(1), terms: { g: exponential(1) } },
    4,
  ],
  ["collapsed", slopes, "Huang–Wand", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } }, 6],
  ["collapsed", slopes, "inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 6], // biome-ignore format: a table
  ["collapsed", slopes, "LKJ(2), half-t", { sigma: halfT(4, 1), terms: { g: lkj(2, halfT(4, 1)) } }, 6],
  ["collapsed", parabolas, "LKJ(2), half-normal", { sigma: halfNormal(1), terms: { g: lkj(2, halfNormal(1)) } }, 15], // biome-ignore format: a table
  ["collapsed", parabolas, "Huang–Wand", { sigma: halfT(4, 1), terms: { g: huangWand({ df: 4, scale: 1 }) } }, 15], // biome-ignore format: a table
  ["collapsed", nested, "half-t", { sigma: halfT(4, 1), terms: { "h:g": halfT(4, 1), g: halfT(4, 1) } }, 6],
  ["collapsed", twoFactors, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1), h: halfT(4, 1) } }, 6],
  ["collapsed", crossedSlopes, "Huang–Wand, half-t", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }), h: halfT(4, 1) } }, 8], // biome-ignore format: a table
  ["crossed", twoFactors, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1), h: halfT(4, 1) } }, 8],
  ["crossed", nested, "half-t", { sigma: halfT(4, 1), terms: { "h:g": halfT(4, 1), g: halfT(4, 1) } }, 12],
  ["crossed", crossedSlopes, "Huang–Wand, half-t", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }), h: halfT(4, 1) } }, 12], // biome-ignore format: a table
  ["crossed", crossedTwoSlopes, "LKJ(2) and half-t, inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: lkj(2, halfT(4, 1)), h: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 12], // biome-ignore format: a table
  ["blocked", intercepts, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } }, 10],
  [
    "blocked",
    intercepts,
    "inverse-gamma",
    { sigma: inverseGamma(3, 2), terms: { g: inverseGamma(2, 1) } },
    10,
  ],
  [
    "blocked",
    intercepts,
    "exponential, half-normal",
    { sigma: halfNormal(1), terms: { g: exponential(1) } },
    10,
  ],
  ["blocked", slopes, "Huang–Wand", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } }, 15],
  ["blocked", slopes, "inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 15], // biome-ignore format: a table
  ["blocked", slopes, "LKJ(2), half-t", { sigma: halfT(4, 1), terms: { g: lkj(2, halfT(4, 1)) } }, 15],
  ["blocked", parabolas, "LKJ(2), half-normal", { sigma: halfNormal(1), terms: { g: lkj(2, halfNormal(1)) } }, 20], // biome-ignore format: a table
  ["blocked", twoFactors, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1), h: halfT(4, 1) } }, 15],
  ["blocked", crossedSlopes, "Huang–Wand, half-t", { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }), h: halfT(4, 1) } }, 15], // biome-ignore format: a table
  ["full-conditionals", intercepts, "half-t", { sigma: halfT(4, 1), terms: { g: halfT(4, 1) } }, 200],
  [
    "full-conditionals",
    intercepts,
    "inverse-gamma",
    { sigma: inverseGamma(3, 2), terms: { g: inverseGamma(2, 1) } },
    200,
  ],
  [
    "full-conditionals",
    slopes,
    "Huang–Wand",
    { sigma: halfT(4, 1), terms: { g: huangWand({ scale: 1 }) } },
    200,
  ],
  ["full-conditionals", slopes, "inverse-Wishart", { sigma: inverseGamma(3, 2), terms: { g: inverseWishart(5, [[2, 0.5], [0.5, 1]]) } }, 200], // biome-ignore format: a table
];

calibrate("normal", "simulation-based calibration", 4242, 218, CELLS);
