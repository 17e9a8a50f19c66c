/** A PostgreSQL of its own on loopback, for the length of a test file. */

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SHELF = "/usr/lib/postgresql";

/** Where initdb and pg_ctl are; `undefined` where there is no PostgreSQL. */
export function postgresPrograms(): string | undefined {
  const shelf = existsSync(SHELF) ? readdirSync(SHELF).map((version) => join(SHELF, version, "bin")) : [];
  const path = (process.env["PATH"] ?? "").split(":");
  return [...shelf.sort().reverse(), ...path].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts a server in a folder of its own; root runs it as the user postgres, who alone may. */
export async function startPostgres(programs: string): Promise<{ url: string; stop: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "blmm-postgres-"));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync("chown", ["postgres", folder]);
  chmodSync(folder, 0o700);
  const asOwner = (command: string): void => {
    const [program, args] = isRoot ? ["su", ["postgres", "-c", command]] : ["sh", ["-c", command]];
    execFileSync(program as string, args as string[], { cwd: "/", stdio: "ignore" });
  };
  const port = await freePort();
  asOwner(`'${programs}/initdb' -D '${folder}/data' -U postgres -A trust -E UTF8 --no-sync`);
  const settings = `-h 127.0.0.1 -p ${port} -k '${folder}' -F`;
  asOwner(`'${programs}/pg_ctl' -D '${folder}/data' -w -l '${folder}/log' -o "${settings}" start`);
  const stop = (): void => {
    try {
      asOwner(`'${programs}/pg_ctl' -D '${folder}/data' -w -m immediate stop`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}
