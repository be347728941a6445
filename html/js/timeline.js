/** A timeline: how much there is at which time, and a moment that is chosen on it by keys, pointers or buttons. */

import { fitSpan, lengthOf, momentAt, moveSpan, positionIn, spanAround, zoomSpan } from './time-window.js';
import { TimelineDrawing } from './timeline-drawing.js';
import { GestureReader } from './timeline-gestures.js';

const ZOOM_STEP = 0.5;
const MOVE_STEP = 0.5;
/* Parts of what is shown. */
const KEY_STEP = 1 / 100;
const PAGE_STEP = 1 / 10;

/** @typedef {import('./time-window.js').Span} Span */

/** A slider over a part of the time, which can be zoomed and moved. */
export class Timeline {
  /**
   * @param {Object<string, HTMLElement>} slots those of TimelineDrawing, and zoomIn, zoomOut, zoomWhole, earlier, later
   * @param {object} listeners
   * @param {(moment: number) => void} listeners.chosen
   * @param {() => void} listeners.spanChanged another part is shown, of which the bars are wanted
   */
  constructor(slots, listeners) {
    this.slots = slots;
    this.listeners = listeners;
    this.drawing = new TimelineDrawing(slots);
    this.chosen = null;
    this.#listenToButtons();
    this.#listenToPointers();
    slots.timeline.addEventListener('keydown', (event) => this.#key(event));
  }

  /**
   * @param {Span} whole all that can be shown
   * @param {Span} span what is shown of it
   */
  show(whole, span) {
    this.whole = whole;
    this.span = span;
    this.drawing.show(span);
  }

  /**
   * @param {number|null} moment null: none
   * @param {string} words what it is called
   */
  choose(moment, words) {
    const { timeline } = this.slots;
    this.chosen = moment;
    this.drawing.choose(moment);
    timeline.setAttribute('aria-valuemin', this.whole.from);
    timeline.setAttribute('aria-valuemax', this.whole.to);
    timeline.setAttribute('aria-valuenow', moment ?? this.whole.from);
    timeline.setAttribute('aria-valuetext', words);
  }

  /** Shows the part around the moment, if it is not in sight. */
  reveal(moment) {
    this.#showSpan(spanAround(this.span, this.whole, moment));
  }

  #listenToButtons() {
    const { zoomIn, zoomOut, zoomWhole, earlier, later } = this.slots;
    const onClick = (button, act) => button.addEventListener('click', () => { if (this.span) act(); });
    onClick(zoomIn, () => this.#zoom(ZOOM_STEP));
    onClick(zoomOut, () => this.#zoom(1 / ZOOM_STEP));
    onClick(zoomWhole, () => this.#showSpan(this.whole));
    onClick(earlier, () => this.#move(-MOVE_STEP));
    onClick(later, () => this.#move(MOVE_STEP));
  }

  #listenToPointers() {
    const { drawing } = this;
    const gestures = {
      pick: (position) => this.#pick(momentAt(this.span, position)),
      select: (from, to) => drawing.select(from, to),
      selected: (from, to) => this.#select(from, to),
      unselect: () => drawing.select(null),
      move: (part) => this.#move(part),
      zoom: (factor, position) => this.#zoom(factor, momentAt(this.span, position)),
      point: (position) => drawing.point(position),
    };
    this.gestures = new GestureReader(this.slots.timeline, gestures, () => Boolean(this.span));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.span) return;
    const act = this.#actionOf(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #actionOf(key) {
    return {
      ArrowLeft: () => this.#step(-KEY_STEP),
      ArrowDown: () => this.#step(-KEY_STEP),
      ArrowRight: () => this.#step(KEY_STEP),
      ArrowUp: () => this.#step(KEY_STEP),
      PageDown: () => this.#step(-PAGE_STEP),
      PageUp: () => this.#step(PAGE_STEP),
      Home: () => this.#pick(this.whole.from),
      End: () => this.#pick(this.whole.to),
      '+': () => this.#zoom(ZOOM_STEP),
      '=': () => this.#zoom(ZOOM_STEP),
      '-': () => this.#zoom(1 / ZOOM_STEP),
      0: () => this.#showSpan(this.whole),
    }[key];
  }

  #step(part) {
    this.#pick((this.chosen ?? this.#centre()) + Math.round(part * lengthOf(this.span)));
  }

  #pick(moment) {
    const inside = Math.min(Math.max(moment, this.whole.from), this.whole.to);
    this.reveal(inside);
    this.listeners.chosen(inside);
  }

  /* Without a place of its own, a zoom keeps the chosen moment where it is, if that is in sight. */
  #zoom(factor, at = this.#centre()) {
    return this.#showSpan(zoomSpan(this.span, this.whole, factor, at));
  }

  #centre() {
    const position = this.chosen === null ? -1 : positionIn(this.span, this.chosen);
    return position >= 0 && position <= 1 ? this.chosen : momentAt(this.span, 0.5);
  }

  #move(part) {
    this.#showSpan(moveSpan(this.span, this.whole, part));
  }

  #select(from, to) {
    this.drawing.select(null);
    const [left, right] = [from, to].sort((one, other) => one - other);
    this.#showSpan(fitSpan({ from: momentAt(this.span, left), to: momentAt(this.span, right) }, this.whole));
  }

  #showSpan(span) {
    if (span.from === this.span.from && span.to === this.span.to) return false;
    this.span = span;
    this.drawing.outdate();
    this.drawing.show(span);
    this.listeners.spanChanged();
    return true;
  }
}
