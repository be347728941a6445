/** What became of a click, shown where it was made: progress, then a result or the reason why not. */

import { ConnectionLost } from './errors.js';
import { announce, smallButton, textElement } from './dom.js';
import { formatPhase, formatSize } from './format.js';

/** The place of a report. */
export class Report {
  /**
   * @param {HTMLElement} element shown only while there is something to say
   * @param {{reload: () => void, reloadName?: string, dismissed?: () => void, container?: HTMLElement}} options
   *   reload: reads the list again, offered when the outcome is unknown; reloadName: what the offer is called;
   *   dismissed: given where a result may be cleared by hand, called then;
   *   container: what is hidden and shown together with the element
   */
  constructor(element, { reload, reloadName = 'Reload the list', dismissed, container = element }) {
    this.element = element;
    this.container = container;
    this.reload = reload;
    this.reloadName = reloadName;
    this.dismissed = dismissed;
  }

  /** @returns {boolean} */
  get isShown() {
    return !this.element.hidden;
  }

  clear() {
    this.#fill('', []);
    this.element.hidden = true;
    this.container.hidden = true;
    this.bar = null;
  }

  /**
   * @param {{phase: string, done?: number, total?: number}} progress
   */
  progress({ phase, done = 0, total = 0 }) {
    if (!this.bar) this.#startBar();
    const name = formatPhase(phase);
    if (name !== this.phase) announce(`${name}…`);
    this.phase = name;
    this.#draw(done, total);
  }

  /* Work that cannot say how far it is stays at nothing: the bar then shows only that it goes on. */
  #draw(done, total) {
    const isCounted = done > 0 && total > 0;
    this.caption.textContent = `${this.phase}…${isCounted ? ` ${formatSize(done)} of ${formatSize(total)}` : ''}`;
    if (isCounted) {
      this.bar.max = total;
      this.bar.value = done;
    } else {
      this.bar.removeAttribute('value');
    }
  }

  /**
   * @param {string} sentence
   * @param {HTMLElement[]} more
   */
  success(sentence, more = []) {
    this.#fill('success', [textElement('p', sentence), ...more, ...this.#dismissOffer()]);
    announce(sentence);
  }

  /**
   * @param {Error|string} error its message is shown
   * @param {HTMLElement[]} more
   */
  failure(error, more = []) {
    const text = textElement('p', error.message ?? error);
    text.setAttribute('role', 'alert');
    const offer = error instanceof ConnectionLost ? [smallButton(this.reloadName, this.reload)] : [];
    this.#fill('failure', [text, ...more, ...offer, ...this.#dismissOffer()]);
  }

  #dismissOffer() {
    if (!this.dismissed) return [];
    return [smallButton('Dismiss', () => {
      this.clear();
      this.dismissed();
    })];
  }

  #startBar() {
    this.phase = null;
    const bar = document.createElement('progress');
    const caption = textElement('p', '');
    bar.setAttribute('aria-label', 'Progress');
    this.#fill('working', [caption, bar]);
    this.bar = bar;
    this.caption = caption;
  }

  #fill(state, children) {
    this.bar = null;
    this.element.dataset.state = state;
    this.element.replaceChildren(...children);
    this.element.hidden = false;
    this.container.hidden = false;
  }
}
