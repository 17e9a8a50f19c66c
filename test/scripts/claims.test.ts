import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { brokenClaims } from "../../scripts/proof/claims.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("the numbers of README.md", () => {
  it("are true, and each is known to a claim", () => {
    expect(brokenClaims(readme, root)).toEqual([]);
  });

  it("are missed when they change, go or come without a claim", () => {
    const changed = readme
      .replace("Twelve priors", "Thirteen priors")
      .replace("four contrasts", "contrasts")
      .replace("at least 9 digits", "at least 14 digits")
      .replace("a report as one HTML page", "seventeen reports");
    expect(changed).not.toBe(readme);
    const broken = brokenClaims(changed, root).join("\n");
    expect(broken).toContain('says "Thirteen priors, with defaults", and it is 12.');
    expect(broken).toContain("contrasts any more: drop the claim.");
    expect(broken).toContain('says "estimates of lme4 to at least 14 digits", and it is');
    expect(broken).toContain('says "seventeen"');
    expect(broken.split("\n")).toHaveLength(4);
  });
});
