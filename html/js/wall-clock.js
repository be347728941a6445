/** What the reader's clock on the wall shows, as if it hung in Greenwich: every day of it has 24 hours. */

const MINUTE_MS = 60_000;

/**
 * @param {number} moment milliseconds since 1970
 * @returns {number} what the clock shows then
 */
export function wallOf(moment) {
  return moment + offsetAt(moment) * MINUTE_MS;
}

/**
 * @param {number} wall what the clock shows
 * @returns {number} when it does so; the first of two moments, and the next one if it never does
 */
export function momentOfWall(wall) {
  const clock = new Date(wall);
  return new Date(
    clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate(),
    clock.getUTCHours(), clock.getUTCMinutes(), clock.getUTCSeconds(), clock.getUTCMilliseconds(),
  ).getTime();
}

/**
 * @param {number} moment milliseconds since 1970
 * @returns {number} minutes by which the clock is ahead of Greenwich's
 */
export function offsetAt(moment) {
  return -new Date(moment).getTimezoneOffset();
}
