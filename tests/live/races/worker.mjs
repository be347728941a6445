/** What one of those does who all work at once: one random operation after another, each of them on record. */

import { pick, pickWeighted } from './random.mjs';

const WEIGHTS = { list: 20, create: 14, update: 14, remove: 10, restore: 6, verify: 10, tables: 8, download: 14 };
const ONE_IN_HOW_MANY_IS_PINNED = 6;
const ONE_IN_HOW_MANY_IS_SCHEDULED = 8;
const ONE_IN_HOW_MANY_IS_FROM_AN_OLD_LIST = 4;

export class Worker {
  /**
   * @param {object} client what asks
   * @param {() => number} random
   * @param {Set<string>} anchors backups that stay pinned
   * @param {object[]} record of all workers: {kind, name, given, start, end, outcome, answer}
   */
  constructor(number, client, random, anchors, record) {
    Object.assign(this, { number, client, random, anchors, record, known: [], older: [], labels: 0 });
  }

  async workUntil(deadline) {
    while (performance.now() < deadline) await this.#doSomething();
  }

  /** One operation, recorded. */
  async perform(kind, name, given) {
    const start = performance.now();
    const args = [name, given].filter((argument) => argument !== undefined);
    const { outcome, answer, detail } = await this.client[kind](...args);
    const entry = { worker: this.number, kind, name, given, start, end: performance.now(), outcome, answer, detail };
    this.record.push(entry);
    return entry;
  }

  async #doSomething() {
    const kind = this.known.length === 0 ? 'list' : pickWeighted(this.random, WEIGHTS);
    if (kind === 'list') return this.#list();
    if (kind === 'create') return this.perform(kind, undefined, this.#newBackup());
    if (kind === 'tables' && this.#oneIn(3)) return this.perform(kind, 'live');
    const name = this.#target();
    if (kind === 'update') return this.perform(kind, name, this.#change(name));
    const done = await this.perform(kind, name);
    /* The safety backup is there before anything changes: look. */
    if (kind === 'restore' && done.outcome === 'ok') await this.perform('download', done.answer.safety_backup);
  }

  async #list() {
    const { outcome, answer } = await this.perform('list');
    if (outcome !== 'ok') return;
    this.older = this.known;
    this.known = answer.map((backup) => backup.filename);
  }

  #oneIn(count) {
    return this.random() * count < 1;
  }

  #target() {
    const names = this.older.length > 0 && this.#oneIn(ONE_IN_HOW_MANY_IS_FROM_AN_OLD_LIST) ? this.older : this.known;
    return pick(this.random, names.length > 0 ? names : [...this.anchors]);
  }

  #label() {
    this.labels += 1;
    return `label ${this.labels} of ${this.number}`;
  }

  #newBackup() {
    if (this.#oneIn(ONE_IN_HOW_MANY_IS_SCHEDULED)) return { kind: 'scheduled', label: this.#label() };
    return { label: this.#label(), pinned: this.#oneIn(ONE_IN_HOW_MANY_IS_PINNED) };
  }

  #change(name) {
    const pinned = this.anchors.has(name) || this.#oneIn(3);
    return pick(this.random, [{ pinned }, { label: this.#label() }, { pinned, label: this.#label() }]);
  }
}
