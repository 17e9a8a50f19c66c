/**
 * The pages of the reference.
 *
 * @module
 */

import { escapeHtml } from "../src/data/format.ts";
import { highlight } from "./highlight.ts";
import type { Content } from "./layout.ts";
import { codeBlock, type LinkTo, render } from "./markdown.ts";
import type { Doc, Door, Entry } from "./reference.ts";

/** The page of an entry. */
export function doorPage(door: Door, doors: readonly Door[]): Content {
  const links = new Map(
    doors.flatMap(({ page, entries }) => entries.map(({ name }) => [name, `${page.path.slice(4)}#${name}`])),
  );
  for (const { name } of door.entries) links.set(name, `#${name}`);
  const kinds = [
    ["Functions", /^(async )?function/],
    ["Values", /^const/],
    ["Classes", /^class/],
    ["Types", /^(interface|type)/],
  ] as const;
  const groups = kinds
    .map(([title, pattern]) => ({
      title,
      entries: door.entries.filter(({ signatures }) => pattern.test(signatures[0])),
    }))
    .filter(({ entries }) => entries.length > 0);
  const html = groups.map(
    ({ title, entries }) =>
      `<h2 id="${title.toLowerCase()}">${title}</h2>\n${entries.map((entry) => entryHtml(entry, links)).join("\n")}`,
  );
  return {
    title: door.path,
    html: `<h1><code>${door.path}</code></h1>\n${docHtml(door.doc, links)}\n${html.join("\n")}`,
    headings: groups.map(({ title }) => ({ id: title.toLowerCase(), text: title })),
  };
}

/** The overview: every name of every entry. */
export function referencePage(doors: readonly Door[]): Content {
  const parts = doors.map(({ path, page, doc, entries }) => {
    const own = page.path.slice(4);
    const names = entries
      .filter(({ signatures }) => !/^(interface|type)/.test(signatures[0]))
      .map(({ name }) => `<li><a href="${own}#${name}"><code>${name}</code></a></li>`);
    return `<h2><a href="${own}"><code>${path}</code></a></h2>\n${docHtml({ ...doc, tags: [] }, new Map())}<ul class="names">${names.join("")}</ul>`;
  });
  return {
    title: "Reference",
    html: `<h1>Reference</h1>\n<p>What each entry of the package exports, from the comments in its source. Functions, values and classes are listed here; types are on the pages.</p>\n${parts.join("\n")}`,
  };
}

type Links = ReadonlyMap<string, string>;

function entryHtml({ name, doc, signatures, members }: Entry, links: Links): string {
  const inner = members.map(
    (member) =>
      `<div class="member">${signatureHtml(member.signature, links, name)}${docHtml(member.doc, links)}</div>`,
  );
  return `<h3 id="${name}"><code>${name}</code></h3>
${signatures.map((signature) => signatureHtml(signature, links, name)).join("")}${docHtml(doc, links)}
${inner.join("\n")}`;
}

/** Code in which the names of exported types are links. */
function signatureHtml(signature: string, links: Links, own: string): string {
  const html = highlight(signature).replace(
    /(<[^>]+>|&\w+;)|\b([A-Z]\w+)\b/g,
    (whole, tag?: string, word = "") => {
      const href = tag === undefined && word !== own ? links.get(word) : undefined;
      return href === undefined ? whole : `<a href="${href}">${word}</a>`;
    },
  );
  return `<pre class="signature"><code>${html}</code></pre>\n`;
}

function docHtml({ text, tags }: Doc, links: Links): string {
  const of = (name: string): string[] => tags.filter((tag) => tag.name === name).map((tag) => tag.text);
  const params = of("param").map((param) => {
    const [, name, words] = /^([\w.]+)\s*(?:-\s*)?([\s\S]*)$/.exec(param) ?? [];
    return `<dt><code>${escapeHtml(name)}</code></dt><dd>${prose(words, links)}</dd>`;
  });
  const lines = [
    ...of("returns").map((words) => `Returns ${words}`),
    ...of("throws").map((words) => `Throws ${words.replace(/\{(\w+)\}/g, "{@link $1}")}`),
    ...of("see").map((words) => `See ${words}`),
  ];
  const examples = of("example").map((code) => codeBlock(`${code.replace(/^```\w*\n|\n```$/g, "")}\n`, "ts"));
  return [
    prose(text, links),
    params.length > 0 ? `<dl>${params.join("")}</dl>` : "",
    ...lines.map((words) => prose(words, links)),
    ...examples,
  ].join("\n");
}

/** Markdown of a comment, `{@link name}` being a link or, where the name is not exported, code. */
function prose(text: string, links: Links): string {
  if (text === "") return "";
  const linked = text.replace(/\{@link (\w+)(?:\(\))?\}/g, (_, name: string) => {
    const href = links.get(name);
    return href === undefined ? `\`${name}\`` : `[\`${name}\`](${href})`;
  });
  const keep: LinkTo = (href) => href;
  return render(linked, keep).html;
}
