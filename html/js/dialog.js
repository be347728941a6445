/** A question that has to be answered before something is done: a modal dialog that lives until it is closed. */

import { instantiate } from './dom.js';
import { Report } from './report.js';

/**
 * @typedef {object} Question
 * @property {() => Promise<void>} run does what the dialog asks about
 * @property {() => void} reload reads the list again
 * @property {HTMLElement} fallbackFocus gets the focus when the button that opened the dialog is gone
 * @property {(slots: Object<string, HTMLElement>) => boolean} [mayConfirm] whether enough has been ticked
 * @property {(error: Error) => void} [failed] called after the error has been shown
 * @property {() => void} [hidden] called when the dialog is closed while the work goes on
 * @property {() => void} [done] called when the work is done and the dialog has closed by itself
 */

const DEFAULTS = { mayConfirm: () => true, failed() {}, hidden() {}, done() {} };

/** A dialog made from a template with the slots form, cancel, submit and report. */
export class Confirmation {
  /**
   * @param {string} templateId
   * @param {Question} question
   */
  constructor(templateId, question) {
    const { element, slots } = instantiate(templateId);
    this.element = element;
    this.slots = slots;
    this.question = { ...DEFAULTS, ...question };
    this.isRunning = false;
    this.report = new Report(slots.report, { reload: () => this.#reload() });
    this.#listen();
    this.#update();
  }

  /** @returns {boolean} */
  get isOpen() {
    return this.element.open;
  }

  /**
   * @param {HTMLElement} firstFocus
   */
  open(firstFocus) {
    document.body.append(this.element);
    this.element.showModal();
    firstFocus.focus();
  }

  #listen() {
    const { cancel, form } = this.slots;
    cancel.addEventListener('click', () => this.element.close());
    form.addEventListener('change', () => this.#update());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#confirm();
    });
    this.element.addEventListener('close', () => this.#closed());
  }

  #closed() {
    this.element.remove();
    if (document.activeElement === document.body) this.question.fallbackFocus.focus();
    if (this.isRunning) this.question.hidden();
  }

  async #confirm() {
    this.#setRunning(true);
    this.report.progress({ phase: 'starting' });
    this.slots.report.focus();
    try {
      await this.question.run();
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
    this.element.close();
    this.question.done();
  }

  #fail(error) {
    this.report.failure(error);
    this.question.failed(error);
    this.#update();
    this.slots.report.focus();
  }

  #reload() {
    this.element.close();
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
