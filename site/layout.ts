/**
 * What every page has around its content.
 *
 * @module
 */

import { escapeHtml } from "../src/data/format.ts";
import type { Heading } from "./markdown.ts";
import type { Page } from "./pages.ts";

/** A page's own parts. */
export interface Content {
  readonly title: string;
  readonly html: string;
  readonly headings?: readonly Heading[];
  /** Scripts under `assets/`. */
  readonly scripts?: readonly string[];
}

/** Nothing from elsewhere, nothing inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * A whole page.
 *
 * @param page - which of `pages` it is, or a page of the reference
 * @param pages - all that the navigation shows
 */
export function layOut(page: Page, pages: readonly Page[], content: Content): string {
  const up = "../".repeat(page.path.split("/").length - 1);
  const title = content.title === "blmm" ? "blmm: Bayesian linear mixed models" : `${content.title} · blmm`;
  const scripts = (content.scripts ?? []).map(
    (name) => `<script type="module" src="${up}assets/${name}"></script>\n`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${up}assets/style.css">
<link rel="icon" href="${up}assets/icon.svg" type="image/svg+xml">
${scripts.join("")}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="bar">
<a class="home" href="${up}index.html">blmm</a>
<a href="${up}guide.html">Guide</a>
<a href="${up}playground.html">Playground</a>
<a href="${up}api/index.html">Reference</a>
<a class="jump" href="#pages">All pages</a>
</header>
<div class="columns">
<main id="content" tabindex="-1">
${content.html}
</main>
<nav id="pages" class="pages" aria-label="Pages">
${navigation(page, pages, content.headings ?? [], up)}
</nav>
</div>
</body>
</html>
`;
}

function navigation(page: Page, pages: readonly Page[], headings: readonly Heading[], up: string): string {
  const groups = [...new Set(pages.map(({ group }) => group))];
  return groups
    .map((group) => {
      const items = pages
        .filter((one) => one.group === group)
        .map((one) => {
          const here = one.path === page.path;
          const own =
            here && headings.length > 1 ? list(headings.map(({ id, text }) => link(`#${id}`, text))) : "";
          return link(up + one.path, one.name, here) + own;
        });
      return `<h2>${escapeHtml(group)}</h2>${list(items)}`;
    })
    .join("\n");
}

function link(href: string, text: string, here = false): string {
  return `<a href="${escapeHtml(href)}"${here ? ' aria-current="page"' : ""}>${escapeHtml(text)}</a>`;
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}
