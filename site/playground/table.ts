/**
 * The parameters of a posterior as a table. Names from the data are set as text, never as HTML.
 *
 * @module
 */

import { fixed, formatNumbers } from "../../src/data/format.ts";
import type { Parameter } from "./protocol.ts";

/** Fills the body of the table. */
export function fillTable(body: HTMLTableSectionElement, parameters: readonly Parameter[]): void {
  body.replaceChildren(
    ...parameters.map((row) => {
      const line = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = row.variable;
      // Three digits of the spread, the same decimals along the row.
      const decimals = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(row.sd || 1))));
      const numbers = formatNumbers([row.mean, row.sd, row.low, row.high], { decimals });
      const diagnostics = [fixed(row.rhat, 3), fixed(row.essBulk, 0), fixed(row.essTail, 0)];
      line.append(
        head,
        ...[...numbers, ...diagnostics].map((text) => {
          const cell = document.createElement("td");
          cell.textContent = text;
          return cell;
        }),
      );
      if (row.rhat > 1.01) line.className = "unmixed";
      return line;
    }),
  );
}
