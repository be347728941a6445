/** What pages of other sites, and hostile content, can do through the browser of somebody who is signed in: nothing. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { DESKTOP, rowOf, until, useSite, withPage } from './support.mjs';

const ANNA = { username: 'anna', password: 'correct horse' };
const HTML = '<!doctype html><title>Mine</title><script>document.title = "ran"</script><p>hello';

const site = useSite(async () => {}, (folder) => {
  const passwords = join(folder, 'passwords');
  writeFileSync(passwords, `anna:${execFileSync('openssl', ['passwd', '-6', ANNA.password], { encoding: 'utf8' })}`, { mode: 0o600 });
  return { PASSWORD_FILE: passwords };
});

/* Another origin: the same host by another port (the browser calls that the same site), and another host. */
const others = [];

before(async () => {
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    const server = http.createServer((request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Other</title><body>');
    });
    await new Promise((resolve) => { server.listen(0, host, resolve); });
    others.push({ server, address: `http://${host}:${server.address().port}/` });
  }
});

after(() => others.forEach(({ server }) => server.close()));

const backups = () => readdirSync(join(site.folder, 'data', 'backups')).filter((name) => name.endsWith('.db')).sort();

/** How many POSTs the server has refused, as its log says: the browser tells a page of another site nothing. */
const refusedPosts = () => readFileSync(join(site.folder, 'site.log'), 'utf8').match(/"POST \S+ HTTP\/1.1" 403 /g)?.length ?? 0;

const BASIC = { Authorization: `Basic ${Buffer.from(`${ANNA.username}:${ANNA.password}`).toString('base64')}` };

function createWith(label) {
  return fetch(`${site.base}/api/backups`, {
    method: 'POST', headers: { ...BASIC, 'Content-Type': 'application/json' }, body: JSON.stringify({ label }),
  });
}

async function create(label) {
  const response = await createWith(label);
  assert.equal(response.status, 201);
  return (await response.json()).filename;
}

/** A browser of somebody who has signed in to the site already: it sends the password along by itself. */
async function signedIn(work, options = { httpCredentials: ANNA }) {
  const context = await site.browser.newContext({ ...DESKTOP, ...options });
  try {
    const page = await context.newPage();
    await page.goto(`${site.base}/icons/favicon.svg`);
    await work(page);
  } finally {
    await context.close();
  }
}

/** The same from a page of each of the others; answers has what the site answered to its requests, as the browser tells. */
async function fromOthers(work) {
  for (const { address } of others) {
    await signedIn(async (page) => {
      const answers = [];
      page.on('response', (response) => {
        if (response.url().startsWith(site.base)) answers.push(response.status());
      });
      await page.goto(address);
      await work(page, answers, address);
    });
  }
}

test('a fetch of another page changes nothing, whatever it dresses as', async () => {
  const before = backups();
  await fromOthers(async (page) => {
    for (const options of [
      {},
      { headers: { 'Content-Type': 'text/plain' }, body: '{"label":"theirs"}' },
      { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'label=theirs' },
    ]) {
      const refusals = refusedPosts();
      const type = await page.evaluate(([url, settings]) => (
        fetch(url, { ...settings, method: 'POST', mode: 'no-cors', credentials: 'include' })
          .then((response) => response.type, () => 'refused')
      ), [`${site.base}/api/backups`, options]);
      assert.ok(['opaque', 'refused'].includes(type), type);
      await until('the server has refused it', () => refusedPosts() > refusals);
    }
  });
  assert.deepEqual(backups(), before);
});

test('another page may not even ask with JSON, DELETE or PATCH', async () => {
  const filename = await create('still there');
  await fromOthers(async (page) => {
    for (const [method, path] of [['POST', '/api/backups'], ['DELETE', `/api/backups/${filename}`], ['PATCH', `/api/backups/${filename}`]]) {
      const outcome = await page.evaluate(([url, settings]) => fetch(url, settings).then((response) => response.type, (error) => error.name), [
        site.base + path, { method, credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{"pinned":true}' }]);
      assert.equal(outcome, 'TypeError', method);
    }
  });
  assert.ok(backups().includes(filename));
});

test('a form of another page changes nothing, whatever it sends', async () => {
  const filename = await create('not restored');
  const before = backups();
  site.sql("UPDATE shows SET name = 'changed' || name");
  await fromOthers(async (page, answers, address) => {
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      for (const path of ['/api/backups', `/api/backups/${filename}/restore`]) {
        await page.evaluate(([action, kind]) => {
          document.body.innerHTML = '<form method="post"><input name=\'{"force":true,"x":"\' value=\'"}\'></form>';
          Object.assign(document.forms[0], { action, enctype: kind });
        }, [site.base + path, enctype]);
        await Promise.all([page.waitForURL(site.base + path), page.evaluate(() => document.forms[0].submit())]);
        assert.equal(answers.at(-1), 403, `${enctype} ${path}`);
        await page.goto(address);
      }
    }
  });
  assert.deepEqual(backups(), before);
  assert.match(site.sql('SELECT name FROM shows LIMIT 1'), /^changed/);
});

test('images, scripts and frames of another page get nothing', async () => {
  const filename = await create('private');
  await fromOthers(async (page) => {
    const outcomes = await page.evaluate(([base, name]) => Promise.all([
      ['img', `${base}/api/backups/${name}`], ['img', `${base}/icons/favicon.svg`], ['script', `${base}/api/backups`],
      ['script', `${base}/api/backups/live/tables`], ['script', `${base}/js/main.js`],
      ['iframe', `${base}/`], ['iframe', `${base}/api/backups`], ['iframe', `${base}/api/backups/${name}`],
    ].map(([tag, src]) => new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = () => resolve(tag);
      element.onerror = () => resolve('refused');
      element.src = src;
      document.body.append(element);
    }))), [site.base, filename]);
    assert.deepEqual(outcomes, [...Array(5).fill('refused'), ...Array(3).fill('iframe')]);
    /* A refused frame has loaded the browser's own page about that. */
    assert.deepEqual(page.frames().map((frame) => frame.url()).filter((url) => url.startsWith(site.base)), []);
  });
});

test('a window of another page opens the site, but has no hold on it', async () => {
  await fromOthers(async (page) => {
    const [popup] = await Promise.all([
      page.context().waitForEvent('page'),
      page.evaluate((address) => { window.opened = window.open(address); }, site.base),
    ]);
    await popup.getByRole('heading', { name: 'camera_assignments' }).waitFor();
    assert.equal(await popup.evaluate(() => window.opener), null);
    assert.ok(await page.evaluate(() => window.opened.closed));
  });
});

test('a name of another site that leads here is not answered', async () => {
  const port = new URL(site.base).port;
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=MAP evil.example 127.0.0.1`],
  });
  try {
    const page = await (await browser.newContext({ httpCredentials: ANNA })).newPage();
    const response = await page.goto(`http://evil.example:${port}/`);
    assert.equal(response.status(), 421);
    const before = backups();
    const statuses = await page.evaluate(() => Promise.all(['GET', 'POST'].map((method) => (
      fetch('/api/backups', { method }).then((answer) => answer.status)))));
    assert.deepEqual(statuses, [421, 421]);
    assert.deepEqual(backups(), before);
  } finally {
    await browser.close();
  }
});

test('a backup that holds a page is saved, not shown, wherever it is opened', async () => {
  writeFileSync(join(site.folder, 'data', 'backups', 'page.db'), HTML);
  await signedIn(async (page) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.goto(`${site.base}/api/backups/page.db`).catch((error) => assert.match(error.message, /Download is starting|ERR_ABORTED/)),
    ]);
    assert.equal(readFileSync(await download.path(), 'utf8'), HTML);
    assert.equal(download.suggestedFilename(), 'page.db');
    assert.notEqual(await page.title(), 'ran');
  });
});

test('nothing private stays in the cache of the browser', async () => {
  const filename = await create('private');
  await signedIn(async (page) => {
    const again = await page.evaluate((paths) => Promise.all(paths.map(async (path) => {
      const first = await fetch(path);
      await first.arrayBuffer();
      const second = await fetch(path, { cache: 'only-if-cached', mode: 'same-origin' }).then((answer) => answer.status, (error) => error.name);
      return [path, first.status, second];
    })), ['/api/backups', `/api/backups/${filename}`, '/api/backups/live/tables', '/api/databases', '/api/health', '/metrics', '/api/backups/nothing.db']);
    for (const [path, first, second] of again) {
      assert.equal(first, path.endsWith('nothing.db') ? 404 : 200, path);
      assert.ok(['TypeError', 504].includes(second), `${path}: ${second}`);
    }
    /* The same question about what may be kept shows that it is one. */
    const kept = await page.evaluate(() => fetch('/js/main.js')
      .then((answer) => answer.arrayBuffer())
      .then(() => fetch('/js/main.js', { cache: 'only-if-cached', mode: 'same-origin' }))
      .then((answer) => answer.status));
    assert.equal(kept, 200);
    /* With credentials of its own, the driver would switch the cache off. */
  }, { extraHTTPHeaders: BASIC });
});

test('a label is text, whatever is in it', async () => {
  const label = '<img src=x onerror="document.title=\'ran\'"><script>document.title="ran"</script> &amp; {{1+1}}';
  await create(label);
  await withPage(site, { extraHTTPHeaders: BASIC }, async (page) => {
    const row = rowOf(page, label);
    await row.waitFor();
    assert.equal(await row.locator('img, script').count(), 0);
    assert.notEqual(await page.title(), 'ran');
  });
});

test('a label that turns the direction of letters is not taken', async () => {
  for (const turn of ['\u202e', '\u202d', '\u2066', '\u2067', '\u2068']) {
    const { status } = await createWith(`safe${turn}gnp.exe`);
    assert.equal(status, 400, turn.codePointAt(0).toString(16));
  }
});
