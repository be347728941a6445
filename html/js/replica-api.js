/** The API of continuous backup as functions: its status, what can be restored from the replica, and fetching that. */

import { request, withQuery, work } from './http.js';

const FOLDER = 'api/backups/litestream';
/* The server answers within two seconds whatever hangs: one that takes this long is gone. */
const STATUS_TIMEOUT_MS = 8_000;
/* A week of changes every second is listed in hundreds of requests, for which the server has two minutes. */
const POINTS_TIMEOUT_MS = 130_000;

/* What is restored here is a file beside the live data, which "restoring" would not say. */
const PHASES = { listing: 'looking into the replica', restoring: 'putting it together', replicating: 'waiting for the replica', counting: 'counting rows' };

/** @typedef {'active'|'behind'|'stopped'|'unreachable'|'disabled'} State */
/** @typedef {{name: string, url: string, status: State, last_sync: string|null, lag_seconds: number|null,
 *   lag_bytes: number|null, detail: string}} Replica */
/** @typedef {{status: State, last_sync: string|null, lag_seconds: number|null, lag_bytes: number|null,
 *   replica_url: string|null, detail: string, sync_interval_seconds: number, replicas: Replica[],
 *   proven: string|null, drill: Drill|null}} ReplicaStatus */
/** @typedef {{status: 'proven'|'failed', time: string, detail: string, point: string|null}} Drill
 *   point: when the newest change that came back had come into the replica */
/** @typedef {{time: string, kind: 'snapshot'|'wal', generation: string, size: number}} Point */
/** @typedef {{earliest: string|null, latest: string|null, points: Point[], truncated: boolean,
 *   from: string|null, to: string|null, intervals?: {start: string, count: number}[]}} RestorePoints */
/** @typedef {import('./api.js').Backup & {moment: string|null, point: string}} FetchedBackup
 *   moment: what was asked for, null for the latest; point: the newest change in it */

/** The replica of one database. */
export class ReplicaApi {
  /** @param {string} database */
  constructor(database) {
    this.database = database;
  }

  /** @returns {Promise<ReplicaStatus>} */
  async status() {
    return (await request(this.#address('status'), { timeoutMs: STATUS_TIMEOUT_MS })).json();
  }

  /**
   * @param {object} wanted moments in milliseconds since 1970; without one, the range goes to its end
   * @param {number} [wanted.from]
   * @param {number} [wanted.to]
   * @param {number} [wanted.limit] of points, the newest
   * @param {number} [wanted.intervals] equal parts in which the points are counted
   * @returns {Promise<RestorePoints>}
   */
  async restorePoints({ from, to, limit, intervals }) {
    const address = this.#address('restore-points', { from: timestamp(from), to: timestamp(to), limit, intervals });
    return (await request(address, { timeoutMs: POINTS_TIMEOUT_MS })).json();
  }

  /**
   * Makes a backup of a moment.
   * @param {number|null} moment milliseconds since 1970; null for the latest
   * @param {import('./http.js').OnProgress} onProgress
   * @returns {Promise<FetchedBackup>}
   */
  fetch(moment, onProgress) {
    return work(this.#address('fetch'), { timestamp: timestamp(moment ?? undefined) ?? 'latest' }, inWords(onProgress));
  }

  /**
   * Proves that the replica gives the database back.
   * @param {import('./http.js').OnProgress} onProgress
   * @returns {Promise<Drill>}
   */
  drill(onProgress) {
    return work(this.#address('drill'), undefined, inWords(onProgress));
  }

  #address(name, parameters = {}) {
    return withQuery(`${FOLDER}/${name}`, { database: this.database, ...parameters });
  }
}

function inWords(onProgress) {
  return ({ phase, ...rest }) => onProgress({ phase: PHASES[phase] ?? phase, ...rest });
}

function timestamp(moment) {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}
