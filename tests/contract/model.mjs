/** What the site must have after each answer: the backups of each database, kept by the answers alone. */

import assert from 'node:assert/strict';

import { eventsOf, pathOf } from './document.mjs';

const DEFAULT = 'camera_assignments';
const MADE_BY_US = /^(scheduled_|pre-restore_|upload_|litestream_)?\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-\d+)?\.db$/;
const dayOf = ({ created }) => created.slice(0, 10);

/** What an answer says that was done: its JSON, or that of the last event; undefined where nothing was done. */
export function outcomeOf({ answer }) {
  const type = answer.headers.get('Content-Type') ?? '';
  const text = answer.body.bytes.toString();
  if (type.startsWith('text/event-stream')) {
    const last = eventsOf(text)?.at(-1);
    return last?.name === 'done' ? JSON.parse(last.data) : undefined;
  }
  return answer.status < 300 && type === 'application/json' && text !== '' ? JSON.parse(text) : undefined;
}

/** The database that a request names. */
function databaseOf(target) {
  const name = /[?&]database=([^&#]*)/.exec(target)?.[1];
  return name === undefined ? DEFAULT : decodeURIComponent(name.replaceAll('+', ' '));
}

const filenameOf = (operation, target) => decodeURIComponent(operation.pattern.exec(pathOf(target)) && pathOf(target).split('/')[3]);

export class Model {
  #lists = new Map();

  /**
   * @param {(database: string) => Promise<object[]>} list what the site lists now
   * @param {{manual: number, litestream: number}} keep the site's settings of retention
   */
  constructor(list, keep) {
    this.list = list;
    this.keep = keep;
  }

  /** Takes over what is there. */
  async begin(databases) {
    for (const database of databases) this.#lists.set(database, await this.list(database));
  }

  /** A backup of the default database, for a request that needs one. */
  pick(number) {
    const list = this.#lists.get(DEFAULT);
    return list[number % list.length]?.filename ?? 'none.db';
  }

  /** The file names there were before the last step. */
  backup(database, filename) {
    return this.#lists.get(database).find((backup) => backup.filename === filename);
  }

  /** Applies what the answer says, and compares with what the site lists. */
  async follow(operation, exchange) {
    const outcome = outcomeOf(exchange);
    if (outcome !== undefined && operation && operation.method !== 'GET') await this.#apply(operation, exchange, outcome);
    for (const [database, expected] of this.#lists) {
      assert.deepEqual(await this.list(database), expected, `the backups of ${database} are not what the answers say`);
    }
  }

  async #apply(operation, exchange, outcome) {
    const change = CHANGES[operation.id];
    assert.ok(change, `The model does not know what ${operation.id} changes: tell it in CHANGES of tests/contract/model.mjs.`);
    const database = databaseOf(exchange.target);
    const filename = operation.names.includes('filename') ? filenameOf(operation, exchange.target) : undefined;
    const body = exchange.body?.length > 0 ? JSON.parse(exchange.body.toString()) : {};
    const context = { outcome, filename, body, keep: this.keep, listed: () => this.list(database) };
    this.#lists.set(database, await change(this.#lists.get(database), context));
  }
}

/* Retention removes what it may, from the oldest on; KEEPS tells of each of them, the newest first, whether it stays. */
function retain(list, kind, keeps) {
  const subjects = list.filter((backup) => backup.kind === kind && !backup.pinned && MADE_BY_US.test(backup.filename));
  const removed = subjects.filter((backup, index) => !keeps(backup, index, subjects));
  return list.filter((backup) => !removed.includes(backup));
}

const newestOfDay = (backup, index, list) => index === 0 || dayOf(list[index - 1]) !== dayOf(backup);

function replaced(list, filename, members) {
  assert.ok(list.some((backup) => backup.filename === filename), `${filename} was not there`);
  return list.map((backup) => (backup.filename === filename ? { ...backup, ...members } : backup));
}

/* What each operation that changes something does to the list of backups. */
const CHANGES = {
  'backup-create': (list, { outcome, body, keep }) => {
    assert.deepEqual(
      [outcome.label, outcome.pinned, outcome.kind],
      [body.label || null, body.pinned ?? false, body.kind ?? 'manual'],
    );
    const all = [outcome, ...list];
    return outcome.kind === 'manual' ? retain(all, 'manual', (_, index) => index < keep.manual) : retain(all, 'scheduled', newestOfDay);
  },
  'backup-update': (list, { outcome, filename, body }) => {
    const { label, ...others } = body;
    const after = replaced(list, filename, { ...others, ...('label' in body ? { label: label || null } : {}) });
    assert.deepEqual(outcome, after.find((backup) => backup.filename === filename));
    return after;
  },
  'backup-delete': (list, { filename }) => {
    const gone = list.find((backup) => backup.filename === filename);
    assert.ok(gone && !gone.pinned, `${filename} could not be deleted`);
    return list.filter((backup) => backup !== gone);
  },
  'backup-verify': (list, { outcome, filename }) => replaced(list, filename, { sha256: outcome.sha256, verified: outcome.verified }),
  /* Of the safety backup the answer tells the name only. */
  'backup-restore': async (list, { outcome, filename, listed }) => {
    assert.ok(list.some((backup) => backup.filename === filename), `${filename} was not there`);
    if (outcome.safety_backup === null) return list;
    const safety = (await listed()).find((backup) => backup.filename === outcome.safety_backup);
    assert.equal(safety?.kind, 'pre-restore', `${outcome.safety_backup} is not listed`);
    return [safety, ...list];
  },
  'litestream-fetch': (list, { outcome: { moment, point, ...backup }, keep }) => {
    assert.equal(backup.kind, 'litestream');
    return retain([backup, ...list], 'litestream', (_, index) => index < keep.litestream);
  },
  /* What it fetches it removes. */
  'litestream-drill': (list, { outcome }) => {
    assert.deepEqual([outcome.status, outcome.last_proven], ['proven', outcome.time]);
    return list;
  },
};
