/** A site whose live database the real Litestream replicates into a folder, and where the page shows that. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { until, useSite } from './support.mjs';

/* Tests do not wait for a second, which is how often Litestream looks by itself. */
const LOOKS_EVERY = '200ms';
/* How long Litestream may stand still before a database that nobody writes to. */
const IDLE_MS = 10_000;

function replicationIn(folder) {
  const file = join(folder, 'replication.yml');
  writeFileSync(file, `
addr: "\${LITESTREAM_ADDR}"
dbs:
  - path: "\${DATABASE_PATH}"
    monitor-interval: ${LOOKS_EVERY}
    replicas:
      - url: file://${folder}/replica
        sync-interval: ${LOOKS_EVERY}
`);
  return { REPLICATE: 'yes', LITESTREAM_CONFIG: file };
}

/** Litestream, which the site runs. */
export class Litestream {
  /** @param {object} site of useSite() */
  constructor(site) {
    this.site = site;
  }

  /** The folder that it replicates into. */
  get replica() {
    return join(this.site.folder, 'replica');
  }

  /** Makes it stop in the middle of whatever it does. */
  pause() {
    process.kill(this.#findProcess(), 'SIGSTOP');
  }

  resume() {
    process.kill(this.#findProcess(), 'SIGCONT');
  }

  #findProcess() {
    const session = readFileSync(join(this.site.folder, 'site.pid'), 'utf8').trim();
    const processes = execFileSync('ps', ['--sid', session, '--format', 'pid=,comm='], { encoding: 'utf8' });
    return Number(/^ *(\d+) litestream$/m.exec(processes)[1]);
  }

  /** @returns {Promise<object>} what the API says of it */
  status() {
    return this.site.request('api/backups/litestream/status');
  }

  /**
   * Waits until everything that is in the live database now is in the replica: as Litestream found at two looks, since
   * the first may have begun before.
   * @returns {Promise<number>} a moment at which it was so
   */
  async caughtUp() {
    const looks = new Set();
    const moment = Date.now();
    let answer;
    const told = () => `everything is in the replica: ${JSON.stringify(answer)}`;
    const isSo = async () => {
      answer = await this.status();
      const { status, lag_seconds: lag, last_sync: lastSync } = answer;
      if (status === 'active' && lag === 0 && Date.parse(lastSync) > moment) looks.add(lastSync);
      return looks.size >= 2;
    };
    // Seen once, for half a minute: "everything" came with the next write only. It is told, so that it can be looked into.
    await until(told, isSo, IDLE_MS).catch(({ message }) => {
      console.log(`# note: woken by a write: ${message}`);
      this.site.sql('PRAGMA user_version = 1');
    });
    await until(told, isSo);
    return Date.now();
  }
}

/**
 * Gives the tests of a file one site with replication, and one browser.
 * @param {() => Promise<void>} prepare what the tests need to find there
 * @param {Object<string, string>} settings of the site, beyond those of replication
 * @returns {{site: object, litestream: Litestream}}
 */
export function useReplicatedSite(prepare = async () => {}, settings = {}) {
  const site = useSite(async () => {
    await litestream.caughtUp();
    await prepare();
  }, (folder) => ({ ...replicationIn(folder), ...settings }));
  const litestream = new Litestream(site);
  return { site, litestream };
}

/** The panel of continuous backup. */
export const panelOf = (page) => page.getByRole('region', { name: 'Continuous backup' });

/** The dialog in which a moment is chosen, and its parts. */
export const pointsDialog = (page) => page.getByRole('dialog', { name: 'Restore points' });
export const fieldIn = (dialog) => dialog.getByRole('textbox', { name: /Moment to restore/ });
export const restoreButton = (page) => page.getByRole('button', { name: 'Restore this moment…' });

/** A moment as the API writes it. */
export const iso = (moment) => new Date(moment).toISOString();

/** Waits until the panel's sign says it. */
export async function says(panel, word) {
  await panel.locator('.continuous-header').getByText(word, { exact: true }).waitFor();
}

/** Opens the dialog and waits until it shows what the replica holds. */
export async function openPoints(page) {
  await page.getByRole('button', { name: 'View S3 Restore Points' }).click();
  const dialog = pointsDialog(page);
  await dialog.getByText('restored up to here').waitFor();
  return dialog;
}

/** Types a moment, as a person does who knows it. */
export async function type(dialog, text) {
  await fieldIn(dialog).fill(text);
  await fieldIn(dialog).press('Enter');
}
