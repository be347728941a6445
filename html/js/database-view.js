/** Everything the page shows of one database. */

import { BackupsApi } from './api.js';
import { AuditLog } from './audit-log.js';
import { BackupList } from './backup-list.js';
import { serverNow } from './clock.js';
import { ContinuousPanel } from './continuous-panel.js';
import { CreateForm } from './create-form.js';
import { askToDelete } from './delete-dialog.js';
import { announce, instantiate, setText } from './dom.js';
import { formatAge, formatClock, formatSize, timeZoneName } from './format.js';
import { ReplicaApi } from './replica-api.js';
import { Report } from './report.js';
import { askToRestore } from './restore-dialog.js';
import { ResultBanner } from './result-banner.js';

const RESTORING_REASON = 'A restore is running.';
/* Who asks for a restore from a dialog of its own is told how the question ended; the list need not know. */
const NOBODY = { left() {}, cancelled() {} };

/** @typedef {import('./api.js').Backup} Backup */

/** The section of one database. It goes on working while another one is shown. */
export class DatabaseView {
  /**
   * @param {import('./api.js').Database} database
   * @param {() => Promise<void>} refresh reads everything that is shown again
   */
  constructor(database, refresh) {
    const { element, slots } = instantiate('database-template');
    this.element = element;
    this.slots = slots;
    this.refresh = refresh;
    this.api = new BackupsApi(database.name);
    this.#assemble(database.name);
    this.describe(database);
    slots.refresh.addEventListener('click', () => refresh());
    setText(slots.timeZone, `Times are in your time zone (${timeZoneName()}); file names carry UTC.`);
  }

  /**
   * @param {import('./api.js').Database} database as the server has it now
   */
  describe(database) {
    this.database = database;
    setText(this.slots.name, database.name);
    this.#tellFacts();
  }

  /** Reads the list again. An error is shown beside the list, which stays as it was. */
  async load() {
    await Promise.all([this.#loadList(), this.continuous.poll(), this.audit.load()]);
  }

  /** Brings what depends on the time of day up to date. */
  tick() {
    this.list.tick();
    this.continuous.tick();
    this.#tellFacts();
  }

  async #loadList() {
    try {
      const backups = await this.api.list();
      this.list.show(backups);
      this.banner.checkUndo(new Set(backups.map(({ filename }) => filename)));
      this.listReport.clear();
      setText(this.slots.refreshed, `As of ${formatClock(serverNow())}`);
    } catch (error) {
      this.listReport.failure(error);
    }
  }

  #assemble(name) {
    const site = {
      api: this.api,
      refresh: this.refresh,
      restore: (backup, asker) => this.#askToRestore(backup, false, asker),
      remove: (backup) => this.#askToDelete(backup),
      created: ({ filename }) => this.list.highlight(filename),
    };
    this.list = new BackupList(this.slots, site);
    this.createForm = new CreateForm(this.slots.create, this.slots, site);
    this.continuous = new ContinuousPanel(this.slots, { ...site, replica: new ReplicaApi(name) });
    this.audit = new AuditLog(this.slots, this.api);
    this.banner = new ResultBanner(this.slots.banner, name, (filename) => this.#undo(filename));
    this.listReport = new Report(this.slots.listReport, { reload: this.refresh });
    this.restoreReport = new Report(this.slots.restoreReport, { reload: this.refresh, dismissed: () => this.slots.heading.focus() });
  }

  #tellFacts() {
    const { size, last_backup: lastBackup } = this.database;
    const last = lastBackup ? `last backup ${formatAge(lastBackup, serverNow())}` : 'no backup yet';
    setText(this.slots.facts, `${size === null ? 'The live database is missing' : `Live data ${formatSize(size)}`} · ${last}`);
    this.slots.facts.classList.toggle('is-missing', size === null);
  }

  #undo(filename) {
    const backup = this.list.backups.find((candidate) => candidate.filename === filename);
    if (backup) this.#askToRestore(backup, true);
  }

  #askToRestore(backup, isUndo, asker = NOBODY) {
    askToRestore({
      backup,
      isUndo,
      database: this.database,
      restore: (options, dialog) => this.#restore(backup, isUndo, options, dialog),
      fallbackFocus: this.slots.heading,
      cancelled: () => asker.cancelled(),
      ...this.#afterLeaving(asker),
    });
  }

  #afterLeaving(asker) {
    const leave = (act) => () => {
      asker.left();
      act();
    };
    return {
      reload: leave(this.refresh),
      hidden: leave(() => this.restoreReport.progress({ phase: 'restoring' })),
      done: leave(() => this.banner.focus()),
    };
  }

  async #restore(backup, isUndo, options, dialog) {
    this.#blockRestore(RESTORING_REASON);
    try {
      const answer = await this.api.restore(backup.filename, options, (progress) => this.#showProgress(progress, dialog));
      this.restoreReport.clear();
      this.banner.show({ ...backup, ...answer, isUndo, at: serverNow() });
      announce(answer.message ?? `Restored ${backup.filename}.`);
    } catch (error) {
      if (!dialog.isOpen) this.restoreReport.failure(error);
      throw error;
    } finally {
      this.#blockRestore(null);
      this.refresh();
    }
  }

  #showProgress(progress, dialog) {
    dialog.report.progress(progress);
    if (!dialog.isOpen) this.restoreReport.progress(progress);
  }

  #blockRestore(reason) {
    this.list.blockRestore(reason);
    this.continuous.blockRestore(reason);
    this.banner.blockUndo(reason);
  }

  #askToDelete(backup) {
    askToDelete({
      backup,
      warning: this.#lossWith(backup),
      reload: this.refresh,
      fallbackFocus: this.slots.heading,
      remove: () => this.#remove(backup),
      done: () => announce(`Deleted ${backup.filename}.`),
    });
  }

  async #remove({ filename }) {
    try {
      await this.api.remove(filename);
    } finally {
      this.refresh();
    }
  }

  #lossWith({ filename }) {
    if (filename === this.banner.safetyBackup) return 'It is the safety backup of the last restore, which cannot be undone without it.';
    if (this.list.backups.length === 1) return `It is the only backup of ${this.database.name}.`;
    return null;
  }
}
