import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  escapeHtml,
  formatNumbers,
  formatPValue,
  htmlTable,
  numberColumn,
  showAs,
  stars,
  textTable,
  wordColumn,
} from "../../src/data/format.ts";

describe("formatNumbers", () => {
  it("gives a column the decimals that show every number to the digits asked for, as R's format does", () => {
    // format(c(251.405105, 10.467286), digits = 5), and so on, in R 4.2.2.
    expect(formatNumbers([251.405105, 10.467286], { digits: 5 })).toEqual(["251.405", "10.467"]);
    expect(formatNumbers([612.1, 35.07, 654.94], { digits: 4 })).toEqual(["612.10", "35.07", "654.94"]);
    expect(formatNumbers([1, 2, 3])).toEqual(["1", "2", "3"]);
    expect(formatNumbers([0.1, 0.25])).toEqual(["0.10", "0.25"]);
    expect(formatNumbers([1e-10, 1])).toEqual(["1e-10", "1e+00"]);
    expect(formatNumbers([123456789])).toEqual(["123456789"]);
    expect(formatNumbers([1e5])).toEqual(["1e+05"]);
    expect(formatNumbers([0.00012345], { digits: 3 })).toEqual(["0.000123"]);
  });

  it("prints missing and infinite numbers, and no negative zero", () => {
    expect(formatNumbers([Number.NaN, Number.POSITIVE_INFINITY, -1.5])).toEqual(["NaN", "Inf", "-1.5"]);
    expect(formatNumbers([-0.001, 1], { decimals: 2 })).toEqual(["0.00", "1.00"]);
  });
});

describe("formatPValue", () => {
  it("prints what R prints", () => {
    expect(formatPValue(0.04321)).toBe("0.0432");
    expect(formatPValue(3.26e-6)).toBe("3.26e-06");
    expect(formatPValue(1e-20)).toBe("<2e-16");
    expect([0.0001, 0.005, 0.03, 0.07, 0.5].map(stars)).toEqual(["***", "**", "*", ".", ""]);
  });
});

describe("tables", () => {
  const columns = [
    wordColumn("", ["(Intercept)", "Days"]),
    numberColumn("Estimate", [251.405, 10.467], { digits: 5 }),
  ];

  it("align words left and numbers right", () => {
    expect(textTable(columns)).toBe("            Estimate\n(Intercept)  251.405\nDays          10.467");
  });

  it("keep hostile names on their line and out of the markup", () => {
    const hostile = [wordColumn("<b>", ["a\nb", "<script>alert('1')</script>", "\u009b2J"])];
    const lines = ["<b>", "a\\nb", "<script>alert('1')</script>", "\\u009b2J"];
    expect(textTable(hostile).split("\n")).toEqual(lines);
    expect(htmlTable(hostile, "x < y")).not.toMatch(/<script|<b>/);
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
  });
});

describe("showAs", () => {
  it("prints the text in a console, gives notebooks HTML, and adds no property that shows", () => {
    const value = showAs({ x: 1 }, () => "x is <1>");
    const show = (value as unknown as Record<symbol, () => unknown>)[Symbol.for("Jupyter.display")];
    expect(inspect(value)).toBe("x is <1>");
    expect(show()).toEqual({ "text/plain": "x is <1>", "text/html": "<pre>x is &lt;1&gt;</pre>" });
    expect(Object.keys(value)).toEqual(["x"]);
  });

  it("is the text as a string too, whatever the value is", () => {
    expect(String(showAs({ x: 1 }, () => "x is 1"))).toBe("x is 1");
    expect(`${showAs([{ x: 1 }], () => "one row")}`).toBe("one row");
    expect(String(showAs(new Date(0), () => "a day"))).toBe("a day");
  });

  it("is text that no terminal obeys, in every way to print it", () => {
    const shown = showAs({ x: 1 }, () => "a\u001b[2J\nb");
    expect(String(shown)).toBe("a\\u001b[2J\nb");
    expect(inspect(shown)).toBe(String(shown));
  });
});
