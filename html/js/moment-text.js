/** Moments as a person types and reads them in the time field: "2026-11-23 04:04:05.123". Nothing here touches the page. */

import { momentOfWall, offsetAt, wallOf } from './wall-clock.js';

const DATE = String.raw`(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})`;
const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;
const ZONE = String.raw`(?<zone>Z|UTC|[+-]\d{2}:?\d{2})`;
const MOMENT = new RegExp(String.raw`^(?:${DATE}(?:T|,?\s+))?${TIME}(?:\s*${ZONE})?$`, 'i');

const MINUTE_MS = 60_000;

/**
 * A moment by the reader's clock. In the hour that comes twice in autumn, the offset from UTC tells which one it is.
 * @param {number} moment milliseconds since 1970
 * @returns {string}
 */
export function momentText(moment) {
  const text = new Date(wallOf(moment)).toISOString().replace('T', ' ').replace('Z', '');
  return parseMoment(text) === moment ? text : `${text} ${offsetText(offsetAt(moment))}`;
}

/**
 * Reads what a person typed, or pasted from a log: RFC 3339 or a looser form of it, in the reader's time zone unless
 * it names another. Without a date, it is a time on the day of the reference.
 * @param {string} text
 * @param {number} [reference] milliseconds since 1970
 * @returns {number|null} milliseconds since 1970; null if it is no moment
 */
export function parseMoment(text, reference) {
  const match = MOMENT.exec(text.trim());
  if (!match || (match.groups.year === undefined && reference === undefined)) return null;
  const { zone, ...parts } = match.groups;
  return zone ? inZone(parts, offsetOf(zone) * MINUTE_MS, reference) : inLocalZone(parts, reference);
}

function inZone(parts, offsetMs, reference) {
  const wall = wallClock(parts, reference + offsetMs);
  return wall === null ? null : wall - offsetMs;
}

function inLocalZone(parts, reference) {
  const wall = wallClock(parts, wallOf(reference));
  return wall === null ? null : momentOfWall(wall);
}

/* A day or hour that no calendar has is none. The reference is asked only for the date that is not given. */
function wallClock({ year, month, day, hour, minute, second = '0', fraction = '' }, referenceWall) {
  const today = new Date(referenceWall);
  const date = year === undefined
    ? [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
    : [Number(year), month - 1, Number(day)];
  const time = [Number(hour), Number(minute), Number(second)];
  const wall = new Date(Date.UTC(...date, ...time, Number(fraction.slice(0, 3).padEnd(3, '0'))));
  const found = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()];
  return found.join() === [...date, ...time].join() ? wall.getTime() : null;
}

function offsetOf(zone) {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

function offsetText(minutes) {
  const absolute = Math.abs(minutes);
  const digits = [Math.floor(absolute / 60), absolute % 60].map((number) => String(number).padStart(2, '0'));
  return `${minutes < 0 ? '-' : '+'}${digits.join(':')}`;
}
