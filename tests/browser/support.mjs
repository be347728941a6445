/** A private site, a browser, and pages that are watched: what all tests of the admin page stand on. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const SITE_PROGRAM = fileURLToPath(new URL('../site', import.meta.url));
const BROWSER = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
};
/* Longer than anything here takes on a busy machine, shorter than a person's patience. */
const PATIENCE_MS = 15_000;
const POLL_MS = 25;
const WRITE_EVERY_MS = 20;
/* More than the page has places to stop at. */
const MOST_STOPS = 60;

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/** A complete site in a folder of its own, with a browser beside it. */
class Site {
  /** @param {(folder: string) => Object<string, string>} settings of the site whose state is in the folder */
  constructor(settings) {
    this.settings = settings;
  }

  async start() {
    this.folder = await mkdtemp(join(tmpdir(), 'camera-sheet-browser-'));
    const env = { ...process.env, ...this.settings(this.folder) };
    this.base = execFileSync(SITE_PROGRAM, ['up', this.folder], { encoding: 'utf8', env }).trim();
    this.browser = await chromium.launch(BROWSER);
  }

  async stop() {
    await this.browser?.close();
    try {
      if (this.base) execFileSync(SITE_PROGRAM, ['down', this.folder]);
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  /** The file of a live database. */
  database(name = 'camera_assignments') {
    return join(this.folder, 'data', `${name}.db`);
  }

  /** The file of a backup of the default database. */
  backup(filename) {
    return join(this.folder, 'data', 'backups', filename);
  }

  /** What the sqlite3 program answers about the live data: some other program at work on it. */
  sql(statement, database = this.database()) {
    return execFileSync('sqlite3', ['-cmd', '.timeout 10000', database, statement], { encoding: 'utf8' }).trim();
  }

  /** Takes a backup behind the page's back. */
  create(label) {
    return this.request('api/backups', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ label }),
    });
  }

  /** What the API answers to another program. */
  async request(path, options) {
    const response = await fetch(`${this.base}/${path}`, options);
    assert.ok(response.ok, `${path} answered ${response.status}`);
    return response.json();
  }
}

/**
 * Gives the tests of a file one site and one browser.
 * @param {() => Promise<void>} prepare what the tests need to find there
 * @param {(folder: string) => Object<string, string>} settings of the site, beyond those of every test
 * @returns {Site}
 */
export function useSite(prepare = async () => {}, settings = () => ({})) {
  const site = new Site(settings);
  before(async () => {
    await site.start();
    await prepare();
  });
  after(() => site.stop());
  return site;
}

/**
 * Runs work on a page of its own, and fails if the page complained, broke the content security policy or asked
 * another host.
 * @param {Site} site
 * @param {object} options of the browser context; address: below the site's; refusals: the HTTP statuses that the
 *   work provokes and that the browser's console therefore mentions; time: what the browser's clock says at the start
 * @param {(page: import('playwright-core').Page) => Promise<void>} work
 */
export async function withPage(site, { address = '/', refusals = [], time, ...options }, work) {
  const context = await site.browser.newContext({ ...DESKTOP, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  try {
    const page = await context.newPage();
    const complaints = await watch(page, site.base, refusals);
    if (time) await page.clock.install({ time });
    await page.goto(site.base + address);
    await work(page);
    assert.deepEqual([...complaints], []);
  } finally {
    await context.close();
  }
}

async function watch(page, base, refusals) {
  const complaints = new Set();
  const isExpected = (text) => refusals.some((refusal) => text.includes('Failed to load resource') && text.includes(String(refusal)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !isExpected(message.text())) complaints.add(message.text());
  });
  page.on('pageerror', (error) => complaints.add(String(error.stack)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== base) complaints.add(`request to ${request.url()}`);
  });
  await page.exposeFunction('reportViolation', (violation) => complaints.add(violation));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.violatedDirective} refused ${event.blockedURI}`);
    });
  });
  return complaints;
}

/** The row of a backup, found by its file name, label or kind. */
export function rowOf(page, text) {
  return page.locator('tbody.backup').filter({ has: page.getByText(text, { exact: true }) });
}

/** A button, or link that looks like one, of a row. */
export function action(row, name) {
  return row.getByRole('button', { name: new RegExp(`^${name} `) });
}

/** What a row says about the last click in it. */
export function reportIn(place) {
  return place.locator('.report');
}

/** Goes through the confirmation of a restore. */
export async function confirmRestore(page) {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
}

/** Whether the keyboard works on it. */
export async function isFocused(locator) {
  return locator.evaluate((element) => element === document.activeElement);
}

/** Goes on with the tab key until the keyboard works on it. */
export async function tabTo(page, locator) {
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    if (await isFocused(locator)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the keyboard does not reach ${locator}`);
}

/** Makes the page refresh as when it comes into view, without touching focus or anything else. */
export async function refresh(page) {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

/** Waits until a condition holds. WHAT says which, or is asked at the end. */
export async function until(what, condition, patienceMs = PATIENCE_MS) {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) assert.fail(`waited in vain until ${typeof what === 'function' ? what() : what}`);
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
}

/** Another program that keeps writing to the live database, one short transaction after the other. */
export class Writer {
  constructor(site) {
    this.site = site;
    site.sql('CREATE TABLE IF NOT EXISTS heartbeat (at TEXT)');
    this.process = spawn('sqlite3', [site.database()], { stdio: ['pipe', 'ignore', 'pipe'] });
    this.complaints = '';
    this.process.stderr.on('data', (data) => { this.complaints += data; });
    this.process.stdin.write('.timeout 10000\n');
    this.timer = setInterval(() => this.process.stdin.write("INSERT INTO heartbeat VALUES (datetime('now'));\n"), WRITE_EVERY_MS);
  }

  /** How many of its rows are in the live data. */
  count() {
    return Number(this.site.sql('SELECT count(*) FROM heartbeat'));
  }

  /** Waits until it has written more. */
  async goesOn() {
    const before = this.count();
    await until('the writer has written more', () => this.count() > before);
  }

  /** Ends it, and fails if any of its transactions did. */
  async stop() {
    clearInterval(this.timer);
    this.process.stdin.end();
    await once(this.process, 'close');
    assert.equal(this.complaints, '');
  }
}
