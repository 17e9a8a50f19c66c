#!/usr/bin/env node
/**
 * The program `blmm`. Unlike everything else here it does something when it is loaded.
 *
 * @module
 */

import { main } from "./cli/main.ts";

// A reader such as `head` that has seen enough is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
process.exitCode = await main(process.argv.slice(2), process);
