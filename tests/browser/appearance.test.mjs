/** Accessible in light and dark, and usable on a phone. SCREENSHOTS=FOLDER keeps pictures of what was checked. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible, assertFits, picture } from './looks.mjs';
import { action, confirmRestore, DESKTOP, PHONE, reportIn, rowOf, useSite, withPage } from './support.mjs';

const site = useSite(async () => {
  await site.create('before importing the cue list');
  await site.create('dress rehearsal, approved by the director: do not delete before the premiere');
  await site.create();
});
const VIEWS = {
  'desktop-light': { ...DESKTOP, colorScheme: 'light' },
  'desktop-dark': { ...DESKTOP, colorScheme: 'dark' },
  tablet: { viewport: { width: 820, height: 1180 }, colorScheme: 'light' },
  'phone-360': { ...PHONE, colorScheme: 'light' },
};

/* What axe finds depends on colours, hardly on widths: on the smaller screens the list is enough. */
async function check(page, name, what) {
  await assertFits(page);
  if (what === 'list' || name.startsWith('desktop')) await assertAccessible(page, what);
  await picture(page, `${name}-${what}`);
}

async function openHealth(page) {
  await page.getByRole('button', { name: /Healthy|Degraded|Failing/ }).click();
  await page.getByRole('region', { name: 'Health' }).waitFor();
}

async function verifyAndEdit(row) {
  await action(row, 'Verify').click();
  await reportIn(row).getByText('whole').waitFor();
  await row.getByRole('button', { name: /^Edit the label/ }).click();
}

for (const [name, view] of Object.entries(VIEWS)) {
  test(`${name}: accessible, and nothing is wider than the window`, async () => {
    await withPage(site, view, async (page) => {
      const row = rowOf(page, 'before importing the cue list');
      await row.waitFor();
      await check(page, name, 'list');
      await openHealth(page);
      await check(page, name, 'health');
      await page.keyboard.press('Escape');
      await action(row, 'Delete').click();
      await check(page, name, 'delete');
      await page.keyboard.press('Escape');
      await verifyAndEdit(row);
      await check(page, name, 'row');
      await page.keyboard.press('Escape');
      await action(row, 'Restore').click();
      await check(page, name, 'restore');
      await confirmRestore(page);
      await page.getByRole('region', { name: 'Restored' }).waitFor();
      await check(page, name, 'restored');
    });
  });
}

test('nothing moves for those who asked for less motion', async () => {
  await withPage(site, { reducedMotion: 'reduce' }, async (page) => {
    await page.getByLabel('Label optional').fill('calm');
    await page.keyboard.press('Enter');
    await rowOf(page, 'calm').waitFor();
    const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.effect.getTiming().duration > 1).length);
    assert.equal(moving, 0);
  });
});
