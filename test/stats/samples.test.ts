import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bandwidth, density } from "../../src/stats/density.ts";
import {
  correlation,
  mad,
  mean,
  median,
  quantileSorted,
  sampleQuantile,
  sd,
} from "../../src/stats/descriptive.ts";
import { fftInPlace, powerOfTwo } from "../../src/stats/fft.ts";
import { orderOf } from "../../src/stats/order.ts";

const sample = [0.2, 0.5, 1.1, 1.4, 2.5, 3.3, 0.05, 0.9];

describe("descriptive statistics", () => {
  it("keep their digits at a large offset", () => {
    // 1e9 + {1, 2, 3}: the one-pass variance would have no correct digit left.
    expect(sd([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
    expect(mean([0.1, 0.2, 0.3])).toBe(0.2);
  });

  it("correlate as R's cor", () => {
    expect(correlation([1, 2, 3, 5], [2, 1, 4, 6])).toBeCloseTo(0.90224363867810609, 14);
    expect(correlation([1, 2, 3], [-2, -4, -6])).toBeCloseTo(-1, 14);
    expect(correlation([1, 2], [3, 3])).toBeNaN();
  });

  it("answer NaN for empty samples and samples with NaN", () => {
    expect(median([])).toBeNaN();
    expect(sd([1])).toBeNaN();
    expect(sampleQuantile([1, Number.NaN, 2], 0.5)).toBeNaN();
    expect(mad([1, Number.NaN])).toBeNaN();
    expect(quantileSorted([1, 2, 3], 2)).toBeNaN();
  });
});

describe("orderOf", () => {
  it("sorts any doubles stably, wherever they sit", () => {
    const doubles = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.double({ min: 1e8, max: 1e8 + 1e-5, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(doubles, { maxLength: 300 }), (list) => {
        const values = Float64Array.from(list);
        const expected = [...values.keys()].sort((a, b) =>
          values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b,
        );
        expect([...orderOf(values).order]).toEqual(expected);
      }),
    );
  });
});

describe("density", () => {
  it("is the kernel estimate at its grid points, with R's bandwidth", () => {
    // Sums of dnorm in R; sharing draws over bins of h/8 moves them by about (1/8)²/8 = 0.2%.
    const { density: f } = density(sample, { bandwidth: 0.4, from: 0, to: 3, points: 4 });
    [0.3038306, 0.3987724, 0.1110626, 0.1512268].forEach((expected, i) => {
      expect(Math.abs(f[i] / expected - 1)).toBeLessThan(4e-3);
    });
    expect(bandwidth(sample)).toBeCloseTo(0.5538979, 6);
  });

  it("reflects at a bound, so that no mass is lost", () => {
    const { x, density: f } = density(sample, { lower: 0, points: 512 });
    const step = x[1] - x[0];
    const mass = f.reduce((sum, value) => sum + value, 0) * step - (f[0] * step) / 2;
    expect(x[0]).toBe(0);
    // Three bandwidths beyond the largest draw leave 0.13% of one of eight kernels outside.
    expect(Math.abs(mass - 1)).toBeLessThan(1e-3);
  });
});

describe("fftInPlace", () => {
  it("is the discrete Fourier transform", () => {
    expect(powerOfTwo(1000)).toBe(1024);
    const n = 16;
    const re = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i));
    const im = Float64Array.from({ length: n }, (_, i) => Math.cos(3 * i));
    const [x, y] = [re.slice(), im.slice()];
    fftInPlace(re, im);
    for (let k = 0; k < n; k++) {
      let real = 0;
      for (let j = 0; j < n; j++) {
        const angle = (-2 * Math.PI * j * k) / n;
        real += x[j] * Math.cos(angle) - y[j] * Math.sin(angle);
      }
      // Sixteen terms of size 1 in double precision.
      expect(Math.abs(re[k] - real)).toBeLessThan(1e-13);
    }
  });
});
