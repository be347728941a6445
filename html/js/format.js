/** How sizes, times and kinds are written for people. Nothing here touches the page. */

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];
const STEP = 1024;

const KINDS = {
  manual: 'Manual',
  scheduled: 'Scheduled',
  'pre-restore': 'Before a restore',
  upload: 'Uploaded',
  litestream: 'From continuous backup',
};

/* Phases whose name in the event stream says little to a camera crew. */
const PHASES = { staging: 'Preparing', checksum: 'Checking' };

/* The day before the month's name reads the same everywhere; 1/6 and 6/1 do not. */
const DATE_AND_TIME = {
  day: 'numeric', month: 'short', year: 'numeric',
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
};
const localDate = new Intl.DateTimeFormat('en-GB', DATE_AND_TIME);
const utcDate = new Intl.DateTimeFormat('en-GB', { ...DATE_AND_TIME, timeZone: 'UTC' });
const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/* From the largest: the first unit of which at least one has passed is used. */
const AGE_UNITS = [
  ['year', 365 * 86400], ['month', 30 * 86400], ['day', 86400],
  ['hour', 3600], ['minute', 60], ['second', 1],
];
const JUST_NOW_SECONDS = 5;

/**
 * A size as people read it: 2412544 is "2.3 MB".
 * @param {number} bytes
 * @returns {string}
 */
export function formatSize(bytes) {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  const digits = unit >= 2 && value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${bytes === 1 ? 'byte' : UNITS[unit]}`;
}

/**
 * A backup's name and size: "2025-01-06_14-30-00.db (2.3 MB)".
 * @param {{filename: string, size: number}} backup
 * @returns {string}
 */
export function formatFile({ filename, size }) {
  return `${filename} (${formatSize(size)})`;
}

/**
 * A moment in the reader's own time zone: "6 Jan 2025, 15:30:00".
 * @param {string|number|Date} moment
 * @returns {string}
 */
export function formatDate(moment) {
  return localDate.format(new Date(moment));
}

/**
 * The same moment in UTC, to the millisecond: "6 Jan 2025, 14:30:00.123 UTC".
 * @param {string|number|Date} moment
 * @returns {string}
 */
export function formatUtc(moment) {
  return `${utcDate.format(new Date(moment))}${milliseconds(moment)} UTC`;
}

/**
 * A moment in the reader's own time zone, to the millisecond: "6 Jan 2025, 15:30:00.123".
 * @param {string|number|Date} moment
 * @returns {string}
 */
export function formatMoment(moment) {
  return formatDate(moment) + milliseconds(moment);
}

/**
 * The time of day: "15:30:00".
 * @param {string|number|Date} moment
 * @returns {string}
 */
export function formatClock(moment) {
  return clockTime.format(new Date(moment));
}

/**
 * How long ago: "3 minutes ago". A moment that seems to lie ahead, by a clock that is off, is "just now".
 * @param {string|number|Date} moment
 * @param {number} now milliseconds since 1970
 * @param {number} justNowSeconds what is younger is "just now"
 * @returns {string}
 */
export function formatAge(moment, now, justNowSeconds = JUST_NOW_SECONDS) {
  const seconds = Math.floor((now - new Date(moment).getTime()) / 1000);
  if (seconds < justNowSeconds) return 'just now';
  const [unit, length] = AGE_UNITS.find(([, unitLength]) => seconds >= unitLength);
  return relative.format(-Math.floor(seconds / length), unit);
}

/**
 * How long something took: "420 ms", "2.4 s", "1 min 05 s", "2 h 05 min".
 * @param {number} milliseconds
 * @returns {string}
 */
export function formatDuration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${twoDigits(Math.floor(whole / 60) % 60)} min`;
}

/**
 * @param {string} kind as the API names it
 * @returns {string}
 */
export function formatKind(kind) {
  return KINDS[kind] ?? kind;
}

/**
 * A phase of long work, as the event stream names it: "safety-backup" is "Safety backup".
 * @param {string} phase
 * @returns {string}
 */
export function formatPhase(phase) {
  if (Object.hasOwn(PHASES, phase)) return PHASES[phase];
  const words = phase.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Where the reader is, as far as the browser knows: "Europe/Berlin".
 * @returns {string}
 */
export function timeZoneName() {
  return localDate.resolvedOptions().timeZone;
}

function milliseconds(moment) {
  return `.${String(new Date(moment).getUTCMilliseconds()).padStart(3, '0')}`;
}

function twoDigits(number) {
  return String(number).padStart(2, '0');
}
