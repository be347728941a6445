/** Moments in words, the part of a range that a timeline shows, its marks, and the lag over the last minutes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

/* Before anything asks for it: the formatters keep the zone that they find. */
process.env.TZ = 'Europe/Berlin';
const { formatLag, LagHistory } = await import('../../html/js/lag-history.js');
const { judge } = await import('../../html/js/moment-field.js');
const { momentText, parseMoment } = await import('../../html/js/moment-text.js');
const { marksOf } = await import('../../html/js/time-axis.js');
const { fitSpan, followSpan, moveSpan, spanAround, wholeSpan, zoomSpan } = await import('../../html/js/time-window.js');

const REFERENCE = Date.parse('2026-11-23T03:04:05.123Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const iso = (moment) => (moment === null ? null : new Date(moment).toISOString());
const at = (text) => Date.parse(text);

test('a moment is read as it is written, in whatever zone it names', () => {
  const cases = [
    ['2026-11-23 04:04:05.123', '2026-11-23T03:04:05.123Z'],
    ['  2026-11-23T04:04:05,1 ', '2026-11-23T03:04:05.100Z'],
    ['2026-7-1 9:00', '2026-07-01T07:00:00.000Z'],
    ['2026-11-23T03:04:05.123Z', '2026-11-23T03:04:05.123Z'],
    ['2026-11-23 03:04:05.123999 utc', '2026-11-23T03:04:05.123Z'],
    ['2026-11-23T08:34:05+05:30', '2026-11-23T03:04:05.000Z'],
    ['2026-11-22 22:04:05-0500', '2026-11-23T03:04:05.000Z'],
    ['14:05', '2026-11-23T13:05:00.000Z'],
    ['23:59:59.999Z', '2026-11-23T23:59:59.999Z'],
  ];
  for (const [text, expected] of cases) assert.equal(iso(parseMoment(text, REFERENCE)), expected, text);
});

test('what is no moment is not made one', () => {
  const texts = ['', 'yesterday', '2026-11-23', '2026-02-30 10:00', '2026-13-01 10:00', '24:00', '10:60', '10:00:61', '1764000000',
    '2026-11-23 10:00 CET', '2026-11-23 10:00:00.5.5', '-5 minutes'];
  for (const text of texts) assert.equal(parseMoment(text, REFERENCE), null, text);
  assert.equal(parseMoment('14:05'), null, 'a time without a day');
});

test('what is written is read back as the same moment, also in the hour that comes twice', () => {
  const twice = at('2026-10-25T00:30:00.007Z');
  for (const moment of [REFERENCE, twice, twice + HOUR_MS, at('2026-03-29T00:59:59.999Z'), at('2026-03-29T01:00:00Z')]) {
    assert.equal(iso(parseMoment(momentText(moment))), iso(moment), momentText(moment));
  }
  assert.equal(momentText(REFERENCE), '2026-11-23 04:04:05.123');
  assert.notEqual(momentText(twice), momentText(twice + HOUR_MS));
});

test('a moment is judged by the range and by the time of day', () => {
  const range = { earliest: REFERENCE - 7 * 24 * HOUR_MS, latest: REFERENCE - HOUR_MS };
  assert.deepEqual(judge(range.earliest, range, REFERENCE), {});
  assert.deepEqual(judge(range.latest, range, REFERENCE), {});
  assert.match(judge(range.earliest - 1, range, REFERENCE).problem, /before the earliest.*16 Nov 2026, 04:04:05\.123/);
  assert.match(judge(REFERENCE, range, REFERENCE).note, /after 23 Nov 2026, 03:04:05\.123.*the latest/);
  assert.match(judge(REFERENCE + MINUTE_MS, range, REFERENCE).problem, /still to come/);
});

test('zooming keeps the moment under the pointer where it is, and stays inside the range', () => {
  const whole = { from: 0, to: 1000 * HOUR_MS };
  const half = zoomSpan(whole, whole, 0.5, 250 * HOUR_MS);
  assert.deepEqual(half, { from: 125 * HOUR_MS, to: 625 * HOUR_MS });
  assert.deepEqual(zoomSpan(half, whole, 2, 250 * HOUR_MS), whole);
  assert.deepEqual(zoomSpan(half, whole, 100, 0), whole);
  assert.deepEqual(zoomSpan(whole, whole, 1e-9, HOUR_MS), fitSpan({ from: HOUR_MS - 1, to: HOUR_MS + 999 }, whole), 'a second is the least');
  assert.deepEqual(zoomSpan(whole, whole, 0.25, whole.to), { from: 750 * HOUR_MS, to: whole.to });
});

test('moving stops at the ends, and what is out of sight is brought into the middle', () => {
  const whole = { from: 0, to: 100_000 };
  const span = { from: 40_000, to: 50_000 };
  assert.deepEqual(moveSpan(span, whole, 0.5), { from: 45_000, to: 55_000 });
  assert.deepEqual(moveSpan(span, whole, -100), { from: 0, to: 10_000 });
  assert.deepEqual(moveSpan(span, whole, 100), { from: 90_000, to: 100_000 });
  assert.equal(spanAround(span, whole, 50_000), span);
  assert.deepEqual(spanAround(span, whole, 70_000), { from: 65_000, to: 75_000 });
});

test('a range that grows or shrinks takes along what showed its end', () => {
  const before = { from: 0, to: 100_000 };
  const now = { from: 20_000, to: 110_000 };
  assert.deepEqual(followSpan(before, before, now), now);
  assert.deepEqual(followSpan({ from: 90_000, to: 100_000 }, before, now), { from: 100_000, to: 110_000 });
  assert.deepEqual(followSpan({ from: 40_000, to: 50_000 }, before, now), { from: 40_000, to: 50_000 });
  assert.deepEqual(followSpan({ from: 0, to: 10_000 }, before, now), { from: 20_000, to: 30_000 });
  assert.deepEqual(wholeSpan(5000, 5000), { from: 5000, to: 6000 }, 'a single snapshot has a width');
});

test('marks are at round times of the reader\'s clock, never more than have room', () => {
  const names = (from, to, most) => marksOf({ from: at(from), to: at(to) }, most).map(({ name }) => name);
  assert.deepEqual(names('2026-11-22T12:10:00Z', '2026-11-22T14:10:00Z', 5), ['13:30', '14:00', '14:30', '15:00']);
  assert.deepEqual(names('2026-11-21T22:30:00Z', '2026-11-22T11:30:00Z', 3), ['22 Nov', '06:00', '12:00']);
  assert.deepEqual(names('2026-11-20T10:00:00Z', '2026-11-23T10:00:00Z', 4), ['21 Nov', '22 Nov', '23 Nov']);
  assert.deepEqual(names('2026-11-22T12:10:00.500Z', '2026-11-22T12:10:03.400Z', 4), ['13:10:01', '13:10:02', '13:10:03']);
  assert.deepEqual(names('2026-11-22T12:10:00.450Z', '2026-11-22T12:10:00.800Z', 4), ['13:10:00.5', '13:10:00.6', '13:10:00.7', '13:10:00.8']);
  assert.deepEqual(names('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', 4), ['25 Oct', '12:00', '26 Oct', '12:00'], 'the day of 25 hours');
});

test('the lag is told in words, with its worst time and what is not known', () => {
  const history = new LagHistory();
  assert.match(history.summary(0), /Nothing is known/);
  const start = at('2026-11-22T12:00:00Z');
  history.add(start, 0);
  history.add(start + 5000, 3.2);
  assert.equal(history.summary(start + 5000), 'Lag in the last minute: now 3.2 s, at most 3.2 s at 13:00:05.');
  history.add(start + 10_000, null);
  assert.match(history.summary(start + 10_000), /now not known, at most 3\.2 s/);
  history.add(start + 15_000, 0);
  assert.equal(history.runs.length, 2, 'what is not known parts what is');
  history.add(start + 120_000, 1);
  assert.equal(history.runs.length, 3, 'so does a page that nobody saw');
  history.add(start + 11 * MINUTE_MS, 0);
  assert.equal(history.summary(start + 11 * MINUTE_MS), 'Lag in the last 9 minutes: now none, at most 1.0 s at 13:02:00.');
  assert.equal(formatLag(0), 'none');
});
