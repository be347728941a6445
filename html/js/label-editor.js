/** The label of one backup, editable where it stands. */

import { setText } from './dom.js';

/** Shows a label, and a field for it while it is edited. */
export class LabelEditor {
  /**
   * @param {Object<string, HTMLElement>} slots of the backup's row
   * @param {(label: string|null) => Promise<void>} save resolves when the server has it, never rejects
   */
  constructor(slots, save) {
    this.slots = slots;
    this.save = save;
    slots.edit.addEventListener('click', () => this.#open());
    slots.labelCancel.addEventListener('click', () => this.close());
    slots.labelForm.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    slots.labelForm.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
  }

  /** @returns {boolean} */
  get isOpen() {
    return !this.slots.labelForm.hidden;
  }

  /**
   * Shows the label as the server has it; what is being typed stays.
   * @param {{filename: string, label: string|null}} backup
   */
  show({ filename, label }) {
    const { edit, labelInput } = this.slots;
    this.label = label;
    setText(this.slots.label, label ?? '');
    setText(this.slots.editText, label ? '' : 'Add label');
    edit.title = label ? 'Edit the label' : '';
    edit.setAttribute('aria-label', label ? `Edit the label of ${filename}` : `Add label to ${filename}`);
    labelInput.setAttribute('aria-label', `Label of ${filename}`);
  }

  /** Ends the edit and gives the focus back to where it came from. */
  close() {
    this.#toggle(false);
    this.slots.edit.focus();
  }

  #open() {
    this.#toggle(true);
    this.slots.labelInput.value = this.label ?? '';
    this.slots.labelInput.select();
  }

  #submit() {
    const text = this.slots.labelInput.value.trim();
    if (text === (this.label ?? '')) this.close();
    else this.save(text === '' ? null : text);
  }

  #toggle(isOpen) {
    this.slots.labelForm.hidden = !isOpen;
    this.slots.labelView.hidden = isOpen;
  }
}
