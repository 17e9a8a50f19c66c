/** All properties by what they are about. */

import { commandLines } from "./commandLines.ts";
import { files } from "./files.ts";
import { formulas } from "./formulas.ts";
import { optionTrials } from "./options.ts";
import { pages } from "./pages.ts";
import { priorTrials } from "./priors.ts";
import { queries } from "./queries.ts";
import { csv, tables } from "./tables.ts";
import type { Trial } from "./trial.ts";

export const trials: Readonly<Record<string, readonly Trial[]>> = {
  formulas,
  tables,
  csv,
  priors: priorTrials,
  options: optionTrials,
  files,
  queries,
  pages,
  "command lines": commandLines,
};
