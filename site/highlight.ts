/**
 * TypeScript with its comments, texts, numbers and keywords marked.
 *
 * @module
 */

import { escapeHtml } from "../src/data/format.ts";

const TOKEN =
  /(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)|(?<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?<number>\b\d[\d_]*(?:\.\d+)?(?:e-?\d+)?\b)|(?<word>(?<!\.)\b(?:as|async|await|break|class|const|continue|else|export|extends|for|from|function|if|implements|import|in|interface|let|new|of|readonly|return|static|throw|try|catch|type|typeof|while|true|false|null|undefined)\b(?!:))/g;

/** HTML of a piece of TypeScript. */
export function highlight(code: string): string {
  let html = "";
  let from = 0;
  for (const match of code.matchAll(TOKEN)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? ["word"];
    html += `${escapeHtml(code.slice(from, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`;
    from = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(from));
}
