/** A modal dialog that lives until it is closed. */

import { instantiate } from './dom.js';

/** A dialog made from a template. What it asks or shows is said by the classes that extend it. */
export class Modal {
  /**
   * @param {string} templateId
   * @param {HTMLElement} fallbackFocus gets the focus when the button that opened the dialog is gone
   */
  constructor(templateId, fallbackFocus) {
    const { element, slots } = instantiate(templateId);
    this.element = element;
    this.slots = slots;
    element.addEventListener('close', () => {
      element.remove();
      if (document.activeElement === document.body) fallbackFocus.focus();
      this.closed();
    });
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

  close() {
    this.element.close();
  }

  /** Called after the dialog has closed, in whatever way. */
  closed() {}
}
