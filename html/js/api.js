/** The API of backups and databases as functions. */

import { problemFrom } from './errors.js';
import { request, send, withQuery, work } from './http.js';

/** @typedef {import('./http.js').OnProgress} OnProgress */
/** @typedef {{filename: string, size: number, created: string, kind: string, label: string|null, pinned: boolean,
 *   sha256: string|null, verified: string|null, database: string}} Backup */
/** @typedef {{name: string, size: number|null, default: boolean, backups: number, last_backup: string|null}} Database
 *   a size of null: the file is missing, only its backups are there */

/** @returns {Promise<Database[]>} */
export async function fetchDatabases() {
  return (await request('api/databases')).json();
}

/**
 * A failing server answers 503 with the same document: that is news too, not an error.
 * @param {string|undefined} database the default one if undefined
 * @returns {Promise<{status: string, checks: Object<string, {status: string, detail: string}>}>}
 */
export async function fetchHealth(database) {
  const response = await send(withQuery('api/health', { database }), {});
  const type = response.headers.get('Content-Type') ?? '';
  if (!response.ok && !type.startsWith('application/json')) throw await problemFrom(response);
  return response.json();
}

/* More than that is for the shell. */
const AUDIT_LIMIT = 50;

/** The backups of one database. */
export class BackupsApi {
  /** @param {string} database */
  constructor(database) {
    this.database = database;
  }

  /** @returns {Promise<Backup[]>} newest first */
  async list() {
    return (await request(this.address())).json();
  }

  /** @returns {Promise<import('./audit-log.js').AuditEntry[]>} what was changed or refused, newest first */
  async audit() {
    return (await request(withQuery('api/audit', { database: this.database, limit: AUDIT_LIMIT }))).json();
  }

  /**
   * @param {string} label empty for none
   * @param {OnProgress} onProgress
   * @returns {Promise<Backup>}
   */
  create(label, onProgress) {
    return work(this.address(), label ? { label } : undefined, onProgress);
  }

  /**
   * @param {string} filename
   * @param {{label?: string|null, pinned?: boolean}} changes
   * @returns {Promise<Backup>}
   */
  async update(filename, changes) {
    return (await request(this.address(filename), { method: 'PATCH', body: changes })).json();
  }

  /** @param {string} filename */
  async remove(filename) {
    await request(this.address(filename), { method: 'DELETE' });
  }

  /**
   * @param {string} filename
   * @param {{force: boolean}} options force: although the tables differ
   * @param {OnProgress} onProgress
   */
  restore(filename, { force }, onProgress) {
    return work(this.address(filename, 'restore'), force ? { force } : undefined, onProgress);
  }

  /**
   * @param {string} filename
   * @param {OnProgress} onProgress
   */
  verify(filename, onProgress) {
    return work(this.address(filename, 'verify'), undefined, onProgress);
  }

  /**
   * Asks whether a download would work, so that a refusal can be shown where the click was.
   * @param {string} filename
   */
  async checkDownload(filename) {
    const address = this.address(filename);
    const head = await send(address, { method: 'HEAD' });
    /* HEAD has no body: the reason is asked for only when there is one. */
    if (!head.ok) await request(address);
  }

  /**
   * @param {...string} path below api/backups
   * @returns {string}
   */
  address(...path) {
    const parts = ['api/backups', ...path.map(encodeURIComponent)];
    return withQuery(parts.join('/'), { database: this.database });
  }
}
