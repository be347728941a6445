/** Restores that do not go as usual. */

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';

import { action, confirmRestore, rowOf, useSite, withPage } from './support.mjs';

const site = useSite();

const PROGRESS = 'event: progress\ndata: {"phase":"restoring","done":1,"total":2}\n\n';

test('other tables are restored only after a second deliberate step', async () => {
  const { filename } = await site.create('without the new table');
  site.sql('CREATE TABLE new_feature (id INTEGER PRIMARY KEY)');
  await withPage(site, {}, async (page) => {
    await action(rowOf(page, filename), 'Restore').click();
    await confirmRestore(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('alert').waitFor();
    const anyway = dialog.getByRole('button', { name: 'Restore anyway' });
    assert.ok(await anyway.isDisabled(), 'the first tick is not enough');
    await dialog.getByRole('checkbox', { name: /although the tables differ/ }).check();
    await anyway.click();
    await page.getByRole('region', { name: 'Restored' }).waitFor();
  });
  assert.equal(site.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'new_feature'"), '0');
});

test('a damaged backup is refused in the dialog, without a way around it', async () => {
  const { filename, size } = await site.create('damaged');
  await writeFile(site.backup(filename), Buffer.alloc(size, 'x'));
  await withPage(site, {}, async (page) => {
    await action(rowOf(page, filename), 'Restore').click();
    await confirmRestore(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('alert').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Restore anyway' }).count(), 0);
  });
});

test('a safety backup that is deleted takes Undo with it, and the dialog warns', async () => {
  const { filename } = await site.create('state');
  await withPage(site, {}, async (page) => {
    await action(rowOf(page, filename), 'Restore').click();
    await confirmRestore(page);
    const banner = page.getByRole('region', { name: 'Restored' });
    const safety = /pre-restore_\S+\.db/.exec(await banner.innerText())[0];
    await action(rowOf(page, safety), 'Delete').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('cannot be undone without it').waitFor();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await banner.getByText('cannot be undone any more').waitFor();
    assert.ok(await banner.getByRole('button', { name: 'Undo…' }).isHidden());
    await banner.getByRole('button', { name: 'Dismiss' }).click();
    await banner.waitFor({ state: 'detached' });
  });
});

test('a stream that breaks off says that the outcome is unknown and offers the list', async () => {
  const { filename } = await site.create('state');
  await withPage(site, {}, async (page) => {
    await page.route('**/restore?*', (route) => route.fulfill({ contentType: 'text/event-stream', body: PROGRESS }));
    await action(rowOf(page, filename), 'Restore').click();
    await confirmRestore(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('alert').getByText('connection to the server was lost').waitFor();
    await dialog.getByRole('button', { name: 'Reload the list' }).click();
    await dialog.waitFor({ state: 'detached' });
  });
});

test('a restore that is hidden goes on, and ends in the banner', async () => {
  const { filename } = await site.create('state');
  await withPage(site, {}, async (page) => {
    let letGo;
    const held = new Promise((resolve) => { letGo = resolve; });
    await page.route('**/restore?*', async (route) => {
      await held;
      await route.continue();
    });
    await action(rowOf(page, filename), 'Restore').click();
    await confirmRestore(page);
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByText('Restoring…').first().waitFor();
    assert.equal(await action(rowOf(page, filename), 'Restore').getAttribute('aria-disabled'), 'true');
    letGo();
    await page.getByRole('region', { name: 'Restored' }).waitFor();
  });
});

test('a missing live database is restored, and the app has to be restarted', async () => {
  const { filename } = await site.create('all there is');
  for (const ending of ['', '-wal', '-shm']) await rm(site.database() + ending, { force: true });
  await withPage(site, { refusals: [503] }, async (page) => {
    await page.getByText('The live database is missing').waitFor();
    await page.getByRole('button', { name: 'Failing' }).waitFor();
    await action(rowOf(page, filename), 'Restore').click();
    await confirmRestore(page);
    const banner = page.getByRole('region', { name: 'Restored' });
    await banner.getByText('Restart the app now.').waitFor();
    await page.getByRole('button', { name: 'Healthy' }).waitFor();
  });
  assert.notEqual(site.sql('SELECT count(*) FROM cues'), '0');
});
