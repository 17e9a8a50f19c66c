/**
 * Moves the slider of the live figure on the page about priors.
 *
 * @module
 */

import type { Page } from "playwright-core";

/** Reads the correlation under IW(3, I), then under a scale that fits the data. */
export async function checkTrap(page: Page): Promise<string[]> {
  const slider = page.getByRole("slider", { name: "Scale s" });
  const words = page.locator("#trap-words");
  const correlation = async (label: string): Promise<number> => {
    await words.filter({ hasText: `IW(3, ${label} · I): correlation` }).waitFor({ timeout: 60_000 });
    return Number(/correlation (−?-?[\d.]+)/.exec(await words.innerText())?.[1]);
  };
  const tied = await correlation("1");
  await slider.focus();
  await page.keyboard.press("End");
  const free = await correlation("10000");
  if (!(tied > 0.9)) throw new Error(`under IW(3, I) the correlation is ${tied}`);
  if (!(Math.abs(free) < 0.5)) throw new Error(`under IW(3, 10000 · I) the correlation is ${free}`);
  return [`correlation ${tied} under IW(3, I), ${free} under IW(3, 10000 · I)`];
}
