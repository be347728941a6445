/** What the last restore did, and the way back. It stays, over a reload too, until it is dismissed. */

import { instantiate, setText, setUnavailable } from './dom.js';
import { momentHeld } from './fetched-backup.js';
import { formatClock, formatDate, formatDuration, formatMoment } from './format.js';

/* What the replica has of a restore. */
const REPLICA_HAS_IT = 'The replica has the restored data, too.';
const REPLICA_LACKS_IT = {
  behind: 'The replica does not have all of the restored data yet. Continuous backup below tells when it does.',
  stopped: 'Continuous backup is stopped: the replica does not have the restored data.',
  unreachable: 'The replica cannot be reached: it does not have the restored data yet.',
};
const APP_TOLD = 'The app has been told to load it.';

/**
 * @typedef {object} RestoreResult what the server answered, and which backup it was
 * @property {string} filename
 * @property {string|null} label
 * @property {string} created when the backup was taken
 * @property {string|null} safety_backup
 * @property {number} duration_ms
 * @property {boolean|null} notified
 * @property {'in sync'|'behind'|'stopped'|'unreachable'|null} [replica]
 * @property {string} kind
 * @property {string|null} [moment] of a backup that was fetched from the replica: what was asked for, null for the latest
 * @property {string} [point] the newest change in it
 * @property {boolean} [reopen_required]
 * @property {string|null} [kept_aside]
 * @property {number} at when it was done, milliseconds since 1970
 * @property {boolean} isUndo
 */

/** The banner above everything else of a database. */
export class ResultBanner {
  /**
   * @param {HTMLElement} place
   * @param {string} database
   * @param {(safetyBackup: string) => void} undo
   */
  constructor(place, database, undo) {
    const { element, slots } = instantiate('banner-template');
    this.place = place;
    this.element = element;
    this.slots = slots;
    this.database = database;
    this.storageKey = `last-restore:${database}`;
    slots.undo.addEventListener('click', () => this.undoBlock ?? undo(this.result.safety_backup));
    slots.dismiss.addEventListener('click', () => this.dismiss());
    this.#recall();
  }

  /** @returns {string|null} the file that Undo needs */
  get safetyBackup() {
    return this.result?.safety_backup ?? null;
  }

  /**
   * @param {RestoreResult} result
   */
  show(result) {
    sessionStorage.setItem(this.storageKey, JSON.stringify(result));
    this.#show(result);
  }

  focus() {
    this.element.focus();
  }

  dismiss() {
    sessionStorage.removeItem(this.storageKey);
    this.result = null;
    this.element.remove();
  }

  /**
   * @param {string|null} reason why Undo does not work at the moment
   */
  blockUndo(reason) {
    this.undoBlock = reason;
    setUnavailable(this.slots.undo, reason);
  }

  /**
   * Undo needs the safety backup: says so when it is not there any more.
   * @param {Set<string>} filenames the backups that are there
   */
  checkUndo(filenames) {
    if (!this.safetyBackup) return;
    const isLost = !filenames.has(this.safetyBackup);
    this.slots.undo.hidden = isLost;
    this.#note('noUndo', isLost && `This restore cannot be undone any more: ${this.safetyBackup} has been removed.`);
  }

  #recall() {
    const stored = sessionStorage.getItem(this.storageKey);
    if (stored) this.#show(JSON.parse(stored));
  }

  #show(result) {
    this.result = result;
    setText(this.slots.heading, result.isUndo ? 'The restore is undone' : 'Restored');
    setText(this.slots.text, this.#sentence(result));
    this.slots.undo.hidden = !result.safety_backup;
    this.#note('noUndo', !result.safety_backup && 'There was no readable data before it, so there is nothing to go back to.');
    this.#note('reopen', result.reopen_required && reopenSentence(result));
    this.slots.notNotified.hidden = result.notified !== false;
    this.#note('replicaLacks', REPLICA_LACKS_IT[result.replica]);
    this.place.replaceChildren(this.element);
  }

  #sentence(result) {
    const { safety_backup: safetyBackup, duration_ms: durationMs, at } = result;
    return [
      `${this.database} has ${dataOf(result)}.`,
      result.point && `The newest change in it is of ${formatMoment(result.point)}.`,
      `Done at ${formatClock(at)} in ${formatDuration(durationMs)}.`,
      safetyBackup && `What was there before is kept as ${safetyBackup}.`,
      result.replica === 'in sync' && REPLICA_HAS_IT,
      result.notified && APP_TOLD,
    ].filter(Boolean).join(' ');
  }

  #note(slot, text) {
    this.slots[slot].hidden = !text;
    setText(this.slots[slot], text || '');
  }
}

function dataOf(result) {
  const { filename, label, moment, point } = result;
  const name = label ? `${filename} “${label}”` : filename;
  const held = momentHeld(result);
  if (held === null) return `the data of ${name} again`;
  if (point && moment === null) return `the latest data of the replica again, from ${name}`;
  return `the data of ${point ? formatMoment(held) : formatDate(held)} again, from ${name}`;
}

function reopenSentence({ kept_aside: keptAside }) {
  const kept = keptAside ? ` The damaged file is kept as ${keptAside}.` : '';
  return `Restart the app now. The live database was missing or damaged and has been replaced by a new file, which the app must open anew.${kept}`;
}
