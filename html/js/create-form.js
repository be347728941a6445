/** Create Backup Now, with an optional label. */

import { isUnavailable, setUnavailable } from './dom.js';
import { formatFile } from './format.js';
import { Report } from './report.js';

const CREATING_REASON = 'A backup is being taken.';

/** The form above the list. */
export class CreateForm {
  /**
   * @param {HTMLFormElement} form with the slots submit and report
   * @param {Object<string, HTMLElement>} slots
   * @param {object} site
   * @param {import('./api.js').BackupsApi} site.api
   * @param {() => Promise<void>} site.refresh
   * @param {(backup: import('./api.js').Backup) => void} site.created called when the backup is in the list
   */
  constructor(form, { submit, report }, site) {
    this.label = form.elements.label;
    this.submit = submit;
    this.site = site;
    this.report = new Report(report, { reload: () => site.refresh(), dismissed: () => submit.focus() });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!isUnavailable(submit)) this.#create();
    });
  }

  async #create() {
    setUnavailable(this.submit, CREATING_REASON);
    this.report.progress({ phase: 'starting' });
    try {
      await this.#finish(await this.site.api.create(this.label.value.trim(), (progress) => this.report.progress(progress)));
    } catch (error) {
      this.report.failure(error);
      this.site.refresh();
    } finally {
      setUnavailable(this.submit, null);
    }
  }

  async #finish(backup) {
    this.label.value = '';
    this.report.success(`Created ${formatFile(backup)}.`);
    await this.site.refresh();
    this.site.created(backup);
  }
}
