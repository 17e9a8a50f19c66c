#!/usr/bin/env node
/**
 * The program `blmm`. Unlike everything else here it does something when it is loaded.
 *
 * @module
 */

import { main } from "./cli/main.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader such as `head` that has seen enough is no fault.
    if (error.code === "EPIPE") process.exit(0);
    if (stream === process.stdout)
      process.stderr.write(`error [no-access]: Standard output: ${error.message}.\n`);
    process.exit(1);
  });
}
process.exitCode = await main(process.argv.slice(2), process);
