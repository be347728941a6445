/** The field in which a moment is typed, with what is wrong with it. */

import { serverNow } from './clock.js';
import { setText } from './dom.js';
import { formatMoment, formatUtc } from './format.js';
import { momentText, parseMoment } from './moment-text.js';

const UNREADABLE = 'This is no moment. Write it like 2026-11-23 14:05:30.250, in your time zone, or like 2026-11-23T13:05:30Z.';
/* The server tells its time in whole seconds. */
const CLOCK_SLACK_MS = 2000;

/** @typedef {{earliest: number, latest: number}} Range */

/**
 * @param {number} moment
 * @param {Range} range
 * @param {number} now
 * @returns {{problem?: string, note?: string}} why the moment cannot be restored, or what is special about it
 */
export function judge(moment, { earliest, latest }, now) {
  if (moment < earliest) return { problem: `This is before the earliest moment that can be restored, ${formatMoment(earliest)}.` };
  if (moment > now + CLOCK_SLACK_MS) return { problem: `This is still to come. The latest moment that can be restored is ${formatMoment(latest)}.` };
  if (moment > latest) return { note: `Nothing was replicated after ${formatMoment(latest)}: this is the same as the latest.` };
  return {};
}

/** The field. Valid text counts while it is typed, complaints come when it is left. */
export class MomentField {
  /**
   * @param {Object<string, HTMLElement>} slots momentForm, momentInput, momentUtc, momentNote, momentProblem
   * @param {(moment: number|null) => void} typed null: nothing that can be restored
   */
  constructor(slots, typed) {
    this.slots = slots;
    this.typed = typed;
    this.problem = null;
    const { momentForm, momentInput } = slots;
    momentInput.addEventListener('input', () => this.#read(false));
    momentInput.addEventListener('change', () => this.#read(true));
    momentForm.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#read(true);
    });
  }

  /**
   * @param {number} moment chosen elsewhere
   */
  show(moment) {
    this.moment = moment;
    this.slots.momentInput.value = momentText(moment);
    this.#tell();
  }

  /**
   * The range has changed, and with it what is wrong.
   * @param {Range} range
   */
  setRange(range) {
    this.range = range;
    if (this.moment !== undefined) this.#tell();
  }

  focus() {
    this.slots.momentInput.focus();
  }

  #read(isLeft) {
    if (!this.range) return;
    const { momentInput } = this.slots;
    const moment = parseMoment(momentInput.value, this.moment ?? this.range.latest);
    const isFine = moment !== null && !judge(moment, this.range, serverNow()).problem;
    if (!isFine && !isLeft) return;
    this.moment = moment;
    this.#tell();
    if (!isFine) this.slots.momentProblem.scrollIntoView({ block: 'nearest' });
    this.typed(isFine ? moment : null);
  }

  #tell() {
    const { momentInput, momentUtc, momentNote, momentProblem } = this.slots;
    const { problem = null, note = '' } = this.moment === null ? { problem: UNREADABLE } : judge(this.moment, this.range, serverNow());
    this.problem = problem;
    setText(momentUtc, this.moment === null ? '' : formatUtc(this.moment));
    setText(momentNote, note);
    setText(momentProblem, problem ?? '');
    if (problem === null) momentInput.removeAttribute('aria-invalid');
    else momentInput.setAttribute('aria-invalid', 'true');
  }
}
