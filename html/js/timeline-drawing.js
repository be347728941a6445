/** What a timeline looks like: bars, marks, the chosen moment, what is being dragged over, and where the mouse is. */

import { setText, svgElement, textElement } from './dom.js';
import { formatMoment } from './format.js';
import { marksOf } from './time-axis.js';
import { momentAt, positionIn } from './time-window.js';

/* The drawing's own units: it is stretched to whatever room there is. */
const WIDTH = 1000;
const HEIGHT = 100;
/* A single point must be seen beside a thousand. */
const LOWEST_BAR = 8;
const BAR_FILL = 0.85;
const BAR_PX = 6;
const FEWEST_BARS = 20;
const MARK_PX = 90;
const MARK_NAME_PX = 56;

/** @typedef {import('./time-window.js').Span} Span */
/** @typedef {{from: number, to: number, count: number}} Bar */

/** Draws into the slots timeline, bars, selection, marker, pointer, pointerText and axis. */
export class TimelineDrawing {
  /** @param {Object<string, HTMLElement>} slots */
  constructor(slots) {
    this.slots = slots;
    /** @type {Span|null} */
    this.span = null;
    /** @type {Bar[]} */
    this.bars = [];
    this.chosen = null;
    this.pointed = null;
    new ResizeObserver(() => this.#drawAxis()).observe(slots.timeline);
  }

  /** @returns {number} how many bars have room */
  get barCount() {
    return Math.max(FEWEST_BARS, Math.floor(this.slots.timeline.clientWidth / BAR_PX));
  }

  /**
   * @param {Span} span what is to be seen; bars of another span are drawn where they belong, until new ones come
   */
  show(span) {
    this.span = span;
    this.#drawBars();
    this.#drawAxis();
    this.choose(this.chosen);
    this.point(this.pointed);
  }

  /** The bars do not belong to what is shown any more. */
  outdate() {
    this.slots.timeline.classList.add('is-outdated');
  }

  /**
   * @param {Bar[]} bars
   */
  showBars(bars) {
    this.bars = bars;
    this.slots.timeline.classList.remove('is-outdated');
    this.#drawBars();
  }

  /**
   * @param {number|null} moment null: none
   */
  choose(moment) {
    this.chosen = moment;
    const { marker } = this.slots;
    const position = moment === null ? -1 : positionIn(this.span, moment);
    marker.hidden = position < 0 || position > 1;
    marker.style.left = percent(position);
  }

  /**
   * @param {number|null} position of the mouse; null: it is not there
   */
  point(position) {
    this.pointed = position;
    const { pointer, pointerText } = this.slots;
    pointer.hidden = position === null || !this.span;
    if (pointer.hidden) return;
    pointer.style.left = percent(position);
    pointer.classList.toggle('is-right', position > 0.5);
    setText(pointerText, formatMoment(momentAt(this.span, position)));
  }

  /**
   * @param {number|null} from where a drag began; null: there is none
   * @param {number} [to]
   */
  select(from, to) {
    const { selection } = this.slots;
    selection.hidden = from === null;
    if (selection.hidden) return;
    selection.style.left = percent(Math.min(from, to));
    selection.style.width = percent(Math.abs(from - to));
  }

  #drawBars() {
    const highest = Math.max(1, ...this.bars.map(({ count }) => count));
    const path = this.bars.filter(({ count }) => count > 0).map((bar) => this.#barPath(bar, highest)).join('');
    this.slots.bars.replaceChildren(svgElement('path', { d: path }));
  }

  #barPath({ from, to, count }, highest) {
    const left = Math.max(-1, positionIn(this.span, from)) * WIDTH;
    const right = Math.min(2, positionIn(this.span, to)) * WIDTH;
    if (right <= left) return '';
    const height = LOWEST_BAR + (HEIGHT - LOWEST_BAR) * (count / highest);
    return `M${left} ${HEIGHT}v${-height}h${(right - left) * BAR_FILL}v${height}z`;
  }

  #drawAxis() {
    if (!this.span) return;
    const width = this.slots.timeline.clientWidth;
    const marks = marksOf(this.span, Math.max(2, Math.floor(width / MARK_PX)));
    this.slots.axis.replaceChildren(...marks.map(({ at, name }) => {
      const position = positionIn(this.span, at);
      const mark = textElement('span', (1 - position) * width < MARK_NAME_PX ? '' : name);
      mark.style.left = percent(position);
      return mark;
    }));
  }
}

function percent(part) {
  return `${part * 100}%`;
}
