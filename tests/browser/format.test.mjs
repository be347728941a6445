/** How sizes, times and kinds are written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  formatAge, formatDate, formatDuration, formatFile, formatKind, formatMoment, formatPhase, formatSize, formatUtc,
} from '../../html/js/format.js';

const NOW = Date.parse('2025-01-06T14:30:00Z');

function assertEach(format, cases) {
  for (const [input, expected] of cases) assert.equal(format(input), expected, `for ${input}`);
}

test('sizes have the digits that matter', () => {
  assertEach(formatSize, [
    [0, '0 bytes'], [1, '1 byte'], [1023, '1023 bytes'], [1024, '1 KB'], [36864, '36 KB'], [2412544, '2.3 MB'],
    [1024 * 1024 - 1, '1.0 MB'], [150 * 1024 ** 2, '150 MB'], [1024 ** 3, '1.0 GB'], [5 * 1024 ** 5, '5120 TB'],
  ]);
});

test('a backup is named with its size', () => {
  assert.equal(formatFile({ filename: '2025-01-06_14-30-00.db', size: 2412544 }), '2025-01-06_14-30-00.db (2.3 MB)');
});

test('ages use the largest unit of which one has passed', () => {
  assertEach((secondsAgo) => formatAge(NOW - secondsAgo * 1000, NOW), [
    [-600, 'just now'], [4, 'just now'], [5, '5 seconds ago'], [59, '59 seconds ago'], [60, '1 minute ago'],
    [3 * 60 + 59, '3 minutes ago'], [3600, '1 hour ago'], [86399, '23 hours ago'], [86400, '1 day ago'],
    [45 * 86400, '1 month ago'], [800 * 86400, '2 years ago'],
  ]);
  assert.equal(formatAge(NOW - 3000, NOW, 1), '3 seconds ago', 'where seconds count');
  assert.equal(formatAge(NOW - 999, NOW, 1), 'just now');
});

test('dates name the month, and UTC is exact', () => {
  assert.match(formatDate('2025-01-06T12:30:00.123Z'), /^[567] Jan 2025, \d\d:\d\d:00$/);
  assert.match(formatMoment('2025-01-06T12:30:00.007Z'), /^[567] Jan 2025, \d\d:\d\d:00\.007$/);
  assert.equal(formatUtc('2025-01-06T14:30:00.123Z'), '6 Jan 2025, 14:30:00.123 UTC');
});

test('durations are as exact as they are long', () => {
  assertEach(formatDuration, [
    [0, '0 ms'], [412, '412 ms'], [2440, '2.4 s'], [59_949, '59.9 s'], [59_950, '1 min 00 s'], [65_400, '1 min 05 s'],
    [3_599_499, '59 min 59 s'], [3_600_000, '1 h 00 min'], [27 * 3_600_000 + 5 * 60_000, '27 h 05 min'],
  ]);
});

test('kinds and phases are words, known or not', () => {
  assert.equal(formatKind('pre-restore'), 'Before a restore');
  assert.equal(formatKind('something-new'), 'something-new');
  assert.equal(formatPhase('staging'), 'Preparing');
  assert.equal(formatPhase('safety-backup'), 'Safety backup');
});
