/** Mixed load: all programs of a site, by several clients at once, at random. */

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { exchange, judge } from '../../live/races/http-client.mjs';
import { pick, pickWeighted } from '../../live/races/random.mjs';

const CLIENTS = 12;
const OTHER = '?database=other';
const METRICS = '/metrics';

/* What each can answer while nothing is broken. */
const FINE = new Set(['ok', 'not-found', 'pinned']);
const STREAM = { headers: { Accept: 'text/event-stream' } };

/* How a request of each program is made, and how often: what is dear comes less often. */
const REQUESTS = {
  'backup-list': { weight: 10, make: () => ['GET', '/api/backups'] },
  'backup-create': { weight: 6, make: (load) => ['POST', '/api/backups', { json: { label: 'soak' }, ...load.sometimes(STREAM) }] },
  'backup-download': { weight: 10, make: (load) => ['GET', `/api/backups/${load.name()}`] },
  'backup-update': { weight: 8, make: (load) => ['PATCH', `/api/backups/${load.name()}`, { json: { label: 'another' } }] },
  'backup-delete': { weight: 8, make: (load) => ['DELETE', `/api/backups/${load.name()}`] },
  'backup-verify': { weight: 8, make: (load) => ['POST', `/api/backups/${load.name()}/verify`, load.sometimes(STREAM)] },
  'backup-tables': { weight: 8, make: (load) => ['GET', `/api/backups/${pick(load.random, ['live', load.name()])}/tables`] },
  'backup-export': { weight: 8, make: (load) => ['GET', `/api/backups/${pick(load.random, ['live', load.name()])}/tables/cues.csv`] },
  'backup-compare': { weight: 8, make: (load) => ['GET', `/api/backups/${load.name()}/compare`] },
  'backup-restore': { weight: 8, make: (load) => ['POST', `/api/backups/${load.anchor}/restore${OTHER}`, load.sometimes(STREAM)] },
  'audit-list': { weight: 8, make: () => ['GET', '/api/audit?limit=20'] },
  'database-list': { weight: 8, make: () => ['GET', '/api/databases'] },
  health: { weight: 8, make: (load) => ['GET', pick(load.random, ['/api/health', METRICS])] },
  'litestream-status': { weight: 8, make: () => ['GET', '/api/backups/litestream/status'] },
  'litestream-points': { weight: 8, make: () => ['GET', '/api/backups/litestream/restore-points'] },
  'litestream-fetch': { weight: 0.3, make: () => ['POST', '/api/backups/litestream/fetch', { json: { timestamp: 'latest' } }] },
  'litestream-drill': { weight: 0.3, make: () => ['POST', '/api/backups/litestream/drill'] },
};

/* Of these there is one at a time, and that another one runs is no fault. */
const ALONE = new Set(['backup-restore', 'litestream-drill', 'health']);

/* What they answer is no JSON. */
const FILES = new Set(['backup-download', 'backup-export']);
const isFile = (program, path) => FILES.has(program) || path === METRICS;

export const PROGRAMS = Object.keys(REQUESTS);

export class Load {
  constructor(base, random) {
    Object.assign(this, { base, random, names: [], record: [], counts: new Map(), agent: new Agent({ keepAlive: true }) });
  }

  /** Makes what is restored again and again. */
  async prepare() {
    const { answer } = await this.ask('backup-create', 'POST', `/api/backups${OTHER}`, { json: { pinned: true } });
    this.anchor = answer.filename;
    await this.awaitReplica();
  }

  /** Litestream has just begun: before its first snapshot there is nothing to restore. */
  async awaitReplica() {
    const path = '/api/backups/litestream/restore-points';
    for (let tries = 0; tries < 300 && (await this.ask('litestream-points', 'GET', path)).answer?.earliest == null; tries += 1) {
      await sleep(100);
    }
  }

  name() {
    return this.names.length > 0 ? pick(this.random, this.names) : 'none.db';
  }

  sometimes(options) {
    return this.random() < 0.3 ? options : {};
  }

  async ask(program, ...request) {
    const entry = { program, start: performance.now() };
    try {
      const operation = request[1] === METRICS ? 'health-metrics' : program;
      Object.assign(entry, judge(operation, await exchange(this.agent, this.base, ...request), isFile(program, request[1]) ? () => undefined : JSON.parse));
    } catch (error) {
      entry.outcome = `no answer: ${error.message}`;
    }
    entry.end = performance.now();
    return entry;
  }

  async #askAtRandom() {
    const program = pickWeighted(this.random, Object.fromEntries(PROGRAMS.map((name) => [name, REQUESTS[name].weight])));
    const request = REQUESTS[program].make(this);
    const { answer, ...entry } = await this.ask(program, ...request);
    this.record.push(entry);
    this.counts.set(program, this.count(program) + 1);
    if (program === 'backup-list' && entry.outcome === 'ok') this.names = answer.map(({ filename }) => filename);
  }

  /** Asks until ENOUGH says so. */
  async run(enough) {
    const client = async () => {
      while (!enough()) await this.#askAtRandom();
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  count(program) {
    return this.counts.get(program) ?? 0;
  }

  /** Those whose answer tells of something broken. */
  failures() {
    return this.record.filter(({ program, outcome }) => !FINE.has(outcome) && !(ALONE.has(program) && outcome === 'busy'));
  }
}
