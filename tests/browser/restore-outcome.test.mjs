/** What the banner says of a restore: whether the app was told, and whether the replica has it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';

import { useReplicatedSite } from './replication.mjs';
import { action, confirmRestore, rowOf, withPage } from './support.mjs';

const OK = 204;
const FAILED = 500;

/* The app, as far as it is told of restores. */
const app = createServer((request, response) => {
  request.resume();
  response.writeHead(app.answer).end();
});
app.listen(0, '127.0.0.1');
await once(app, 'listening');
after(() => app.close());

const { site, litestream } = useReplicatedSite(undefined, { WEBHOOK_URL: `http://127.0.0.1:${app.address().port}/told` });

async function restoreIn(page, label) {
  await action(rowOf(page, label), 'Restore').click();
  await confirmRestore(page);
  const banner = page.getByRole('region', { name: 'Restored' });
  await banner.waitFor();
  return banner;
}

test('an app that was told and a replica that has it are said in the sentence', async () => {
  app.answer = OK;
  await site.create('told');
  await withPage(site, {}, async (page) => {
    const banner = await restoreIn(page, 'told');
    const text = await banner.innerText();
    assert.match(text, /The replica has the restored data, too\./);
    assert.match(text, /The app has been told/);
    assert.equal(await banner.locator('.warning:visible').count(), 0);
  });
});

test('an app that could not be told and a replica that lacks it are warned of, over a reload, too', async (t) => {
  t.after(() => litestream.resume());
  app.answer = FAILED;
  await site.create('not told');
  litestream.pause();
  await withPage(site, {}, async (page) => {
    let banner = await restoreIn(page, 'not told');
    for (const visit of ['first', 'after a reload']) {
      await banner.getByText('The app could not be told: reload it').waitFor();
      await banner.getByText('the replica does not have').waitFor();
      assert.doesNotMatch(await banner.innerText(), /has been told|replica has/, visit);
      await page.reload();
      banner = page.getByRole('region', { name: 'Restored' });
      await banner.waitFor();
    }
  });
});
