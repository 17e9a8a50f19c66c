/** Values that nobody means and everybody passes some day. */

import fc from "fast-check";

/** Names that are more than names: of members of objects, in other grammars, or hardly visible. */
export const hostileNames: readonly string[] = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "length", "then", "prototype"],
  ...["", " ", "  x ", "\t", "\n", "\r\n", "\0", "\u2028", "\u202e", "\ud800", "é", "e\u0301", "😀", "日本"],
  ...[
    "a`b",
    "a\\b",
    "a\\",
    "`",
    '"',
    "'",
    '""',
    "''",
    "[x]",
    "x.y",
    "x;y",
    "x--",
    "/*",
    "*/",
    "#",
    "%",
    "$1",
  ],
  ...[
    "<script>alert(1)</script>",
    "</pre>",
    "&amp;",
    "\\input{x}",
    "}{",
    "$x$",
    "a_b^c~d",
    "\\\\",
    "x|g",
    "a:b",
  ],
  ...["0", "1", "TRUE", "NaN", "NA", "Infinity", "-1", ".", "..", "a,b", "=1+1", "x".repeat(300)],
];

export const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...hostileNames) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 8 }) },
);

/** Numbers at the ends of the range, at the ends of precision and within. */
export const number: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, 1e-310, Number.MAX_VALUE, -Number.MAX_VALUE),
  fc.constantFrom(2 ** 53, 2 ** 53 + 2, 2 ** 31, -1, 0.5, 1e-300, 1e300, Number.EPSILON),
);

function cyclic(): unknown[] {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

function nested(depth: number): unknown {
  let list: unknown = 1;
  for (let i = 0; i < depth; i++) list = [list];
  return list;
}

/** What no call asks for. */
export const oddity: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false, "", "x", 10n ** 30n, Symbol("s"), Symbol.iterator),
  fc.constant(cyclic()),
  fc.constantFrom<unknown>(() => 1, /x/, new Date(Number.NaN), new Map([[1, 2]]), new Set([1])),
  fc.constantFrom(1, 100, 1000).map(nested),
  fc.constant(Object.create(null)),
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withDate: true,
    withNullPrototype: true,
    withTypedArray: true,
  }),
  name,
  number,
);

/** A cell of a table. */
export const cell: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: number },
  { weight: 3, arbitrary: name },
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(null, undefined),
  oddity,
);
