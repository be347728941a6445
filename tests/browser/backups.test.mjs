/** What can be done with one backup of the list, and what the page says when it cannot be done. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';

import { action, refresh, reportIn, rowOf, until, useSite, withPage } from './support.mjs';

const site = useSite();

/* Somebody tidies up in the folder while the page still shows the backup. */
async function removeBehindTheBack({ filename }) {
  await rm(site.backup(filename));
  await rm(site.backup(`${filename}.json`));
}

test('a download is byte for byte the backup, and a valid database', async () => {
  const { filename } = await site.create('to download');
  await withPage(site, {}, async (page) => {
    const [download] = await Promise.all([page.waitForEvent('download'), action(rowOf(page, filename), 'Download').click()]);
    assert.equal(download.suggestedFilename(), filename);
    const path = await download.path();
    assert.deepEqual(await readFile(path), await readFile(site.backup(filename)));
    assert.equal(execFileSync('sqlite3', [path, 'PRAGMA integrity_check'], { encoding: 'utf8' }).trim(), 'ok');
  });
});

test('a pinned backup is not deleted before it is unpinned', async () => {
  const { filename } = await site.create('to pin');
  await withPage(site, {}, async (page) => {
    const row = rowOf(page, filename);
    const pin = action(row, 'Pin');
    const remove = action(row, 'Delete');
    await pin.click();
    await page.locator('tbody.backup [aria-pressed="true"]').waitFor();
    assert.equal(await remove.getAttribute('aria-disabled'), 'true');
    assert.match(await remove.getAttribute('title'), /pinned/i);
    await remove.click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.match(await reportIn(row).innerText(), /pinned/i);

    await pin.click();
    await until('it is unpinned', async () => (await pin.getAttribute('aria-pressed')) === 'false');
    await remove.click();
    const dialog = page.getByRole('dialog', { name: 'Delete this backup?' });
    assert.ok(await dialog.getByText(filename).isVisible(), 'the dialog names the file');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    await assert.rejects(readFile(site.backup(filename)), { code: 'ENOENT' });
  });
});

test('verifying tells a whole backup from a damaged one', async () => {
  const whole = await site.create('whole');
  const damaged = await site.create('damaged');
  await writeFile(site.backup(damaged.filename), Buffer.alloc(damaged.size, 'x'));
  await withPage(site, {}, async (page) => {
    const wholeRow = rowOf(page, whole.filename);
    await action(wholeRow, 'Verify').click();
    await wholeRow.getByText('the backup is whole').waitFor();
    const damagedRow = rowOf(page, damaged.filename);
    await action(damagedRow, 'Verify').click();
    await damagedRow.getByText('damaged and cannot be restored').waitFor();
  });
});

test('a label is edited in place, also away', async () => {
  const { filename } = await site.create('misspelt');
  await withPage(site, {}, async (page) => {
    const row = rowOf(page, filename);
    await row.getByRole('button', { name: /^Edit the label/ }).click();
    await row.getByRole('textbox').fill('well "spelt" <b>');
    await page.keyboard.press('Enter');
    await row.getByText('well "spelt" <b>').waitFor();
    await row.getByRole('button', { name: /^Edit the label/ }).click();
    await row.getByRole('textbox').fill('');
    await row.getByRole('button', { name: 'Save' }).click();
    await row.getByRole('button', { name: /^Add label/ }).waitFor();
  });
});

test('a refresh keeps the focus and what is being typed', async () => {
  const { filename } = await site.create('being edited');
  await withPage(site, {}, async (page) => {
    const row = rowOf(page, filename);
    await row.getByRole('button', { name: /^Edit the label/ }).click();
    await row.getByRole('textbox').fill('half a sen');
    const { filename: newer } = await site.create('came in between');
    await refresh(page);
    await rowOf(page, newer).waitFor();
    await page.keyboard.type('tence');
    assert.equal(await row.getByRole('textbox').inputValue(), 'half a sentence');
  });
});

for (const name of ['Verify', 'Download']) {
  test(`${name} of a file that is gone says so in its row`, async () => {
    const backup = await site.create('gone');
    await withPage(site, { refusals: [404] }, async (page) => {
      const row = rowOf(page, backup.filename);
      await row.waitFor();
      await removeBehindTheBack(backup);
      await action(row, name).click();
      await until('the row names the file', async () => (await reportIn(row).innerText()).includes(backup.filename));
      await until('the row is marked', async () => (await row.getAttribute('class')).includes('gone'));
      await row.getByRole('button', { name: 'Dismiss' }).click();
      await row.waitFor({ state: 'detached' });
    });
  });
}

test('Delete and Restore of a file that is gone say so in their dialogs', async () => {
  const backup = await site.create('gone');
  await withPage(site, { refusals: [404] }, async (page) => {
    const row = rowOf(page, backup.filename);
    const dialog = page.getByRole('dialog');
    await action(row, 'Restore').click();
    await removeBehindTheBack(backup);
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
    await dialog.getByRole('alert').getByText(backup.filename).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await row.waitFor({ state: 'detached' });
  });

  const other = await site.create('gone too');
  await withPage(site, { refusals: [404] }, async (page) => {
    const dialog = page.getByRole('dialog');
    await action(rowOf(page, other.filename), 'Delete').click();
    await removeBehindTheBack(other);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('alert').getByText(other.filename).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await until('the focus is on the heading of the list', () => page.evaluate(() => document.activeElement.id === 'backups-heading'));
  });
});
