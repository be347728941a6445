/** The audit log in the page: who changed what, and what was refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { action, PHONE, refresh, rowOf, until, useSite, withPage } from './support.mjs';

const site = useSite();

const summaryOf = (page) => page.locator('.audit > summary');
const entriesOf = (page) => page.locator('.audit-entry');

test('the log tells what was changed and what was refused, the newest first', async () => {
  const { filename } = await site.create('<b>not</b> markup');
  await withPage(site, {}, async (page) => {
    assert.equal(await entriesOf(page).count(), 0, 'it is folded at first');
    await action(rowOf(page, filename), 'Pin').click();
    await page.locator('tbody.backup [aria-pressed="true"]').waitFor();
    const refused = await fetch(`${site.base}/api/backups/${filename}`, { method: 'DELETE' });
    assert.equal(refused.status, 409);

    await summaryOf(page).click();
    await entriesOf(page).nth(2).waitFor();
    const texts = await entriesOf(page).allInnerTexts();
    assert.match(texts[0], new RegExp(`127\\.0\\.0\\.1[^]*delete ${filename}[^]*pinned[^]*Unpin it first`));
    assert.match(texts[1], new RegExp(`update ${filename}[^]*pinned: true[^]*done`));
    assert.match(texts[2], new RegExp(`create ${filename}[^]*label: <b>not</b> markup[^]*done`));
    assert.equal(await page.locator('.audit-entry b').count(), 0, 'a label is text');
  });
});

test('while it is open it follows; a refusal stands out; it fits on a phone', async () => {
  await withPage(site, PHONE, async (page) => {
    await summaryOf(page).click();
    await entriesOf(page).first().waitFor();
    const before = await entriesOf(page).count();
    await site.create('one more');
    await refresh(page);
    await until('the new line is there', async () => (await entriesOf(page).count()) === before + 1);
    assert.equal(await entriesOf(page).first().getAttribute('data-result'), 'done');
    assert.equal(await page.locator('.audit-entry[data-result="refused"]').count(), 1);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= PHONE.viewport.width, `the page is ${width} pixels wide`);
  });
});
