/**
 * Pictures of plots: blocks of code that write `out/plots/….svg` are run, and what they write follows them.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { escapeHtml } from "../src/data/format.ts";
import { codeBlock } from "./markdown.ts";

/** A picture: the comment above the line that writes it, the file's name, the call. */
const PICTURE = /^\/\/ (.+)\nawait writeSVG\("out\/plots\/(\w+)\.svg", (.+)\);$/gm;

/** Runs the blocks that make pictures. @returns the page's HTML with the pictures after their blocks */
export function withPictures(markdown: string, html: string, root: string, site: string): string {
  const blocks = [...markdown.matchAll(/^```ts\n([\s\S]*?)^```\n/gm)].map(([, code]) => code);
  for (const code of blocks) {
    const pictures = [...code.matchAll(PICTURE)];
    if (pictures.length === 0) continue;
    runBlock(code, root);
    const figures = pictures.map(([, caption, name, call]) => {
      const svg = themed(readFileSync(join(root, "out/plots", `${name}.svg`), "utf8"));
      mkdirSync(join(site, "plots"), { recursive: true });
      writeFileSync(join(site, "plots", `${name}.svg`), svg);
      const [, width, height] = /^<svg[^>]* width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
      return `<figure id="${name}"><figcaption><code>${escapeHtml(call)}</code><br>${escapeHtml(caption)}</figcaption>
<img src="plots/${name}.svg" alt="${escapeHtml(caption)}" width="${width}" height="${height}"></figure>\n`;
    });
    const block = codeBlock(code, "ts");
    html = html.replace(block, () => block + figures.join(""));
  }
  return html;
}

function runBlock(code: string, root: string): void {
  const folder = join(root, "out/pages");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "gallery.ts"), code);
  execFileSync(process.execPath, ["--import", "tsx", join(folder, "gallery.ts")], {
    cwd: root,
    stdio: "inherit",
  });
}

/** A picture that goes with a light and with a dark page. */
function themed(svg: string): string {
  const style = "<style>:root{color:#1b1f24}@media(prefers-color-scheme:dark){:root{color:#dfe3e8}}</style>";
  return svg
    .replace(' color="black"', "")
    .replace(/<rect width="[\d.]+" height="[\d.]+" fill="white"\/>/, style);
}
