/** The part of the restorable range that a timeline shows. Moments are milliseconds since 1970; nothing here touches
 * the page. */

/* Nothing happens within less: Litestream writes at most once in a second. */
const SHORTEST_MS = 1000;

/** @typedef {{from: number, to: number}} Span */

/**
 * @param {number} earliest
 * @param {number} latest
 * @returns {Span} all of it; never of no length, so that it can be drawn
 */
export function wholeSpan(earliest, latest) {
  return { from: earliest, to: Math.max(latest, earliest + SHORTEST_MS) };
}

/**
 * @param {Span} span
 * @param {Span} whole
 * @returns {Span} the same length or, if that is too long, the whole, moved to where it is inside
 */
export function fitSpan(span, whole) {
  const length = Math.min(Math.max(lengthOf(span), SHORTEST_MS), lengthOf(whole));
  const from = Math.min(Math.max(span.from, whole.from), whole.to - length);
  return { from, to: from + length };
}

/**
 * @param {Span} span
 * @param {Span} whole
 * @param {number} factor of the length: below 1 shows less
 * @param {number} at the moment that stays where it is
 * @returns {Span}
 */
export function zoomSpan(span, whole, factor, at) {
  const length = Math.min(Math.max(lengthOf(span) * factor, SHORTEST_MS), lengthOf(whole));
  const from = at - positionIn(span, at) * length;
  return fitSpan(rounded(from, length), whole);
}

/**
 * @param {Span} span
 * @param {Span} whole
 * @param {number} part of its length by which it is moved; positive: later
 * @returns {Span}
 */
export function moveSpan(span, whole, part) {
  return fitSpan(rounded(span.from + part * lengthOf(span), lengthOf(span)), whole);
}

/**
 * @param {Span} span
 * @param {Span} whole
 * @param {number} moment
 * @returns {Span} the span itself if the moment is in it, otherwise one of the same length around the moment
 */
export function spanAround(span, whole, moment) {
  if (moment >= span.from && moment <= span.to) return span;
  return fitSpan(rounded(moment - lengthOf(span) / 2, lengthOf(span)), whole);
}

/**
 * Follows a range that has grown or shrunk: what showed its end goes on showing it.
 * @param {Span} span
 * @param {Span} before
 * @param {Span} now
 * @returns {Span}
 */
export function followSpan(span, before, now) {
  if (span.from === before.from && span.to === before.to) return now;
  const from = span.to === before.to ? now.to - lengthOf(span) : span.from;
  return fitSpan({ from, to: from + lengthOf(span) }, now);
}

/**
 * @param {Span} span
 * @returns {number} milliseconds
 */
export function lengthOf({ from, to }) {
  return to - from;
}

/**
 * @param {Span} span
 * @param {number} moment
 * @returns {number} 0 at its beginning, 1 at its end
 */
export function positionIn(span, moment) {
  return (moment - span.from) / lengthOf(span);
}

/**
 * @param {Span} span
 * @param {number} position
 * @returns {number} a whole number of milliseconds
 */
export function momentAt(span, position) {
  return Math.round(span.from + position * lengthOf(span));
}

function rounded(from, length) {
  const start = Math.round(from);
  return { from: start, to: start + Math.round(length) };
}
