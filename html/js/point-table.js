/** The restore points around the chosen moment. */

import { instantiate, setText } from './dom.js';
import { formatMoment, formatSize, formatUtc } from './format.js';

const KINDS = { snapshot: 'Complete copy', wal: 'Changes' };
const ROWS = 8;
const LATER_ROWS = 3;

/** @typedef {import('./replica-api.js').Point} Point */

/** A short table, newest first. */
export class PointTable {
  /**
   * @param {Object<string, HTMLElement>} slots pointTable; points: its body; noPoints: shown when there is none
   * @param {(moment: number) => void} chosen
   */
  constructor(slots, chosen) {
    this.slots = slots;
    this.chosen = chosen;
  }

  /**
   * @param {Point[]} points newest first, with at least the nearest ones
   * @param {number|null} moment
   */
  show(points, moment) {
    const near = nearest(points, moment);
    const newest = near.find(({ time }) => Date.parse(time) <= moment);
    const focused = document.activeElement.closest('[data-time]')?.dataset.time;
    this.slots.points.replaceChildren(...near.map((point) => this.#row(point, point === newest)));
    this.slots.noPoints.hidden = near.length > 0;
    this.slots.pointTable.hidden = near.length === 0;
    if (focused) this.#focus(focused);
  }

  #row({ time, kind, size }, isNewest) {
    const { element, slots } = instantiate('point-template');
    element.dataset.time = time;
    element.classList.toggle('is-newest', isNewest);
    setText(slots.time, formatMoment(time));
    slots.time.dateTime = time;
    slots.time.title = formatUtc(time);
    setText(slots.kind, KINDS[kind] ?? kind);
    setText(slots.size, formatSize(size));
    setText(slots.newest, isNewest ? 'restored up to here' : '');
    slots.choose.setAttribute('aria-label', `Choose ${formatMoment(time)}`);
    slots.choose.addEventListener('click', () => this.chosen(Date.parse(time)));
    return element;
  }

  /* Choosing a row brings others: the focus stays on the one that was chosen. */
  #focus(time) {
    const rows = [...this.slots.points.children];
    const row = rows.find((candidate) => candidate.dataset.time === time) ?? rows[0];
    row?.querySelector('button').focus();
  }
}

function nearest(points, moment) {
  const firstEarlier = points.findIndex(({ time }) => Date.parse(time) <= moment);
  const end = firstEarlier < 0 ? points.length : firstEarlier;
  const start = Math.max(0, end - LATER_ROWS);
  return points.slice(start, start + ROWS);
}
