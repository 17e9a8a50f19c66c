import { describe, expect, it } from "vitest";
import { toSVG } from "../../src/io/svg.ts";
import * as plot from "../../src/plot/index.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";

const chain = (at: number, spread: number): number[] =>
  Array.from({ length: 40 }, (_, i) => at + spread * Math.sin(7 * i));

describe("a variable that is held", () => {
  const held = drawsFrom({ sigma: [chain(1, 0), chain(1, 0)], b_x: [chain(3, 2), chain(4, 2)] });

  it("is a spike, not a bell", () => {
    for (const data of [plot.areasData, plot.densityOverlayData, plot.ridgesData]) {
      const rows = (data(held) as { variable: string; value: number; density: number }[]).filter(
        ({ variable }) => variable === "sigma",
      );
      const highest = Math.max(...rows.map(({ density }) => density));
      const wide = rows.filter(({ density }) => density > highest / 10).map(({ value }) => value);
      expect(Math.max(...wide) - Math.min(...wide)).toBeLessThan(0.01);
      expect(Math.max(...rows.map(({ value }) => value))).toBeCloseTo(1.1, 12);
    }
  });

  it("leaves the ridges of the others their height", () => {
    const path = (svg: string): string[] => Array.from(svg.matchAll(/ d="(M[^"]{400,})"/g), ([, d]) => d);
    const both = toSVG(plot.ridges(held, { variables: ["b_x", "sigma"] }));
    const heights = path(both).map((d) => {
      const y = Array.from(d.matchAll(/,(-?[\d.]+)/g), ([, value]) => Number(value));
      return Math.max(...y) - Math.min(...y);
    });
    expect(Math.min(...heights)).toBeGreaterThan(20);
  });
});
