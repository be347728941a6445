/** The page around the list: databases, health, and a server that is gone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { action, refresh, reportIn, rowOf, until, useSite, withPage } from './support.mjs';

const site = useSite();

test('with one database there is nothing to choose', async () => {
  await withPage(site, {}, async (page) => {
    await page.getByRole('heading', { name: 'camera_assignments' }).waitFor();
    assert.ok(await page.getByLabel('Database').isHidden());
  });
});

test('without Litestream, continuous backup says how to switch it on and offers nothing', async () => {
  await withPage(site, {}, async (page) => {
    const panel = page.getByRole('region', { name: 'Continuous backup' });
    await panel.getByText('Not configured').waitFor();
    await panel.getByText(/^Continuous backup is off: .*Configure Litestream/).waitFor();
    assert.equal(await panel.getByRole('button').count(), 0);
    assert.equal(await panel.getByText('Last sync').isVisible(), false);
  });
});

test('a second database is chosen, linked and survives a reload', async () => {
  // Told apart by their labels: made within one second, both have the same file name.
  await site.create('of the first');
  site.sql('CREATE TABLE cues (id INTEGER PRIMARY KEY); INSERT INTO cues VALUES (1)', site.database('summer gala'));
  await withPage(site, {}, async (page) => {
    await rowOf(page, 'of the first').waitFor();
    await page.getByLabel('Database').selectOption('summer gala');
    await page.getByRole('heading', { name: 'summer gala' }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('database'), 'summer gala');
    await page.getByText('No backups yet').waitFor();
    await page.getByLabel('Label optional').fill('of the second');
    await page.getByRole('button', { name: 'Create Backup Now' }).click();
    const row = rowOf(page, 'of the second');
    await row.waitFor();

    await action(row, 'Restore').click();
    await page.getByRole('checkbox', { name: 'Replace the live data of summer gala' }).waitFor();
    await page.keyboard.press('Escape');

    await page.reload();
    await row.waitFor();
    assert.equal(await rowOf(page, 'of the first').count(), 0);
    await page.goBack();
    await rowOf(page, 'of the first').waitFor();
    assert.equal(await page.getByLabel('Database').inputValue(), 'camera_assignments');
  });
});

test('a database that is not there is named, with a way to those that are', async () => {
  await withPage(site, { address: '/?database=nowhere' }, async (page) => {
    await page.getByText('There is no database named “nowhere”.').waitFor();
    await page.getByRole('link', { name: 'camera_assignments' }).click();
    await page.getByRole('heading', { name: 'camera_assignments' }).waitFor();
  });
});

test('health is a word and a dot, with its checks on demand', async () => {
  await withPage(site, {}, async (page) => {
    const button = page.getByRole('button', { name: /Healthy|Degraded/ });
    await button.click();
    const details = page.getByRole('region', { name: 'Health' });
    assert.ok((await details.locator('dt').count()) > 0, 'there are checks');
    await page.keyboard.press('Escape');
    assert.ok(await details.isHidden());
  });
});

test('a server that is gone is said beside the list, which stays, and is forgotten when it is back', async () => {
  const { filename } = await site.create('still shown');
  await withPage(site, { refusals: ['ERR_CONNECTION_REFUSED'] }, async (page) => {
    await rowOf(page, filename).waitFor();
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await refresh(page);
    const complaint = reportIn(page.getByRole('region', { name: 'Backups' })).getByText('The server does not answer');
    await complaint.waitFor();
    await page.getByRole('button', { name: 'Unreachable' }).waitFor();
    assert.ok(await rowOf(page, filename).isVisible());

    await page.getByRole('button', { name: 'Create Backup Now' }).click();
    const created = page.getByRole('form', { name: 'New backup' }).getByRole('alert');
    await created.getByText('The connection to the server was lost').waitFor();

    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Reload', exact: true }).click();
    await until('the complaint is gone', async () => (await complaint.count()) === 0);
  });
});

test('an error of the server is shown where the click was', async () => {
  const busy = { type: 'urn:camera-sheet-backup:error:busy', title: 'Busy', status: 503, detail: 'Another program holds the write lock.' };
  await withPage(site, {}, async (page) => {
    await page.route('**/api/backups?*', (route) => (route.request().method() === 'POST'
      ? route.fulfill({ contentType: 'text/event-stream', body: `event: error\ndata: ${JSON.stringify(busy)}\n\n` })
      : route.continue()));
    await page.getByLabel('Label optional').fill('kept for the next try');
    await page.getByRole('button', { name: 'Create Backup Now' }).click();
    await page.getByRole('form', { name: 'New backup' }).getByRole('alert').getByText(busy.detail).waitFor();
    assert.equal(await page.getByLabel('Label optional').inputValue(), 'kept for the next try');
  });
});
