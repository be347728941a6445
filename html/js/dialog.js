/** A question that has to be answered before something is done. */

import { Modal } from './modal.js';
import { Report } from './report.js';

/**
 * @typedef {object} Question
 * @property {() => Promise<void>} run does what the dialog asks about
 * @property {() => void} reload reads the list again
 * @property {HTMLElement} fallbackFocus gets the focus when the button that opened the dialog is gone
 * @property {(slots: Object<string, HTMLElement>) => boolean} [mayConfirm] whether enough has been ticked
 * @property {(error: Error) => void} [failed] called after the error has been shown
 * @property {() => void} [hidden] called when the dialog is closed while the work goes on
 * @property {() => void} [cancelled] called when the dialog is closed and certainly nothing was done
 * @property {() => void} [done] called when the work is done and the dialog has closed by itself
 */

const DEFAULTS = { mayConfirm: () => true, failed() {}, hidden() {}, cancelled() {}, done() {} };

/** A dialog made from a template with the slots form, cancel, submit and report. */
export class Confirmation extends Modal {
  /**
   * @param {string} templateId
   * @param {Question} question
   */
  constructor(templateId, question) {
    super(templateId, question.fallbackFocus);
    this.question = { ...DEFAULTS, ...question };
    this.isRunning = false;
    this.mayBeDone = false;
    this.report = new Report(this.slots.report, { reload: () => this.#reload() });
    this.#listen();
    this.#update();
  }

  closed() {
    if (this.isRunning) this.question.hidden();
    else if (!this.mayBeDone) this.question.cancelled();
  }

  #listen() {
    const { cancel, form } = this.slots;
    cancel.addEventListener('click', () => this.close());
    form.addEventListener('change', () => this.#update());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#confirm();
    });
  }

  async #confirm() {
    this.#setRunning(true);
    this.report.progress({ phase: 'starting' });
    this.slots.report.focus();
    try {
      await this.question.run();
      this.mayBeDone = true;
      this.#setRunning(false);
      this.#finish();
    } catch (error) {
      this.#setRunning(false);
      this.#fail(error);
    }
  }

  /* The browser gives the focus back to the button that opened the dialog; done() may move it on. */
  #finish() {
    if (!this.isOpen) return;
    this.close();
    this.question.done();
  }

  #fail(error) {
    this.mayBeDone = Boolean(error.outcomeUnknown);
    this.report.failure(error);
    this.question.failed(error);
    this.#update();
    this.slots.report.focus();
  }

  #reload() {
    this.close();
    this.question.reload();
  }

  #setRunning(isRunning) {
    this.isRunning = isRunning;
    this.#update();
  }

  /* The work cannot be called back once it runs: the dialog can then only be put out of sight. */
  #update() {
    const { form, cancel, submit } = this.slots;
    cancel.textContent = this.isRunning ? 'Hide' : 'Cancel';
    for (const input of form.querySelectorAll('input')) input.disabled = this.isRunning;
    submit.disabled = this.isRunning || !this.question.mayConfirm(this.slots);
  }
}
