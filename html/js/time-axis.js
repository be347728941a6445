/** Where a time axis has its marks and what stands at them. Nothing here touches the page. */

import { lengthOf } from './time-window.js';
import { momentOfWall, wallOf } from './wall-clock.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
  30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY,
];

const dayName = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const minuteName = new Intl.DateTimeFormat('en-GB', CLOCK);
const secondName = new Intl.DateTimeFormat('en-GB', { ...CLOCK, second: '2-digit' });
const fractionName = new Intl.DateTimeFormat('en-GB', { ...CLOCK, second: '2-digit', fractionalSecondDigits: 1 });

/**
 * Round moments of the reader's clock within a span.
 * @param {import('./time-window.js').Span} span
 * @param {number} most how many marks have room
 * @returns {{at: number, name: string}[]}
 */
export function marksOf(span, most) {
  const step = STEPS.find((candidate) => lengthOf(span) / candidate <= most) ?? STEPS.at(-1);
  const marks = [];
  const first = Math.ceil(wallOf(span.from) / step) * step;
  /* By the clock on the wall, full hours and midnights are at equal distances on every day of the year. */
  for (let wall = first; ; wall += step) {
    const at = momentOfWall(wall);
    if (at > span.to) return marks;
    if (at >= span.from) marks.push({ at, name: nameOf(at, step) });
  }
}

function nameOf(moment, step) {
  const date = new Date(moment);
  const isMidnight = date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0;
  if (isMidnight || step >= DAY) return dayName.format(date);
  if (step >= MINUTE) return minuteName.format(date);
  return (step >= SECOND ? secondName : fractionName).format(date);
}
