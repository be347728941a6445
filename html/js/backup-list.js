/** The table of backups. A refresh changes what changed and leaves the rest, with focus and edits, alone. */

import { BackupRow } from './backup-row.js';

/** @typedef {import('./api.js').Backup} Backup */

/** The rows of one database's backups, newest first. */
export class BackupList {
  /**
   * @param {Object<string, HTMLElement>} slots of the database's section: table, empty, heading
   * @param {object} site given to every row
   */
  constructor(slots, site) {
    this.slots = slots;
    this.site = site;
    /** @type {Map<string, BackupRow>} */
    this.rows = new Map();
    this.restoreBlock = null;
  }

  /** @returns {Backup[]} those that are there, as last seen */
  get backups() {
    return [...this.rows.values()].filter((row) => !row.isGone).map((row) => row.backup);
  }

  /**
   * @param {Backup[]} backups as the server has them now
   */
  show(backups) {
    const focus = this.#focusPlace();
    this.#dropMissing(new Set(backups.map(({ filename }) => filename)));
    for (const backup of backups) this.#showOne(backup);
    this.#order(backups);
    const isEmpty = this.rows.size === 0;
    this.slots.table.hidden = isEmpty;
    this.slots.empty.hidden = !isEmpty;
    this.#restoreFocus(focus);
  }

  /** Brings what depends on the time of day up to date. */
  tick() {
    for (const row of this.rows.values()) row.tick();
  }

  /**
   * @param {string|null} reason why nothing can be restored at the moment
   */
  blockRestore(reason) {
    this.restoreBlock = reason;
    for (const row of this.rows.values()) row.blockRestore(reason);
  }

  /**
   * Draws the eye to a backup that has just come into being.
   * @param {string} filename
   */
  highlight(filename) {
    this.rows.get(filename)?.element.classList.add('is-new');
  }

  #showOne(backup) {
    const row = this.rows.get(backup.filename);
    if (row) {
      row.show(backup);
      return;
    }
    const added = new BackupRow(backup, this.site);
    added.blockRestore(this.restoreBlock);
    this.rows.set(backup.filename, added);
  }

  #dropMissing(present) {
    for (const [filename, row] of this.rows) {
      if (present.has(filename)) continue;
      if (row.isHeld) {
        row.showGone();
      } else {
        row.element.remove();
        this.rows.delete(filename);
      }
    }
  }

  /* Moving an element takes its focus away, so rows that are in place are not touched.
     A held row whose backup is gone has no place of its own any more and stays before the same neighbour. */
  #order(backups) {
    let next = this.slots.table.tHead.nextElementSibling;
    for (const { filename } of backups) {
      const { element } = this.rows.get(filename);
      while (next?.classList.contains('gone')) next = next.nextElementSibling;
      if (next === element) next = next.nextElementSibling;
      else this.slots.table.insertBefore(element, next);
    }
  }

  #focusPlace() {
    const rows = [...this.slots.table.tBodies];
    const index = rows.findIndex((row) => row.contains(document.activeElement));
    return index < 0 ? null : { index, slot: document.activeElement.dataset.slot };
  }

  /* The row under the focus may be gone: the one that took its place gets the focus, on the same button. */
  #restoreFocus(place) {
    if (!place || this.slots.table.contains(document.activeElement)) return;
    const rows = this.slots.table.tBodies;
    const row = rows[Math.min(place.index, rows.length - 1)];
    const target = row?.querySelector(`[data-slot="${place.slot}"]`) ?? this.slots.heading;
    target.focus();
  }
}
