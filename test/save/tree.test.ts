import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hash } from "../../src/data/hash.ts";
import { bytesOf, treeOf } from "../../src/save/tree.ts";

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("@", "@@", "@0", "@NaN", "__proto__", "sections", "tree"),
    fc.float64Array(),
    fc.int32Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("@0", "toString", "__proto__", "7")), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

/** Bytes with a right checksum, whatever their header and sections are. */
function forged(header: string | Uint8Array, sections = new Uint8Array(0), length?: number): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(12 + text.length + sections.length + 8);
  bytes.set(new TextEncoder().encode("blmm@1 \n"));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, length ?? text.length, true);
  bytes.set(text, 12);
  bytes.set(sections, 12 + text.length);
  const { take, bits } = hash();
  take(bytes.subarray(0, -8));
  bits().forEach((word, i) => {
    view.setUint32(bytes.length - 8 + 4 * i, word, true);
  });
  return bytes;
}

const codeOf = (bytes: Uint8Array): string => {
  try {
    treeOf(bytes);
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a tree", () => {
  it("comes back from its bytes: every kind of value, every bit of a number", () => {
    fc.assert(
      fc.property(plain, (tree) => {
        expect(treeOf(bytesOf(tree))).toEqual(tree);
      }),
      { seed: 1, numRuns: 300 },
    );
    const odd = {
      a: [-0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324],
      b: Float64Array.of(-0, Number.NaN, 0.1),
    };
    const back = treeOf(bytesOf(odd)) as typeof odd;
    expect(back.a.map((value, i) => Object.is(value, odd.a[i]))).toEqual([true, true, true, true]);
    expect(new Uint8Array(back.b.buffer)).toEqual(new Uint8Array(odd.b.buffer));
  });

  it("has the layout the format states, little-endian", () => {
    const bytes = bytesOf({ x: Int32Array.of(1, -2), y: Float64Array.of(1) });
    const header = '{"sections":[["i32",2],["f64",1]],"tree":{"x":"@0","y":"@1"}}';
    const text = new TextDecoder().decode(bytes.subarray(0, 12 + header.length));
    expect(text).toBe(`blmm@1 \n${String.fromCharCode(header.length)}\0\0\0${header}`);
    const numbers = [1, 0, 0, 0, 254, 255, 255, 255, 0, 0, 0, 0, 0, 0, 240, 63];
    expect([...bytes.subarray(12 + header.length, -8)]).toEqual(numbers);
    // A view into a larger buffer, at an odd place.
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(treeOf(moved.subarray(3))).toEqual(treeOf(bytes));
  });

  it("is refused where a value would be lost", () => {
    for (const value of [new Map(), new Float32Array(1), () => 1]) {
      expect(() => bytesOf({ value })).toThrow(TypeError);
    }
  });

  it("defines keys of its own and touches no prototype", () => {
    const bytes = forged(
      '{"sections":[],"tree":{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}}',
    );
    const tree = treeOf(bytes) as Record<string, unknown>;
    expect(Object.keys(tree)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("bytes that are no tree", () => {
  const bytes = bytesOf({
    name: "sleepstudy",
    draws: Float64Array.from({ length: 40 }, (_, i) => Math.sqrt(i)),
  });

  it("are refused wherever they are cut", () => {
    const codes = Array.from({ length: bytes.length }, (_, length) => codeOf(bytes.slice(0, length)));
    expect(new Set(codes.slice(0, 8))).toEqual(new Set(["unknown-format"]));
    expect(new Set(codes.slice(8))).toEqual(new Set(["invalid-save"]));
    expect(codeOf(Uint8Array.of(...bytes, 0))).toBe("invalid-save");
  });

  it("are refused whichever byte was changed", () => {
    const codes = Array.from(bytes, (byte, at) =>
      [1, 128, 255].map((bits) => {
        const edited = bytes.slice();
        edited[at] = byte ^ bits;
        return codeOf(edited);
      }),
    );
    expect(new Set(codes.slice(0, 6).flat())).toEqual(new Set(["unknown-format"]));
    expect(new Set(codes.slice(8).flat())).toEqual(new Set(["invalid-save"]));
    expect(codes.flat()).not.toContain("");
  });

  it("are refused by name where they are of a later format", () => {
    const later = bytes.slice();
    later[5] = "2".charCodeAt(0);
    expect(() => treeOf(later)).toThrow("blmm@2");
    expect(codeOf(later)).toBe("unknown-format");
  });

  it.each([
    ["a section larger than the file", '{"sections":[["f64",1e15]],"tree":"@0"}', 8],
    ["sections that end early", '{"sections":[["i32",1]],"tree":"@0"}', 8],
    ["a negative length", '{"sections":[["f64",2],["f64",-1]],"tree":"@0"}', 8],
    ["half a number", '{"sections":[["f64",0.5]],"tree":"@0"}', 4],
    ["a length in words", '{"sections":[["f64","1"]],"tree":"@0"}', 8],
    ["a kind that is no kind", '{"sections":[["toString",1]],"tree":"@0"}', 8],
    ["a section that is not there", '{"sections":[],"tree":"@0"}', 0],
    ["a section that is no number", '{"sections":[["i32",1]],"tree":"@length"}', 4],
    ["sections that are no list", '{"sections":{},"tree":"@0"}', 0],
    ["no sections", "null", 0],
    ["no JSON", "{", 0],
  ])("are refused with a right checksum and %s", (_, header, size) => {
    expect(codeOf(forged(header, new Uint8Array(size)))).toBe("invalid-save");
  });

  it("are refused with a right checksum and a header of another length", () => {
    const header = '{"sections":[],"tree":1}';
    expect(treeOf(forged(header))).toBe(1);
    expect(codeOf(forged(header, undefined, 4_000_000_000))).toBe("invalid-save");
    expect(codeOf(forged(header, undefined, 0))).toBe("invalid-save");
    expect(codeOf(forged(Uint8Array.of(255, 254)))).toBe("invalid-save");
  });
});
