/**
 * WebAssembly where an engine and a page's security policy allow it.
 *
 * @module
 */

const PAGE = 65536;
const MOST_PAGES = 65536;

const modules = new Map<string, WebAssembly.Module | null>();

/** A module in base64, compiled once; `null` where that is refused. */
function moduleOf(base64: string): WebAssembly.Module | null {
  let module = modules.get(base64);
  if (module === undefined) {
    try {
      module = new WebAssembly.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    } catch {
      module = null;
    }
    modules.set(base64, module);
  }
  return module;
}

/** A module at work on a memory of its own. */
export interface Compiled<Functions> {
  readonly functions: Functions;
  readonly buffer: ArrayBuffer;
}

/**
 * Instantiates a module that imports its memory.
 *
 * @param base64 - the module
 * @param from - the name under which it imports
 * @param bytes - of memory
 * @param imports - functions it imports beside
 * @returns undefined where a page forbids it, the engine lacks what it uses, or memory runs out: do it another way
 */
export function instantiate<Functions>(
  base64: string,
  from: string,
  bytes: number,
  imports: Readonly<Record<string, (x: number) => number>> = {},
): Compiled<Functions> | undefined {
  const pages = Math.ceil(bytes / PAGE);
  const module = pages < MOST_PAGES ? moduleOf(base64) : null;
  if (module === null) return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(module, { [from]: { memory, ...imports } });
    return { functions: exports as Functions, buffer: memory.buffer };
  } catch {
    return undefined;
  }
}
