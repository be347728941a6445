/** The panel of continuous backup, over the real Litestream: what it says, when, and how often it asks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { panelOf, says, useReplicatedSite } from './replication.mjs';
import { refresh, until, withPage } from './support.mjs';

const { site, litestream } = useReplicatedSite();
const POLL_MS = 5000;

/* What an assistive program reads out, as the page sets it. */
async function collectAnnouncements(page) {
  await page.evaluate(() => {
    window.announced = [];
    new MutationObserver(() => window.announced.push(document.getElementById('announcer').textContent))
      .observe(document.getElementById('announcer'), { childList: true, characterData: true, subtree: true });
  });
  return () => page.evaluate(() => window.announced);
}

test('active: sign, replica, and a last sync that counts up without the server', async () => {
  await withPage(site, { refusals: ['ERR_FAILED'] }, async (page) => {
    const panel = panelOf(page);
    await says(panel, 'Active');
    await panel.getByText('Everything is in the replica.').waitFor();
    await panel.getByText(`file://${litestream.replica}`).waitFor();
    const lastSync = panel.locator('.continuous-facts time');
    await until('its age is told', async () => /^(just now|\d+ seconds? ago)$/.test(await lastSync.innerText()));
    assert.match(await lastSync.getAttribute('title'), / UTC$/);
    assert.match(await panel.getByRole('img').getAttribute('aria-label'), /^Lag in the last minute: now /);

    await page.route('**/litestream/status?*', () => {});
    const secondsIn = (text) => (text === 'just now' ? 0 : Number.parseInt(text, 10));
    const before = secondsIn(await lastSync.innerText());
    await until('it has counted on', async () => secondsIn(await lastSync.innerText()) >= before + 2);
    await says(panel, 'Active');
  });
});

test('polling moves nothing and says nothing', async () => {
  await withPage(site, { time: Date.now() }, async (page) => {
    const panel = panelOf(page);
    await says(panel, 'Active');
    await page.evaluate(() => {
      window.shifts = [];
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: 'layout-shift' });
    });
    const announced = await collectAnnouncements(page);
    let answers = 0;
    page.on('response', (response) => { answers += response.url().includes('/litestream/status') ? 1 : 0; });
    for (let poll = 1; poll <= 4; poll += 1) {
      await page.clock.fastForward(POLL_MS);
      await until('another answer has come', () => answers >= poll);
    }
    assert.deepEqual(await page.evaluate(() => window.shifts), []);
    assert.deepEqual(await announced(), []);
  });
});

test('Litestream that stops, and goes on, is told once each', async (t) => {
  t.after(() => litestream.resume());
  await withPage(site, {}, async (page) => {
    const panel = panelOf(page);
    await says(panel, 'Active');
    const announced = await collectAnnouncements(page);
    litestream.pause();
    await says(panel, 'Stopped');
    await panel.getByText('Litestream does not run').waitFor();
    assert.ok(await page.getByRole('button', { name: 'View S3 Restore Points' }).isVisible(), 'what is there can still be restored');
    litestream.resume();
    await says(panel, 'Active');
    const words = (await announced()).map((sentence) => /^Continuous backup: (\w+)\./.exec(sentence)?.[1]);
    assert.deepEqual(words.filter((word) => word !== 'Behind'), ['Stopped', 'Active']);
  });
});

test('without an answer the state is not known, and the server is asked less and less often', async () => {
  await withPage(site, { time: Date.now(), refusals: ['ERR_CONNECTION_REFUSED'] }, async (page) => {
    const panel = panelOf(page);
    await says(panel, 'Active');
    let asked = 0;
    await page.route('**/litestream/status?*', (route) => {
      asked += 1;
      return route.abort('connectionrefused');
    });
    await page.clock.fastForward(POLL_MS);
    await says(panel, 'Status not known');
    await panel.getByText('The server does not answer').waitFor();
    await panel.getByText(/^\d\d:\d\d:\d\d or later$/).waitFor();
    assert.match(await panel.getByRole('img').getAttribute('aria-label'), /now not known/);
    assert.equal(asked, 1);
    await page.clock.fastForward(POLL_MS);
    await page.clock.fastForward(POLL_MS - 1000);
    assert.equal(asked, 1, 'not after five seconds any more');
    await page.clock.fastForward(2000);
    await until('it is asked again', () => asked === 2);

    await page.unroute('**/litestream/status?*');
    await refresh(page);
    await says(panel, 'Active');
  });
});

test('a page that nobody sees asks nothing, and asks at once when it is seen again', async () => {
  await withPage(site, { time: Date.now() }, async (page) => {
    await says(panelOf(page), 'Active');
    let asked = 0;
    page.on('request', (request) => { asked += request.url().includes('/litestream/') ? 1 : 0; });
    await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
    await page.clock.fastForward(10 * POLL_MS);
    await page.clock.fastForward(10 * POLL_MS);
    assert.equal(asked, 0);
    await says(panelOf(page), 'Checking…');
    await page.evaluate(() => { delete document.hidden; });
    await refresh(page);
    await says(panelOf(page), 'Active');
    assert.ok(asked > 0);
  });
});
