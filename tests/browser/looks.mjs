/** What every state of the page has to be: accessible, and no wider than the window. */

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';

/** Fails for whatever axe finds on the page as it is now. */
export async function assertAccessible(page, what) {
  /* Contrast is measured on what is painted: not in the middle of an animation. */
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished)));
  /* What axe would load in advance it reads out of inline styles, which the content security policy refuses. */
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
  assert.deepEqual(found, [], what);
}

/** Fails if the page, or a dialog on it, has to be scrolled sideways. */
export async function assertFits(page) {
  const tooMuch = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('dialog[open] > article')]
    .map((element) => element.scrollWidth - Math.min(element.clientWidth, innerWidth)));
  assert.ok(Math.max(...tooMuch) <= 0, `${Math.max(...tooMuch)} px more than the window's ${await page.evaluate(() => innerWidth)}`);
}

/** Keeps a picture of the page in the folder SCREENSHOTS, if that is set. */
export async function picture(page, name) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
}
