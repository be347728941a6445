/** One backup of the list: what is known of it, and what can be done with it. */

import { serverNow } from './clock.js';
import { instantiate, isUnavailable, setText, setUnavailable, textElement } from './dom.js';
import { startDownload } from './download.js';
import { formatAge, formatDate, formatKind, formatSize, formatUtc } from './format.js';
import { LabelEditor } from './label-editor.js';
import { Report } from './report.js';

const PINNED_REASON = 'This backup is pinned. Unpin it to delete it.';
const GONE_REASON = 'This backup is no longer in the backups folder.';
const VERIFYING_REASON = 'This backup is being verified.';

/** @typedef {import('./api.js').Backup} Backup */

/** A row of the table, with a second row below it for what became of a click. */
export class BackupRow {
  /**
   * @param {Backup} backup
   * @param {object} site what lies around the row
   * @param {import('./api.js').BackupsApi} site.api
   * @param {() => Promise<void>} site.refresh reads the list again
   * @param {(backup: Backup) => void} site.restore asks, then restores
   * @param {(backup: Backup) => void} site.remove asks, then deletes
   */
  constructor(backup, site) {
    const { element, slots } = instantiate('backup-template');
    this.element = element;
    this.slots = slots;
    this.site = site;
    this.isVerifying = false;
    this.isGone = false;
    this.restoreBlock = null;
    this.report = new Report(slots.report, {
      container: slots.reportRow,
      reload: () => site.refresh(),
      dismissed: () => this.#dismissed(),
    });
    this.labelEditor = new LabelEditor(slots, (label) => this.#saveLabel(label));
    this.#listen();
    this.show(backup);
  }

  /** @returns {boolean} whether somebody would miss this row: it is being edited, worked on or has something to say */
  get isHeld() {
    return this.labelEditor.isOpen || this.isVerifying || this.report.isShown;
  }

  /**
   * Shows the backup as the server has it now.
   * @param {Backup} backup
   */
  show(backup) {
    this.backup = backup;
    this.isGone = false;
    this.element.classList.remove('gone');
    setText(this.slots.filename, backup.filename);
    setText(this.slots.size, `(${formatSize(backup.size)})`);
    setText(this.slots.date, formatDate(backup.created));
    setText(this.slots.kind, formatKind(backup.kind));
    this.slots.age.dateTime = backup.created;
    this.slots.age.title = formatUtc(backup.created);
    this.labelEditor.show(backup);
    this.#showVerified();
    this.#showActions();
    this.tick();
  }

  /** Brings what depends on the time of day up to date. */
  tick() {
    setText(this.slots.age, formatAge(this.backup.created, serverNow()));
  }

  /** Keeps the row although the backup is gone, because it is held. */
  showGone() {
    this.isGone = true;
    this.element.classList.add('gone');
    this.#showAvailable();
  }

  /**
   * @param {string|null} reason why nothing can be restored at the moment
   */
  blockRestore(reason) {
    this.restoreBlock = reason;
    this.#showAvailable();
  }

  #showVerified() {
    const { verified, sha256 } = this.backup;
    setText(this.slots.verified, verified ? '✓ Verified' : 'Not verified');
    this.slots.verified.classList.toggle('is-verified', Boolean(verified));
    this.slots.verified.title = verified ? `${formatUtc(verified)}\nSHA-256 ${sha256}` : 'Nobody has checked yet that it is whole';
  }

  #showActions() {
    const { filename, pinned } = this.backup;
    const { pin, download } = this.slots;
    pin.setAttribute('aria-pressed', String(pinned));
    pin.setAttribute('aria-label', `Pin ${filename}`);
    pin.title = pinned ? 'Pinned: it stays until somebody unpins it' : 'Pin: keep it whatever is cleaned up';
    download.href = this.site.api.address(filename);
    for (const name of ['restore', 'download', 'verify', 'remove']) {
      this.slots[name].setAttribute('aria-label', `${this.slots[name].textContent} ${filename}`);
    }
    this.#showAvailable();
  }

  #showAvailable() {
    const gone = this.isGone ? GONE_REASON : null;
    const { pin, edit, restore, download, verify, remove } = this.slots;
    for (const button of [edit, download]) setUnavailable(button, gone);
    if (gone) setUnavailable(pin, gone);
    else pin.removeAttribute('aria-disabled');
    setUnavailable(restore, gone ?? this.restoreBlock);
    setUnavailable(verify, gone ?? (this.isVerifying ? VERIFYING_REASON : null));
    setUnavailable(remove, gone ?? (this.backup.pinned ? PINNED_REASON : null));
  }

  #listen() {
    const { pin, restore, download, verify, remove } = this.slots;
    this.#onPress(pin, () => this.#change({ pinned: !this.backup.pinned }));
    this.#onPress(restore, () => this.site.restore(this.backup));
    this.#onPress(verify, () => this.#verify());
    this.#onPress(remove, () => this.site.remove(this.backup));
    this.#onPress(download, (event) => this.#download(event));
  }

  #onPress(button, act) {
    button.addEventListener('click', (event) => {
      if (!isUnavailable(button)) {
        act(event);
        return;
      }
      event.preventDefault();
      this.report.failure(button.title);
    });
  }

  #dismissed() {
    this.slots.restore.focus();
    if (this.isGone) this.site.refresh();
  }

  async #saveLabel(label) {
    if (await this.#change({ label })) this.labelEditor.close();
  }

  async #change(changes) {
    try {
      this.show(await this.site.api.update(this.backup.filename, changes));
      this.report.clear();
    } catch (error) {
      this.report.failure(error);
      return false;
    } finally {
      this.site.refresh();
    }
    return true;
  }

  async #verify() {
    this.isVerifying = true;
    this.#showAvailable();
    this.report.progress({ phase: 'verifying' });
    try {
      this.#reportVerification(await this.site.api.verify(this.backup.filename, (progress) => this.report.progress(progress)));
    } catch (error) {
      this.report.failure(error);
    }
    this.isVerifying = false;
    this.#showAvailable();
    this.site.refresh();
  }

  #reportVerification({ status, sha256, problems = [] }) {
    if (status === 'ok') this.report.success('Verified: the backup is whole.', [textElement('small', `SHA-256 ${sha256}`)]);
    else this.report.failure(`This backup is damaged and cannot be restored. ${problems.join(' ')}`.trim());
  }

  async #download(event) {
    event.preventDefault();
    try {
      await this.site.api.checkDownload(this.backup.filename);
      this.report.clear();
      startDownload(this.slots.download.href);
    } catch (error) {
      this.report.failure(error);
      this.site.refresh();
    }
  }
}
