/** The main job with the keyboard alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { action, isFocused, rowOf, tabTo, until, useSite, withPage } from './support.mjs';

const site = useSite();

test('create and restore without a mouse', async () => {
  await withPage(site, {}, async (page) => {
    const label = page.getByLabel('Label optional');
    await label.waitFor();
    await tabTo(page, label);
    await page.keyboard.type('by keyboard');
    await tabTo(page, page.getByRole('button', { name: 'Create Backup Now' }));
    await page.keyboard.press('Enter');
    const row = rowOf(page, 'by keyboard');
    await row.waitFor();

    const restore = action(row, 'Restore');
    await tabTo(page, restore);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    assert.ok(await isFocused(dialog.getByRole('checkbox').first()), 'the dialog takes the focus');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(await isFocused(restore), 'the focus is back where it came from');

    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    await tabTo(page, dialog.getByRole('button', { name: 'Restore', exact: true }));
    await page.keyboard.press('Enter');
    const banner = page.getByRole('region', { name: 'Restored' });
    await banner.waitFor();
    await until('the banner has the focus', () => isFocused(banner));
    await page.keyboard.press('Tab');
    assert.ok(await isFocused(banner.getByRole('button', { name: 'Undo…' })), 'Undo is the next stop');
  });
});

test('after a deletion the focus is on the row that took its place', async () => {
  await site.create('stays');
  const { filename } = await site.create('to delete');
  await withPage(site, {}, async (page) => {
    const row = rowOf(page, filename);
    await row.waitFor();
    await tabTo(page, action(row, 'Delete'));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
    await page.keyboard.press('Enter');
    await row.waitFor({ state: 'detached' });
    assert.ok(await isFocused(action(rowOf(page, 'stays'), 'Delete')));
  });
});

test('a label edit ends with Escape and gives the focus back', async () => {
  const { filename } = await site.create('unchanged');
  await withPage(site, {}, async (page) => {
    const edit = rowOf(page, filename).getByRole('button', { name: /^Edit the label/ });
    await edit.waitFor();
    await tabTo(page, edit);
    await page.keyboard.press('Enter');
    await page.keyboard.type('nonsense');
    await page.keyboard.press('Escape');
    assert.ok(await isFocused(edit));
    assert.ok(await rowOf(page, filename).getByText('unchanged').isVisible());
  });
});
