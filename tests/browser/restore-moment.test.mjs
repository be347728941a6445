/** Getting back what the replica holds: fetched, confirmed, restored or downloaded. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertAccessible, assertFits, picture } from './looks.mjs';
import { fieldIn, iso, openPoints, panelOf, pointsDialog, restoreButton, says, type, useReplicatedSite } from './replication.mjs';
import { action, confirmRestore, DESKTOP, isFocused, PHONE, rowOf, tabTo, until, withPage } from './support.mjs';

const { site, litestream } = useReplicatedSite(async () => {
  site.sql('CREATE TABLE notes (text)');
  await litestream.caughtUp();
});
const VIEWS = {
  light: { ...DESKTOP, colorScheme: 'light' },
  dark: { ...DESKTOP, colorScheme: 'dark' },
  'phone-360': { ...PHONE, colorScheme: 'light' },
};

const countCues = () => Number(site.sql('SELECT count(*) FROM cues'));

async function listedFiles() {
  return (await site.request('api/backups')).map(({ filename }) => filename);
}

async function typeMoment(page, moment) {
  const dialog = await openPoints(page);
  await type(dialog, iso(moment));
  return dialog;
}

test('a moment is fetched, confirmed, restored and undone', async () => {
  const cues = countCues();
  const moment = await litestream.caughtUp();
  site.sql('DELETE FROM cues');
  await litestream.caughtUp();
  await withPage(site, {}, async (page) => {
    await typeMoment(page, moment);
    await restoreButton(page).click();
    const question = page.getByRole('dialog', { name: 'Restore this backup?' });
    await question.waitFor();
    const [filename] = /litestream_\S+\.db/.exec(await question.innerText());
    assert.match(await question.innerText(), /the state of [^]*newest change in it is of/);
    assert.equal(countCues(), 0, 'nothing has happened yet');
    await question.getByRole('checkbox').check();
    await question.getByRole('button', { name: 'Restore', exact: true }).click();

    const banner = page.getByRole('region', { name: 'Restored' });
    await banner.waitFor();
    await until('the banner has the focus', () => isFocused(banner));
    assert.equal(await page.getByRole('dialog').count(), 0);
    const text = await banner.innerText();
    assert.ok(text.includes(filename), text);
    assert.match(text, /The newest change in it is of .*kept as pre-restore_.*The replica has the restored data/s);
    assert.equal(countCues(), cues);
    await rowOf(page, filename).waitFor();

    await banner.getByRole('button', { name: 'Undo…' }).click();
    await confirmRestore(page);
    await page.getByRole('region', { name: 'The restore is undone' }).waitFor();
    assert.equal(countCues(), 0);
  });
});

test('what was fetched and not restored stays in the list', async () => {
  site.sql("INSERT INTO notes VALUES ('here to stay')");
  const moment = await litestream.caughtUp();
  site.sql("DELETE FROM notes WHERE text = 'here to stay'");
  await litestream.caughtUp();
  await withPage(site, {}, async (page) => {
    const dialog = await typeMoment(page, moment);
    await restoreButton(page).click();
    await page.getByRole('dialog', { name: 'Restore this backup?' }).getByRole('button', { name: 'Cancel' }).click();
    const report = dialog.locator('footer .report');
    await report.getByText('Nothing was restored').waitFor();
    const [filename] = /litestream_\S+\.db/.exec(await report.innerText());
    assert.ok(await isFocused(restoreButton(page)), 'the focus is back');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await rowOf(page, filename).waitFor();
    assert.ok(await isFocused(page.getByRole('button', { name: 'View S3 Restore Points' })));
    assert.equal(site.sql("SELECT count(*) FROM notes WHERE text = 'here to stay'", site.backup(filename)), '1');
    assert.equal(site.sql("SELECT count(*) FROM notes WHERE text = 'here to stay'"), '0');

    await action(rowOf(page, filename), 'Restore').click();
    const text = await page.getByRole('dialog', { name: 'Restore this backup?' }).innerText();
    assert.match(text, /fetched [^]*since the moment that it was fetched for/, 'its data is older than its file');
  });
});

test('a moment that is being fetched when the dialog is closed is offered in the panel', async () => {
  const moment = await litestream.caughtUp();
  await withPage(site, {}, async (page) => {
    let letGo;
    const held = new Promise((resolve) => { letGo = resolve; });
    await page.route('**/litestream/fetch?*', async (route) => {
      await held;
      await route.continue();
    });
    const dialog = await typeMoment(page, moment);
    await restoreButton(page).click();
    await dialog.getByRole('button', { name: 'Hide' }).click();
    const panel = panelOf(page);
    await panel.getByRole('progressbar').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Download Latest from S3' }).getAttribute('aria-disabled'), 'true');
    letGo();
    await panel.getByText(/^Fetched litestream_/).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0, 'nothing pops up');
    await panel.getByRole('button', { name: 'Restore…' }).click();
    await page.getByRole('dialog', { name: 'Restore this backup?' }).waitFor();
  });
});

test('Download Latest from S3 downloads what was committed a moment ago', async () => {
  site.sql("INSERT INTO notes VALUES ('the very latest')");
  await litestream.caughtUp();
  await withPage(site, {}, async (page) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download Latest from S3' }).click(),
    ]);
    const filename = download.suggestedFilename();
    assert.match(filename, /^litestream_.*\.db$/);
    const found = execFileSync('sqlite3', [await download.path(), "PRAGMA integrity_check; SELECT count(*) FROM notes WHERE text = 'the very latest'"], { encoding: 'utf8' });
    assert.equal(found.trim(), 'ok\n1');
    await panelOf(page).getByText('The download has started.').waitFor();
    await rowOf(page, filename).waitFor();
  });
});

test('a moment that is damaged in the replica is refused, and nothing is left behind', async (t) => {
  site.sql("INSERT INTO notes VALUES ('before the gap')");
  await litestream.caughtUp();
  site.sql("INSERT INTO notes VALUES ('in the gap')");
  await litestream.caughtUp();
  site.sql("INSERT INTO notes VALUES ('after the gap')");
  const moment = await litestream.caughtUp();
  const [generation] = readdirSync(join(litestream.replica, 'generations'));
  const folder = join(litestream.replica, 'generations', generation, 'wal');
  const [whole, segment] = readdirSync(folder).sort().slice(-3, -1).map((name) => join(folder, name));
  // After the last whole segment nothing tells when the lost one came.
  const before = Math.ceil(statSync(whole).mtimeMs);
  renameSync(segment, `${segment}.gone`);
  t.after(() => renameSync(`${segment}.gone`, segment));
  const listed = await listedFiles();
  await withPage(site, {}, async (page) => {
    const dialog = await typeMoment(page, moment);
    await restoreButton(page).click();
    await dialog.getByRole('alert').getByText(/damaged|missing|cannot be restored/i).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 1, 'no question is asked');
    assert.deepEqual(await listedFiles(), listed);

    await type(dialog, iso(before));
    await restoreButton(page).click();
    await page.getByRole('dialog', { name: 'Restore this backup?' }).waitFor();
  });
});

test('a moment is restored without a mouse', async () => {
  await litestream.caughtUp();
  await withPage(site, {}, async (page) => {
    const view = page.getByRole('button', { name: 'View S3 Restore Points' });
    await says(panelOf(page), 'Active');
    await tabTo(page, view);
    await page.keyboard.press('Enter');
    const dialog = pointsDialog(page);
    await dialog.getByText('restored up to here').waitFor();
    await tabTo(page, dialog.getByRole('slider'));
    await page.keyboard.press('PageDown');
    await page.keyboard.press('+');
    await tabTo(page, fieldIn(dialog));
    await page.keyboard.press('Control+A');
    await page.keyboard.type(iso(Date.now()));
    await tabTo(page, restoreButton(page));
    await page.keyboard.press('Enter');
    const question = page.getByRole('dialog', { name: 'Restore this backup?' });
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    assert.ok(await isFocused(restoreButton(page)));
    await page.keyboard.press('Enter');
    await question.waitFor();
    await page.keyboard.press('Space');
    await tabTo(page, question.getByRole('button', { name: 'Restore', exact: true }));
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Restored' }).waitFor();
  });
});

for (const [name, view] of Object.entries(VIEWS)) {
  test(`${name}: the panel and the dialog are accessible and fit`, async () => {
    await litestream.caughtUp();
    await withPage(site, view, async (page) => {
      const check = async (what) => {
        await assertFits(page);
        await assertAccessible(page, what);
        await picture(page, `continuous-${name}-${what}`);
      };
      await says(panelOf(page), 'Active');
      await check('panel');
      const dialog = await openPoints(page);
      await check('points');
      await type(dialog, '2001-01-01 00:00');
      await check('problem');
      await dialog.getByRole('button', { name: 'Latest' }).click();
      await restoreButton(page).click();
      await page.getByRole('dialog', { name: 'Restore this backup?' }).getByRole('button', { name: 'Cancel' }).click();
      await dialog.locator('footer').getByText('Nothing was restored').waitFor();
      await check('fetched');
    });
  });
}
