/** How continuous backup is doing: its sign, when everything was last in the replica, and how far that was behind. */

import { serverNow } from './clock.js';
import { announce, setText } from './dom.js';
import { formatAge, formatClock, formatSize, formatUtc } from './format.js';
import { formatLag, LagHistory } from './lag-history.js';
import { LagPlot } from './lag-plot.js';
import { replicaItems } from './replica-list.js';
import { signOf } from './replica-sign.js';

/* What was true longer ago than this is not shown as if it were true now: the tablet may have slept. */
const STALE_MS = 20_000;

/** @typedef {import('./replica-api.js').ReplicaStatus} ReplicaStatus */

/** The upper part of the panel. */
export class ContinuousStatus {
  /**
   * @param {Object<string, HTMLElement>} slots replicaSign, replicaIcon, replicaWord, replicaDetail, replicaFacts,
   *   lastSync, lag, replicaUrl, replicas, lagPlot, lagScale
   */
  constructor(slots) {
    this.slots = slots;
    this.history = new LagHistory();
    this.plot = new LagPlot(slots);
    this.lastSync = null;
    this.said = null;
    this.#setState('checking', '');
  }

  /**
   * @param {ReplicaStatus} status as the server has it now
   */
  show(status) {
    this.answeredAt = Date.now();
    this.lastSync = status.last_sync;
    this.#setState(status.status, status.detail);
    this.#showFacts(status);
    this.#remember(lagOf(status));
    this.#sayChange();
  }

  /**
   * @param {Error} error why the state is not known
   */
  showUnknown(error) {
    this.#setState('unknown', error.message);
    setText(this.slots.lag, 'not known');
    this.#remember(null);
    this.#sayChange();
  }

  /** Brings what depends on the time of day up to date. */
  tick() {
    if (this.isKnown && Date.now() - this.answeredAt > STALE_MS) this.#setState('checking', '');
    this.#showLastSync();
  }

  /** @returns {boolean} whether what is shown is true now */
  get isKnown() {
    return this.state !== 'unknown' && this.state !== 'checking';
  }

  #setState(state, detail) {
    const { word, icon, tone } = signOf(state);
    this.state = state;
    this.slots.replicaSign.dataset.tone = tone;
    this.slots.replicaIcon.setAttribute('href', `icons/sprite.svg#${icon}`);
    setText(this.slots.replicaWord, word);
    setText(this.slots.replicaDetail, detail);
    this.slots.replicaFacts.hidden = state === 'disabled';
    this.#showLastSync();
  }

  #showFacts({ replica_url: url, replicas, lag_bytes: lagBytes, ...status }) {
    const { replicaUrl, lag, replicas: list } = this.slots;
    const seconds = lagOf({ lag_bytes: lagBytes, ...status });
    const bytes = lagBytes ? `, ${formatSize(lagBytes)}` : '';
    setText(lag, seconds === null ? 'not known' : formatLag(seconds) + bytes);
    setText(replicaUrl, url ?? 'none');
    list.hidden = replicas.length < 2;
    list.replaceChildren(...(list.hidden ? [] : replicaItems(replicas)));
  }

  #showLastSync() {
    const { lastSync } = this.slots;
    setText(lastSync, this.lastSync ? this.#lastSyncText() : 'not known');
    if (!this.lastSync) return;
    lastSync.dateTime = this.lastSync;
    lastSync.title = formatUtc(this.lastSync);
  }

  #lastSyncText() {
    return this.isKnown ? formatAge(this.lastSync, serverNow(), 1) : `${formatClock(this.lastSync)} or later`;
  }

  #remember(lagSeconds) {
    const now = serverNow();
    this.history.add(now, lagSeconds);
    this.plot.draw(this.history, now);
  }

  /* Once for each change: whoever does not see the page is not to be told every few seconds that all is well. */
  #sayChange() {
    if (this.state === this.said) return;
    const isFirst = this.said === null;
    this.said = this.state;
    if (!isFirst && this.slots.replicaSign.isConnected) {
      announce(`Continuous backup: ${this.slots.replicaWord.textContent}. ${this.slots.replicaDetail.textContent}`);
    }
  }
}

function lagOf({ status, lag_seconds: seconds }) {
  return seconds ?? (status === 'active' ? 0 : null);
}
