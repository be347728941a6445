/** Chooses a moment out of what the replica holds: on a timeline, in a field, by its usual name, or in a table. */

import { serverNow } from './clock.js';
import { isUnavailable, setText, setUnavailable } from './dom.js';
import { formatAge, formatDate, formatMoment } from './format.js';
import { MomentField } from './moment-field.js';
import { PointTable } from './point-table.js';
import { afterPause } from './refresher.js';
import { Report } from './report.js';
import { followSpan, lengthOf, wholeSpan } from './time-window.js';
import { Timeline } from './timeline.js';

/* Turning a wheel asks once, not at every notch. */
const ASK_PAUSE_MS = 150;
/* So many sync intervals after the chosen moment are listed, too: at most as many points. */
const LATER_SYNCS = 8;
const TABLE_POINTS = 24;
/* In less than this, milliseconds tell one part from another. */
const WHOLE_SECONDS_MS = 60_000;

const NOTHING = 'There is nothing to restore yet.';

/** The upper part of the dialog. */
export class MomentPicker {
  /**
   * @param {Object<string, HTMLElement>} slots those of Timeline, MomentField and PointTable, and range, nothing,
   *   choice, span, presets, presetLatest, spanReport, pointsReport
   * @param {import('./replica-api.js').ReplicaApi} replica
   * @param {object} options
   * @param {number} options.syncIntervalMs how often the replica may have got a point
   * @param {() => void} options.changed called when another moment is chosen, or none can be
   */
  constructor(slots, replica, { syncIntervalMs, changed }) {
    this.slots = slots;
    this.replica = replica;
    this.laterMs = LATER_SYNCS * syncIntervalMs;
    this.changed = changed;
    /** @type {import('./moment-field.js').Range|null} */
    this.range = null;
    /** @type {number|null} what is chosen; null while the field holds nothing that can be restored */
    this.moment = null;
    /** Whether the latest is chosen, which becomes another moment all the time. */
    this.isLatest = true;
    this.#assemble();
    this.#listen();
  }

  /** @returns {string|null} why nothing that can be restored is chosen */
  get problem() {
    return this.range ? this.field.problem : NOTHING;
  }

  /** Brings up to date what the replica holds. */
  refresh() {
    this.askSpan();
  }

  /** Where what is wrong can be put right. */
  focusProblem() {
    this.field.focus();
  }

  #assemble() {
    const { slots } = this;
    this.askSpan = afterPause(() => this.#loadSpan(), ASK_PAUSE_MS);
    this.askPoints = afterPause(() => this.#loadPoints(), ASK_PAUSE_MS);
    this.timeline = new Timeline(slots, {
      chosen: (moment) => this.#choose(moment),
      spanChanged: () => this.#spanChanged(),
    });
    this.field = new MomentField(slots, (moment) => this.#typed(moment));
    this.table = new PointTable(slots, (moment) => this.#chooseAndShow(moment));
    this.spanReport = new Report(slots.spanReport, { reload: this.askSpan, reloadName: 'Try again' });
    this.pointsReport = new Report(slots.pointsReport, { reload: this.askPoints, reloadName: 'Try again' });
  }

  #listen() {
    const { presetLatest, presets } = this.slots;
    presetLatest.addEventListener('click', () => { if (this.range) this.#chooseLatest(); });
    presets.addEventListener('click', ({ target }) => {
      const age = target.closest('[data-age-ms]')?.dataset.ageMs;
      if (age && this.range && !isUnavailable(target)) this.#chooseAndShow(serverNow() - Number(age));
    });
  }

  /* ---- The range, and how much there is at which time ---- */

  #spanChanged() {
    this.#tellSpan('…');
    this.askSpan();
  }

  async #loadSpan() {
    const asked = this.timeline.span;
    const isPart = asked && lengthOf(asked) < lengthOf(this.whole);
    const intervals = this.timeline.drawing.barCount;
    try {
      const answer = await this.replica.restorePoints({ ...(isPart ? asked : {}), intervals, limit: 1 });
      this.spanReport.clear();
      /* Meanwhile another part may be shown, which will be asked for next. */
      const isCurrent = asked === this.timeline.span;
      this.#showRange(answer);
      if (isCurrent && this.range) this.#showBars(answer);
    } catch (error) {
      this.slots.range.hidden = this.range === null;
      this.spanReport.failure(error);
    }
  }

  #showBars({ intervals, to }) {
    const bars = intervals.map(({ start, count }, index) => ({
      from: Date.parse(start), to: Date.parse(intervals[index + 1]?.start ?? to), count,
    }));
    const count = bars.reduce((sum, bar) => sum + bar.count, 0);
    this.timeline.drawing.showBars(bars);
    this.#tellSpan(`${count.toLocaleString('en')} restore ${count === 1 ? 'point' : 'points'}`);
  }

  #showRange({ earliest, latest }) {
    const { slots } = this;
    const before = this.range;
    this.range = earliest === null ? null : { earliest: Date.parse(earliest), latest: Date.parse(latest) };
    slots.nothing.hidden = this.range !== null;
    slots.choice.hidden = this.range === null;
    slots.range.hidden = this.range === null;
    if (this.range) this.#useRange(before);
    this.changed();
  }

  #useRange(before) {
    const whole = wholeSpan(this.range.earliest, this.range.latest);
    this.timeline.show(whole, before ? followSpan(this.timeline.span, this.whole, whole) : whole);
    this.whole = whole;
    this.field.setRange(this.range);
    this.#setMoment(this.isLatest ? this.range.latest : this.moment);
    this.#tellRange();
    if (this.#isTableTouched(before)) this.askPoints();
  }

  #isTableTouched(before) {
    return this.isLatest || before?.earliest !== this.range.earliest || this.moment > before.latest - this.laterMs;
  }

  #tellRange() {
    const { earliest, latest } = this.range;
    const now = serverNow();
    setText(this.slots.range, `Any moment from ${formatDate(earliest)} to ${formatDate(latest)} (${formatAge(latest, now)}) can be restored.`);
    for (const preset of this.slots.presets.querySelectorAll('[data-age-ms]')) {
      const isTooEarly = now - Number(preset.dataset.ageMs) < earliest;
      setUnavailable(preset, isTooEarly ? `The earliest moment is ${formatDate(earliest)}.` : null);
    }
  }

  #tellSpan(points) {
    const { span } = this.timeline;
    const format = lengthOf(span) < WHOLE_SECONDS_MS ? formatMoment : formatDate;
    setText(this.slots.span, `${format(span.from)} to ${format(span.to)} · ${points}`);
  }

  /* ---- The chosen moment ---- */

  #choose(moment) {
    this.isLatest = false;
    this.field.show(moment);
    this.#setMoment(moment);
    this.askPoints();
  }

  #chooseAndShow(moment) {
    this.#choose(moment);
    this.timeline.reveal(Math.min(moment, this.range.latest));
  }

  #chooseLatest() {
    this.isLatest = true;
    this.#setMoment(this.range.latest);
    this.timeline.reveal(this.range.latest);
    this.askPoints();
  }

  #typed(moment) {
    this.isLatest = false;
    this.#setMoment(moment);
    if (moment !== null) this.timeline.reveal(Math.min(moment, this.range.latest));
    this.askPoints();
  }

  #setMoment(moment) {
    this.moment = moment;
    if (this.isLatest) this.field.show(moment);
    const words = moment === null ? 'none' : formatMoment(moment);
    this.timeline.choose(moment === null ? null : Math.min(moment, this.range.latest), this.isLatest ? `${words}, the latest` : words);
    this.slots.presetLatest.setAttribute('aria-pressed', String(this.isLatest));
    this.changed();
  }

  async #loadPoints() {
    const { moment, isLatest } = this;
    try {
      const points = moment === null ? [] : await this.#pointsAround(moment, isLatest);
      this.pointsReport.clear();
      if (moment === this.moment) this.table.show(points, isLatest ? Infinity : moment);
    } catch (error) {
      this.pointsReport.failure(error);
    }
  }

  async #pointsAround(moment, isLatest) {
    const to = isLatest ? undefined : moment + this.laterMs;
    return (await this.replica.restorePoints({ to, limit: TABLE_POINTS })).points;
  }
}
