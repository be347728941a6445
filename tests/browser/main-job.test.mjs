/** The main job by clicking: take a backup, break the data, restore it, undo that, while another program writes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { action, confirmRestore, rowOf, until, useSite, withPage, Writer } from './support.mjs';

const site = useSite();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LABEL = 'before <script>window.isHacked = true</script> & "bulk" \'import\'';

const countCues = () => Number(site.sql('SELECT count(*) FROM cues'));

async function createFirst(page) {
  await page.getByText('No backups yet').waitFor();
  await page.getByLabel('Label optional').fill(LABEL);
  await page.getByRole('button', { name: 'Create Backup Now' }).click();
  await rowOf(page, LABEL).waitFor();
}

test('create, break, restore and undo, with a writer that never stops', async (t) => {
  const writer = new Writer(site);
  t.after(() => writer.stop());
  const cues = countCues();
  assert.ok(cues > 0, 'the sample has cues');

  await withPage(site, {}, async (page) => {
    await createFirst(page);
    const row = rowOf(page, LABEL);
    assert.match(await row.locator('.file').innerText(), /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.db \([\d.]+ [KM]B\)$/);
    assert.equal(await page.evaluate(() => window.isHacked), undefined, 'the label is text');
    assert.equal(await page.getByLabel('Label optional').inputValue(), '', 'the label is not used twice');

    site.sql('DELETE FROM cues');
    assert.equal(countCues(), 0);

    const [filename] = (await row.locator('.file').innerText()).split(' ');
    await action(row, 'Restore').click();
    const dialog = page.getByRole('dialog', { name: 'Restore this backup?' });
    assert.ok(await dialog.getByText(filename).isVisible(), 'the dialog names the file');
    assert.ok(await dialog.getByRole('button', { name: 'Restore', exact: true }).isDisabled(), 'nothing happens before the tick');
    await confirmRestore(page);

    const banner = page.getByRole('region', { name: 'Restored' });
    await banner.waitFor();
    assert.match(await banner.innerText(), new RegExp(`${filename.replaceAll('.', '\\.')}[^]*\\d m?s`));
    assert.equal(countCues(), cues, 'the data is back');
    await writer.goesOn();
    await rowOf(page, 'Before a restore').waitFor();

    await page.reload();
    await banner.getByRole('button', { name: 'Undo…' }).click();
    await page.getByRole('dialog', { name: 'Undo the restore?' }).waitFor();
    await confirmRestore(page);
    await page.getByRole('region', { name: 'The restore is undone' }).waitFor();
    assert.equal(countCues(), 0, 'the break is back');
    await writer.goesOn();
  });
});

test('the list is newest first', async () => {
  await site.create('older');
  await site.create('newer');
  await withPage(site, {}, async (page) => {
    await rowOf(page, 'newer').waitFor();
    const labels = await page.locator('tbody.backup [data-slot="label"]').allInnerTexts();
    assert.deepEqual(labels.slice(0, 2), ['newer', 'older']);
  });
});

test('ages follow the server although the tablet is an hour ahead, and count on without it', async () => {
  const { filename } = await site.create();
  await withPage(site, { time: Date.now() + HOUR_MS, refusals: ['ERR_FAILED'] }, async (page) => {
    const age = rowOf(page, filename).locator('time');
    assert.match(await age.innerText(), /^(just now|\d+ seconds? ago)$/);
    assert.match(await age.getAttribute('title'), / UTC$/);
    await page.route('**/api/**', (route) => route.abort());
    await page.clock.fastForward(10 * MINUTE_MS);
    await until('ten minutes have passed', async () => (await age.innerText()) === '10 minutes ago');
  });
});
