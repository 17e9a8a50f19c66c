import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { engine, installEngines } from "../engines/registry.ts";

const root = join(import.meta.dirname, "../..");
const program = join(root, "test/engines/print.js");
const golden = JSON.parse(readFileSync(join(root, "test/golden/drawHashes.json"), "utf8"));

describe("the same seed gives the same bits", () => {
  const engines: [string, string[]][] = [
    ["node", []],
    ["deno", ["run", "-A", "--no-lock", "--node-modules-dir=manual"]],
    ["bun", ["run"]],
  ];
  it.each(engines)("on %s from the registry", (name, options) => {
    installEngines();
    const printed = execFileSync(engine(name)!, [...options, program], {
      encoding: "utf8",
      cwd: root,
    });
    expect(JSON.parse(printed)).toEqual(golden);
  });

  const browser = ["chromium", "chromium-browser", "google-chrome"].find(
    (name) => spawnSync(name, ["--version"]).status === 0,
  );
  it.skipIf(browser === undefined)("in Chromium, with web workers", async () => {
    const { outputFiles } = await build({
      entryPoints: {
        page: join(root, "test/engines/page.js"),
        worker: join(root, "dist/workers/worker.js"),
      },
      bundle: true,
      format: "esm",
      write: false,
      outdir: "/",
    });
    const files = new Map(outputFiles.map(({ path, text }) => [path, text]));
    const profile = mkdtempSync(join(tmpdir(), "blmm-engines-"));
    const page = '<!doctype html><script type="module" src="/page.js"></script>';
    let settle: (text: string) => void = () => {};
    const result = new Promise<string>((resolve) => {
      settle = resolve;
    });
    const server = createServer((request, response) => {
      if (request.method === "POST") {
        let body = "";
        request.on("data", (part) => {
          body += part;
        });
        request.on("end", () => {
          response.end();
          settle(body);
        });
        return;
      }
      const script = files.get(request.url ?? "/");
      response.writeHead(200, { "content-type": script === undefined ? "text/html" : "text/javascript" });
      response.end(script ?? page);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const quiet = ["quic", "background-networking", "component-update", "sync", "gpu"].map(
      (name) => `--disable-${name}`,
    );
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const flags = ["--headless", "--no-sandbox", "--no-first-run", `--user-data-dir=${profile}`, ...quiet];
    const child = spawn(browser as string, [...flags, "--remote-debugging-port=0", address], {
      stdio: "ignore",
      detached: true,
    });
    try {
      expect(JSON.parse(await result)).toEqual(golden);
    } finally {
      // Its children too, which would go on writing into the profile.
      process.kill(-(child.pid as number), "SIGKILL");
      server.close();
      server.closeAllConnections();
      await new Promise((resolve) => child.once("exit", resolve));
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
