/**
 * Which Markdown pages the site has, under which headings, in which order.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A page to be built. */
export interface Page {
  /** Address within the site, such as `guide.html`. */
  readonly path: string;
  /** In the navigation. */
  readonly name: string;
  /** Heading of the navigation that it stands under. */
  readonly group: string;
  /** The Markdown file, from the root of the project; none for pages made otherwise. */
  readonly source?: string;
}

/** The pages of `docs/` in reading order, and what the navigation calls them. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Start: {
    guide: "Guide",
    package: "In your project",
    cli: "Command line",
    "for-lme4-users": "For lme4 users",
    "for-brms-users": "For brms users",
  },
  Models: {
    formula: "Formulas",
    model: "The mathematics",
    priors: "Priors",
    robust: "Heavy tails, known variances",
    sql: "Data in a database",
    sums: "Sums of several sources",
    errors: "Errors and warnings",
  },
  Posteriors: {
    sampling: "Sampling",
    diagnostics: "Diagnostics",
    posterior: "Working with a posterior",
    saving: "Saving",
    files: "Files",
    check: "Checking by simulation",
    plots: "Plots",
    notebooks: "Notebooks",
    teaching: "Teaching",
  },
  Evidence: {
    accuracy: "Accuracy",
    benchmarks: "Benchmarks",
    calibration: "Calibration",
    limitations: "Limitations",
  },
  Project: {
    versioning: "Versions and numbers",
    architecture: "Architecture",
    licences: "Licences",
  },
};

/** All pages but those of the reference; pages of `docs/` that nobody has put in order come at the end of their part. */
export function pagesOf(root: string): Page[] {
  const files = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const left = new Set(files.map((name) => name.slice(0, -".md".length)));
  const pages: Page[] = [{ path: "index.html", name: "blmm", group: "Start", source: "README.md" }];
  for (const [group, names] of Object.entries(GROUPS)) {
    for (const [name, title] of Object.entries(names)) {
      if (left.delete(name))
        pages.push({ path: `${name}.html`, name: title, group, source: `docs/${name}.md` });
    }
    if (group === "Start") pages.push({ path: "playground.html", name: "Playground", group });
  }
  for (const name of left) {
    pages.push({
      path: `${name}.html`,
      name: titleOf(root, name),
      group: "Project",
      source: `docs/${name}.md`,
    });
  }
  pages.push(
    { path: "contributing.html", name: "Contributing", group: "Project", source: "CONTRIBUTING.md" },
    { path: "changelog.html", name: "Changes", group: "Project", source: "CHANGELOG.md" },
  );
  return pages;
}

function titleOf(root: string, name: string): string {
  return /^# (.+)$/m.exec(readFileSync(join(root, "docs", `${name}.md`), "utf8"))?.[1] ?? name;
}
