/**
 * What each entry of the package exports, from its source and doc comments, read with the compiler. Its
 * API calls itself unstable; package.json holds its version fast.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClassDeclaration, InterfaceDeclaration, Node } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import { API, SymbolFlags } from "typescript/unstable/sync";
import type { Page } from "./pages.ts";

/** One exported name. */
export interface Entry {
  readonly name: string;
  readonly doc: Doc;
  /** Declarations without bodies: one, or the overloads of a function. */
  readonly signatures: readonly string[];
  readonly members: readonly { readonly signature: string; readonly doc: Doc }[];
}

/** An import path with its names. */
export interface Door {
  readonly path: string;
  readonly page: Page;
  readonly doc: Doc;
  readonly entries: readonly Entry[];
}

/** A doc comment: its text, and what follows each `@`. */
export interface Doc {
  readonly text: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
}

/** Reads the entries that package.json names. */
export function readDoors(root: string): Door[] {
  const { exports: map } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string }>;
  };
  const api = new API({ cwd: root });
  try {
    const config = join(root, "tsconfig.build.json");
    const { program, checker } = api.updateSnapshot({ openProjects: [config] }).getProjects()[0];
    return Object.entries(map).flatMap(([key, target]) => {
      if (typeof target === "string") return [];
      const source = program.getSourceFile(
        join(root, target.types.replace("./dist", "src").replace(".d.ts", ".ts")),
      );
      const module = source && checker.getSymbolAtLocation(source);
      if (!module) return [];
      const entries = checker.getExportsOfModule(module).map((symbol): Entry => {
        const own = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        return entryOf(
          symbol.name,
          own.declarations.map((handle) => handle.resolve()!),
        );
      });
      const path = key.replace(".", "blmm");
      const page = { path: `api/${path.replaceAll("/", "-")}.html`, name: path, group: "Reference" };
      const order = orderOf(source.text, entries);
      return entries.length > 0 ? [{ path, page, doc: docOf(source.text), entries: order }] : [];
    });
  } finally {
    api.close();
  }
}

/** Entries as the file lists them where it does so name by name; by name otherwise. */
function orderOf(text: string, entries: readonly Entry[]): Entry[] {
  const place = (name: string): number => text.search(new RegExp(`\\b${name}\\b(?=[\\s,}])`));
  return entries.toSorted((a, b) => place(a.name) - place(b.name) || a.name.localeCompare(b.name));
}

function entryOf(name: string, declarations: readonly Node[]): Entry {
  const bodiless = declarations.filter((node) => !hasBody(node));
  const shown = bodiless.length > 0 ? bodiless : declarations.slice(0, 1);
  const [first] = declarations;
  if (first.kind === SyntaxKind.ClassDeclaration || first.kind === SyntaxKind.InterfaceDeclaration) {
    const { members } = first as ClassDeclaration | InterfaceDeclaration;
    const open = [...members].filter(isOpen);
    const all = textOf(first);
    const head = all.slice(0, all.indexOf("{")).trim();
    return {
      name,
      doc: docOf(fullText(first)),
      signatures: [head],
      members: open.map((member) => ({ signature: signatureOf(member), doc: docOf(fullText(member)) })),
    };
  }
  return { name, doc: docOf(fullText(statementOf(first))), signatures: shown.map(signatureOf), members: [] };
}

/** Members that users see: not private ones, nor constructors, which the library calls. */
function isOpen(member: Node): boolean {
  return (
    member.kind !== SyntaxKind.Constructor &&
    !/^(private\s|(readonly |static |get |async )*#)/.test(textOf(member))
  );
}

function hasBody(node: Node): boolean {
  return "body" in node && node.body !== undefined;
}

/** What carries the doc comment: of a variable the whole statement. */
function statementOf(node: Node): Node {
  return node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node;
}

function fullText(node: Node): string {
  return node.getSourceFile().text.slice(node.pos, node.end);
}

/** Without the comments before it. */
function textOf(node: Node, end = node.end): string {
  return node
    .getSourceFile()
    .text.slice(node.pos, end)
    .replace(/^(\s|\/\/.*\n|\/\*[\s\S]*?\*\/)+/, "")
    .replace(/^export /, "");
}

/** A declaration without its body or value. */
function signatureOf(node: Node): string {
  const part = node as Node & { readonly body?: Node; readonly initializer?: Node };
  const text = textOf(node, (part.body ?? part.initializer)?.pos).replace(/\s*[={;]?\s*$/, "");
  if (node.kind === SyntaxKind.VariableDeclaration) return `const ${text}`;
  // Members are indented in their file.
  return node.parent.kind === SyntaxKind.SourceFile ? text : text.replace(/\n {2}(?=[ }])/g, "\n");
}

/** The first doc comment of a text that begins with one. */
function docOf(text: string): Doc {
  const comments = [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)];
  const before = text.search(/^\s*(?!\/\/|\/?\*|\s|$)/m);
  const own = comments.filter(({ index }) => before < 0 || index < before).at(-1)?.[1] ?? "";
  const lines = own.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  const [head = "", ...tags] = lines
    .join("\n")
    .split(/(?:^|\s)@(?=(?:module|param|returns|throws|see|example)\b)/);
  return {
    text: head.trim(),
    tags: tags.map((tag) => {
      const [, name, body] = /^(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
      return { name, text: body.trim() };
    }),
  };
}
