/**
 * Markdown to HTML that a strict content security policy lets through: no inline style, no script, no outside picture.
 *
 * @module
 */

import MarkdownIt from "markdown-it";
import { escapeHtml } from "../src/data/format.ts";
import { highlight } from "./highlight.ts";

/** A heading below the title. */
export interface Heading {
  readonly id: string;
  readonly text: string;
}

/** What a page is made of. */
export interface Rendered {
  readonly title: string;
  readonly html: string;
  /** Headings of the second level. */
  readonly headings: readonly Heading[];
}

/** What a link leads to on the site; undefined where there is no such page, which leaves the text alone. */
export type LinkTo = (href: string) => string | undefined;

/** The id of a heading, as GitHub makes it, so that links hold in both places. */
export function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

/** Renders a page. @param linkTo - translates links that stay within the project */
export function render(markdown: string, linkTo: LinkTo): Rendered {
  const md = new MarkdownIt({ html: false, linkify: false });
  const headings: Heading[] = [];
  let title = "";

  md.core.ruler.push("addresses", ({ tokens }) => {
    const taken = new Set<string>();
    tokens.forEach((token, i) => {
      if (token.type !== "heading_open") return;
      const text = (tokens[i + 1].children ?? []).map(({ content }) => content).join("");
      let id = slug(text);
      for (let k = 1; taken.has(id); k++) id = `${slug(text)}-${k}`;
      taken.add(id);
      token.attrSet("id", id);
      if (token.tag === "h1") title ||= text;
      if (token.tag === "h2") headings.push({ id, text });
    });
    for (const { children } of tokens) {
      const open: boolean[] = [];
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const href = linkTo(String(token.attrGet("href")));
          open.push(href !== undefined);
          if (href !== undefined) token.attrSet("href", href);
          else token.hidden = true;
        } else if (token.type === "link_close" && open.pop() === false) token.hidden = true;
      }
    }
  });

  const { rules } = md.renderer;
  // A hidden link leaves its text.
  const plain = (tokens: Parameters<typeof md.renderer.renderToken>[0], i: number): string =>
    tokens[i].hidden ? "" : md.renderer.renderToken(tokens, i, md.options);
  rules["link_open"] = plain;
  rules["link_close"] = plain;
  // Wide tables and code scroll by themselves; a region that scrolls has to take the focus.
  rules["table_open"] = () => `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>`;
  rules["table_close"] = () => "</table></div>";
  for (const cell of ["th_open", "td_open"]) {
    rules[cell] = (tokens, i) => {
      const right = /right/.test(String(tokens[i].attrGet("style")));
      return `<${tokens[i].tag}${right ? ' class="number"' : ""}${cell === "th_open" ? ' scope="col"' : ""}>`;
    };
  }
  rules["fence"] = (tokens, i) => codeBlock(tokens[i].content, tokens[i].info.trim());
  rules["code_block"] = (tokens, i) => codeBlock(tokens[i].content, "");

  const html = md.render(markdown);
  return { title, html, headings };
}

/** A block of code or of output. */
export function codeBlock(code: string, language: string): string {
  const label = language === "text" ? "Output" : "Code";
  const body = /^(ts|js)$/.test(language) ? highlight(code) : escapeHtml(code);
  return `<pre class="${language === "text" ? "output" : "code"}" tabindex="0" role="group" aria-label="${label}"><code>${body}</code></pre>\n`;
}
