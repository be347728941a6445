/** Continuous backup: its state, and the two ways to what the replica holds. */

import { ContinuousStatus } from './continuous-status.js';
import { isUnavailable, setUnavailable, smallButton } from './dom.js';
import { startDownload } from './download.js';
import { fetchedSentence } from './fetched-backup.js';
import { Poller } from './poller.js';
import { Proof } from './proof.js';
import { Report } from './report.js';
import { RestorePointsDialog } from './restore-points-dialog.js';

const FETCHING_REASON = 'A moment is being fetched from the replica.';

/** @typedef {import('./replica-api.js').FetchedBackup} FetchedBackup */

/** The panel of one database. */
export class ContinuousPanel {
  /**
   * @param {Object<string, HTMLElement>} slots those of ContinuousStatus and Proof, and replicaActions, viewPoints,
   *   downloadLatest, replicaReport
   * @param {object} site
   * @param {import('./replica-api.js').ReplicaApi} site.replica
   * @param {import('./api.js').BackupsApi} site.api
   * @param {() => Promise<void>} site.refresh
   * @param {(backup: FetchedBackup) => void} site.created called when the backup is in the list
   * @param {(backup: FetchedBackup, asker?: object) => void} site.restore asks, then restores
   */
  constructor(slots, site) {
    this.slots = slots;
    this.site = site;
    this.status = new ContinuousStatus(slots);
    this.proof = new Proof(slots, site);
    this.report = new Report(slots.replicaReport, { reload: () => site.refresh(), dismissed: () => slots.viewPoints.focus() });
    this.poller = new Poller(() => this.#ask(), () => !document.hidden && slots.replicaSign.isConnected);
    this.dialog = null;
    this.restoreBlock = null;
    slots.viewPoints.addEventListener('click', () => this.#openPoints());
    slots.downloadLatest.addEventListener('click', () => {
      if (!isUnavailable(slots.downloadLatest)) this.#downloadLatest();
    });
  }

  /** Asks for the state now, and from now on at intervals. */
  poll() {
    return this.poller.poll();
  }

  /** Brings what depends on the time of day up to date. */
  tick() {
    this.status.tick();
    this.proof.tick();
  }

  /**
   * @param {string|null} reason why nothing can be restored at the moment
   */
  blockRestore(reason) {
    this.restoreBlock = reason;
    this.dialog?.block(this.block);
  }

  /** @returns {string|null} why no moment can be restored now */
  get block() {
    return this.fetchBlock ?? this.restoreBlock;
  }

  /**
   * Makes a backup of a moment, which is then in the list.
   * @param {number|null} moment null for the latest
   * @param {import('./http.js').OnProgress} onProgress
   * @returns {Promise<FetchedBackup>}
   */
  async fetch(moment, onProgress) {
    this.#blockFetch(FETCHING_REASON);
    onProgress({ phase: 'starting', done: 0, total: 0 });
    try {
      const backup = await this.site.replica.fetch(moment, onProgress);
      this.site.refresh().then(() => this.site.created(backup));
      return backup;
    } finally {
      this.#blockFetch(null);
    }
  }

  /**
   * Tells of a moment that was fetched for somebody who has closed the dialog meanwhile.
   * @param {FetchedBackup} backup
   */
  tellFetched(backup) {
    this.report.success(fetchedSentence(backup), [smallButton('Restore…', () => this.site.restore(backup))]);
  }

  async #ask() {
    try {
      const status = await this.site.replica.status();
      this.syncIntervalSeconds = status.sync_interval_seconds;
      this.status.show(status);
      this.proof.show(status);
      this.slots.replicaActions.hidden = status.status === 'disabled';
      return true;
    } catch (error) {
      this.status.showUnknown(error);
      return false;
    }
  }

  #openPoints() {
    this.dialog = new RestorePointsDialog(this.site.replica, this);
    this.dialog.block(this.block);
    this.dialog.open();
  }

  async #downloadLatest() {
    try {
      const backup = await this.fetch(null, (progress) => this.report.progress(progress));
      startDownload(this.site.api.address(backup.filename));
      this.report.success(`${fetchedSentence(backup)} The download has started.`);
    } catch (error) {
      this.report.failure(error);
    }
  }

  #blockFetch(reason) {
    this.fetchBlock = reason;
    setUnavailable(this.slots.downloadLatest, reason);
    this.dialog?.block(this.block);
  }
}
