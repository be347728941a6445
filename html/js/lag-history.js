/** How far the replica was behind over the last minutes, as far as this page saw it. Nothing here touches the page. */

import { formatClock, formatDuration } from './format.js';

/** How far back it goes. */
export const HISTORY_MS = 10 * 60_000;
/* Two samples further apart than this have a time between them of which nothing is known. */
const GAP_MS = 25_000;

/** @typedef {{at: number, seconds: number}} Sample */

/** Samples, oldest first. */
export class LagHistory {
  constructor() {
    this.breakNext = false;
    /** @type {Sample[][]} samples in a row, between times of which nothing is known */
    this.runs = [];
  }

  /**
   * @param {number} at milliseconds since 1970
   * @param {number|null} seconds null when it is not known
   */
  add(at, seconds) {
    const isApart = at - (this.runs.at(-1)?.at(-1).at ?? at) > GAP_MS;
    if (seconds === null) this.breakNext = true;
    else this.#append({ at, seconds }, isApart);
    this.#forget(at - HISTORY_MS);
  }

  /** @returns {Sample|null} the one with the largest lag */
  get worst() {
    return this.runs.flat().reduce((worst, sample) => (worst && worst.seconds >= sample.seconds ? worst : sample), null);
  }

  /**
   * What a drawing of it shows, in words.
   * @param {number} now milliseconds since 1970
   * @returns {string}
   */
  summary(now) {
    const { worst } = this;
    if (!worst) return 'Nothing is known yet of how far the replica was behind.';
    const minutes = Math.max(1, Math.round((now - this.runs[0][0].at) / 60_000));
    const last = this.breakNext ? 'not known' : formatLag(this.runs.at(-1).at(-1).seconds);
    const since = `Lag in the last ${minutes === 1 ? 'minute' : `${minutes} minutes`}`;
    return `${since}: now ${last}, at most ${formatLag(worst.seconds)}${worst.seconds > 0 ? ` at ${formatClock(worst.at)}` : ''}.`;
  }

  #append(sample, isApart) {
    if (this.runs.length === 0 || this.breakNext || isApart) this.runs.push([]);
    this.runs.at(-1).push(sample);
    this.breakNext = false;
  }

  #forget(before) {
    this.runs = this.runs.map((run) => run.filter(({ at }) => at >= before)).filter((run) => run.length > 0);
  }
}

/**
 * @param {number} seconds
 * @returns {string} "none", "3.2 s"
 */
export function formatLag(seconds) {
  return seconds > 0 ? formatDuration(seconds * 1000) : 'none';
}
