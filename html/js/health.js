/** The state of the server as a dot in the header, and its details on demand. */

import { fetchHealth } from './api.js';
import { setText, slotsOf, textElement } from './dom.js';

const SUMMARIES = { ok: 'Healthy', degraded: 'Degraded', failing: 'Failing' };
const SENTENCES = {
  ok: 'Backups can be taken and restored.',
  degraded: 'It works, but something needs attention.',
  failing: 'Something does not work. Backups may fail until it is put right.',
};

/** The button in the header and what it opens. */
export class Health {
  /**
   * @param {HTMLElement} button
   * @param {HTMLElement} details
   */
  constructor(button, details) {
    this.button = button;
    this.slots = { ...slotsOf(button), ...slotsOf(details) };
  }

  /**
   * @param {string|undefined} database the one that is shown
   */
  async load(database) {
    try {
      this.#show(await fetchHealth(database));
    } catch (error) {
      this.#tell('unreachable', 'Unreachable', error.message, {});
    }
  }

  #show({ status, checks }) {
    this.#tell(status, SUMMARIES[status] ?? status, SENTENCES[status] ?? '', checks);
  }

  #tell(status, summary, sentence, checks) {
    this.button.dataset.status = status;
    setText(this.slots.summary, summary);
    setText(this.slots.sentence, sentence);
    this.slots.checks.replaceChildren(...Object.entries(checks).map(([name, check]) => checkElement(name, check)));
  }
}

function checkElement(name, { status, detail }) {
  const entry = document.createElement('div');
  entry.dataset.status = status;
  const words = name.replace(/[-_]+/g, ' ');
  entry.append(textElement('dt', words), textElement('dd', detail ? `${status}: ${detail}` : status));
  return entry;
}
