import { describe, expect, it } from "vitest";
import { highlight } from "../../site/highlight.ts";
import { render, slug } from "../../site/markdown.ts";

const keep = (href: string): string => href;

describe("slug", () => {
  it("is the id that GitHub gives a heading", () => {
    expect(slug("REML and ML")).toBe("reml-and-ml");
    expect(slug("The default, `default@1`")).toBe("the-default-default1");
    expect(slug("What differs: Δ & co.")).toBe("what-differs-δ--co");
  });
});

describe("render", () => {
  it("finds the title and the headings of the second level, with ids of their own", () => {
    const { title, headings, html } = render("# A *page*\n\n## One\n\n### One\n\n## Two", keep);
    expect(title).toBe("A page");
    expect(headings).toEqual([
      { id: "one", text: "One" },
      { id: "two", text: "Two" },
    ]);
    expect(html).toContain('<h3 id="one-1">');
  });

  it("leaves the text of a link that leads nowhere", () => {
    const linkTo = (href: string): string | undefined => (href === "a.md" ? "a.html" : undefined);
    const { html } = render("[here](a.md), [*there*](b.md) and [here](a.md)", linkTo);
    expect(html).toBe('<p><a href="a.html">here</a>, <em>there</em> and <a href="a.html">here</a></p>\n');
  });

  it("makes nothing that a strict content security policy refuses", () => {
    const { html } = render("| a | b |\n|---|--:|\n| <i>x</i> | 1 |\n\n<script>alert(1)</script>", keep);
    expect(html).not.toMatch(/style=|<script|<i>/);
    expect(html).toContain('<td class="number">1</td>');
  });

  it("tells code from output", () => {
    const { html } = render('```ts\nconst a = "<b>";\n```\n\n```text\nconst\n```', keep);
    expect(html).toContain('<span class="text">&quot;&lt;b&gt;&quot;</span>');
    expect(html).toContain('aria-label="Output"><code>const\n</code>');
  });
});

describe("highlight", () => {
  it("marks, and changes nothing else", () => {
    const code =
      'import { a } from "b"; // "not text"\nconst x = `a < 1e-3`; /* 1 */ a({ type: 2_000 }, a.from);';
    const html = highlight(code);
    const text = html
      .replace(/<[^>]+>/g, "")
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<");
    expect(text).toBe(code);
    expect([...html.matchAll(/<span class="(\w+)">([^<]*)/g)].map(([, kind, part]) => [kind, part])).toEqual([
      ["word", "import"],
      ["word", "from"],
      ["text", "&quot;b&quot;"],
      ["comment", "// &quot;not text&quot;"],
      ["word", "const"],
      ["text", "`a &lt; 1e-3`"],
      ["comment", "/* 1 */"],
      ["number", "2_000"],
    ]);
  });
});
