/**
 * Builds the site into out/site: the Markdown pages of the project, the reference from the sources, the playground.
 * Static files that ask nothing of any other host; any server of files will do.
 *
 * Usage: `npm run site`.
 */

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { build } from "esbuild";
import { withPictures } from "../site/gallery.ts";
import { type Content, layOut } from "../site/layout.ts";
import { render } from "../site/markdown.ts";
import { type Page, pagesOf } from "../site/pages.ts";
import { playgroundPage } from "../site/playgroundPage.ts";
import { readDoors } from "../site/reference.ts";
import { doorPage, referencePage } from "../site/referencePages.ts";
import { TRAP_MARK, trapFigure } from "../site/trapFigure.ts";

const root = resolve(import.meta.dirname, "..");
const site = join(root, "out/site");
/** Marks for other programs, as the renderer shows them. */
const COMMENT = /<p>&lt;!-- .*? --&gt;<\/p>\n/g;

rmSync(site, { recursive: true, force: true });
const doors = readDoors(root);
const reference: Page = { path: "api/index.html", name: "Reference", group: "Reference" };
const pages: Page[] = [
  ...pagesOf(root),
  { ...reference, name: "All names" },
  ...doors.map(({ page }) => page),
];

for (const page of pages) {
  const door = doors.find((one) => one.page === page);
  if (door !== undefined) write(page, doorPage(door, doors));
  else if (page.path === reference.path) write(page, referencePage(doors));
  else if (page.source === undefined) write(page, playgroundPage);
  else write(page, markdownPage(page.source));
}

await build({
  absWorkingDir: root,
  entryPoints: {
    playground: "site/playground/main.ts",
    worker: "site/playground/worker.ts",
    trap: "site/playground/trap.ts",
  },
  outdir: join(site, "assets"),
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2023",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});
for (const name of ["style.css", "icon.svg"])
  copyFileSync(join(root, "site", name), join(site, "assets", name));
console.log(`site: ${pages.length} pages in out/site`);

function markdownPage(source: string): Content {
  const markdown = readFileSync(join(root, source), "utf8");
  const { title, html, headings } = render(markdown, (href) => siteLink(source, href));
  const pictured = withPictures(markdown, html, root, site);
  const live = pictured.includes(TRAP_MARK);
  const whole = live ? pictured.replace(TRAP_MARK, trapFigure()) : pictured;
  return { title, html: whole.replace(COMMENT, ""), headings, scripts: live ? ["trap.js"] : [] };
}

/** Where a link of a Markdown page leads to: files of the project that are no page are only named. */
function siteLink(source: string, href: string): string | undefined {
  if (/^[a-z]+:/.test(href) || href.startsWith("#")) return href;
  const [path, anchor] = href.split("#");
  const file = posix.join(posix.dirname(source), path);
  const page = pages.find((one) => one.source === file);
  if (page === undefined && !existsSync(join(root, file)))
    throw new Error(`${source} links to ${href}, which is not there.`);
  return page && (anchor === undefined ? page.path : `${page.path}#${anchor}`);
}

function write(page: Page, content: Content): void {
  const file = join(site, page.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, layOut(page, pages, content));
}
