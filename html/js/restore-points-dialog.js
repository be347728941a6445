/** Restoring any moment that the replica holds: it is chosen, fetched, and then restored like any other backup. */

import { isUnavailable, setText, setUnavailable } from './dom.js';
import { fetchedSentence, keptSentence } from './fetched-backup.js';
import { timeZoneName } from './format.js';
import { Modal } from './modal.js';
import { MomentPicker } from './moment-picker.js';
import { Report } from './report.js';

/* New points come in, and retention takes old ones away. */
const REFRESH_MS = 10_000;

/** @typedef {import('./replica-api.js').FetchedBackup} FetchedBackup */

/** The dialog. When it is closed, a fetch that it has begun goes on and is told in the panel. */
export class RestorePointsDialog extends Modal {
  /**
   * @param {import('./replica-api.js').ReplicaApi} replica
   * @param {import('./continuous-panel.js').ContinuousPanel} panel
   */
  constructor(replica, panel) {
    super('restore-points-template', panel.slots.viewPoints);
    const { slots } = this;
    this.panel = panel;
    this.isFetching = false;
    this.ownReport = new Report(slots.report, { reload: () => this.#closeAndReload() });
    this.picker = new MomentPicker(slots, replica, {
      /* Before the first answer about the state it is not known. */
      syncIntervalMs: (panel.syncIntervalSeconds || 1) * 1000,
      changed: () => this.#showAvailable(),
    });
    slots.close.addEventListener('click', () => this.close());
    slots.restore.addEventListener('click', () => this.#pressRestore());
  }

  open() {
    super.open(this.slots.heading);
    setText(this.slots.timeZone, timeZoneName());
    this.picker.refresh();
    this.refreshing = setInterval(() => {
      if (!document.hidden) this.picker.refresh();
    }, REFRESH_MS);
  }

  closed() {
    clearInterval(this.refreshing);
    if (this.isFetching) this.panel.report.progress({ phase: 'fetching' });
  }

  /**
   * @param {string|null} reason why no moment can be restored now
   */
  block(reason) {
    this.blockReason = reason;
    this.#showAvailable();
  }

  /* Where a fetch is told of. */
  get #report() {
    return this.isOpen ? this.ownReport : this.panel.report;
  }

  #pressRestore() {
    if (!isUnavailable(this.slots.restore)) this.#fetch();
    else if (this.picker.problem) this.picker.focusProblem();
    else this.ownReport.failure(this.blockReason);
  }

  async #fetch() {
    const { moment, isLatest } = this.picker;
    this.#setFetching(true);
    try {
      const backup = await this.panel.fetch(isLatest ? null : moment, (progress) => this.#report.progress(progress));
      this.#setFetching(false);
      if (this.isOpen) this.#confirm(backup);
      else this.panel.tellFetched(backup);
    } catch (error) {
      this.#setFetching(false);
      this.#report.failure(error);
    }
  }

  #confirm(backup) {
    this.ownReport.success(fetchedSentence(backup));
    this.panel.site.restore(backup, {
      left: () => this.close(),
      cancelled: () => this.ownReport.success(keptSentence(backup)),
    });
  }

  #setFetching(isFetching) {
    this.isFetching = isFetching;
    this.slots.close.textContent = isFetching ? 'Hide' : 'Close';
    this.#showAvailable();
  }

  #showAvailable() {
    setUnavailable(this.slots.restore, this.blockReason ?? this.picker?.problem ?? null);
  }

  #closeAndReload() {
    this.close();
    this.panel.site.refresh();
  }
}
