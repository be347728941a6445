/** The restore drill in the panel of continuous backup: when it was last proven, and proving it now. */

import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertAccessible, assertFits, picture } from './looks.mjs';
import { panelOf, says, useReplicatedSite } from './replication.mjs';
import { DESKTOP, isFocused, PHONE, tabTo, until, withPage } from './support.mjs';

const { site, litestream } = useReplicatedSite();
const VIEWS = {
  'desktop-light': { ...DESKTOP, colorScheme: 'light' },
  'desktop-dark': { ...DESKTOP, colorScheme: 'dark' },
  'phone-360': { ...PHONE, colorScheme: 'light' },
};

const lineOf = (page) => panelOf(page).locator('.proof');
const proveButton = (page) => panelOf(page).getByRole('button', { name: 'Prove it now' });
const report = (page) => panelOf(page).locator('[data-slot="proofReport"]');
const proven = (page, text) => lineOf(page).getByText(text).waitFor();

/* The replica is out of reach until the work has ended. */
async function withoutReplica(work) {
  renameSync(litestream.replica, `${litestream.replica}.away`);
  try {
    await work();
  } finally {
    renameSync(`${litestream.replica}.away`, litestream.replica);
  }
}

test('never proven; then proven by a click, by keyboard, with its progress told', async () => {
  await withPage(site, {}, async (page) => {
    await says(panelOf(page), 'Active');
    await proven(page, 'Last proven restorable: never');
    await tabTo(page, proveButton(page));
    await page.evaluate(() => {
      window.announced = [];
      /* Events that arrive together are announced in one go: what it says then is only the last of them. */
      new MutationObserver((changes) => window.announced.push(...changes.flatMap(({ addedNodes }) => [...addedNodes].map((node) => node.textContent))))
        .observe(document.getElementById('announcer'), { childList: true });
    });
    await page.keyboard.press('Enter');
    await report(page).getByText(/^Proven restorable, with everything up to .*\. Everything came back: \d+ rows in 6 tables\.$/).waitFor();
    await proven(page, 'Last proven restorable: just now');
    assert.match(await lineOf(page).locator('time').getAttribute('title'), / UTC$/);
    assert.ok(await isFocused(proveButton(page)), 'the keyboard stays where it was');
    const announced = await page.evaluate(() => window.announced);
    assert.ok(announced.includes('Counting rows…'), announced.join());
    assert.match(announced.at(-1), /^Proven restorable/);
    await report(page).getByRole('button', { name: 'Dismiss' }).click();
    assert.ok(await report(page).isHidden() && await isFocused(proveButton(page)));
  });
  assert.deepEqual(readdirSync(join(site.folder, 'data', 'backups')).filter((name) => name.endsWith('.db')), [], 'nothing is published');
});

test('while a drill runs the button is unavailable, and says why; a second click asks nothing', async () => {
  await withPage(site, {}, async (page) => {
    await says(panelOf(page), 'Active');
    let asked = 0;
    let answer;
    await page.route('**/litestream/drill?*', (route) => {
      asked += 1;
      answer = () => route.continue();
    });
    await proveButton(page).click();
    await until('it is asked', () => answer !== undefined);
    assert.equal(await proveButton(page).getAttribute('aria-disabled'), 'true');
    assert.equal(await proveButton(page).getAttribute('title'), 'A restore drill is running.');
    await report(page).getByRole('progressbar').waitFor();
    await proveButton(page).click({ force: true });
    assert.equal(asked, 1);
    await answer();
    await report(page).getByText(/^Proven restorable/).waitFor();
    assert.equal(await proveButton(page).getAttribute('aria-disabled'), null);
  });
});

test('a drill that fails says why; so does the panel afterwards, with the last proof, and health', async () => {
  await withoutReplica(async () => {
    await withPage(site, { refusals: [503] }, async (page) => {
      await proveButton(page).click();
      await report(page).getByRole('alert').getByText(/replica/).waitFor();
      assert.equal(await proveButton(page).getAttribute('aria-disabled'), null);
      await page.reload();
      await lineOf(page).getByText(/^The last restore drill failed (just now|\d+ seconds ago): .*replica/).waitFor();
      await proven(page, /^Last proven restorable: (just now|\d+ seconds ago)$/);
      await page.getByRole('button', { name: 'Degraded' }).click();
      await page.getByRole('region', { name: 'Health' }).getByText(/^degraded: The last restore drill failed/).waitFor();
    });
  });
});

test('how long ago it was counts up by itself', async () => {
  const { proven: moment } = await litestream.status();
  await withPage(site, { time: Date.parse(moment) }, async (page) => {
    await says(panelOf(page), 'Active');
    await page.route('**/litestream/status?*', () => {});
    await page.clock.fastForward(3 * 60 * 60 * 1000);
    await proven(page, 'Last proven restorable: 3 hours ago');
  });
});

/* Colours are the same on the phone. */
async function check(page, name, what) {
  await assertFits(page);
  if (name.startsWith('desktop')) await assertAccessible(page, what);
  await picture(page, `${name}-drill-${what}`);
}

for (const [name, view] of Object.entries(VIEWS)) {
  test(`${name}: accessible, and nothing is wider than the window`, async () => {
    await withPage(site, { ...view, refusals: [503] }, async (page) => {
      await says(panelOf(page), 'Active');
      await proveButton(page).click();
      await report(page).getByText(/^Proven restorable/).waitFor();
      await check(page, name, 'proven');
      await withoutReplica(async () => {
        await proveButton(page).click();
        await report(page).getByRole('alert').waitFor();
        await report(page).getByRole('button', { name: 'Dismiss' }).click();
        await lineOf(page).getByText(/^The last restore drill failed/).waitFor();
        await check(page, name, 'failed');
      });
    });
  });
}
