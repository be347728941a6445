/** What a backup that was fetched from the replica holds, in words. Its file is younger than its data. */

import { formatFile, formatMoment } from './format.js';

/** @typedef {import('./replica-api.js').FetchedBackup} FetchedBackup */

/**
 * @param {FetchedBackup} backup
 * @returns {string}
 */
export function fetchedSentence(backup) {
  return `Fetched ${formatFile(backup)}, with everything up to ${formatMoment(backup.point)}.`;
}

/**
 * @param {FetchedBackup} backup
 * @returns {string}
 */
export function keptSentence(backup) {
  return `Nothing was restored. ${formatFile(backup)}, with everything up to ${formatMoment(backup.point)}, stays in the list of backups.`;
}

/**
 * The moment whose data a backup has.
 * @param {import('./api.js').Backup & Partial<FetchedBackup>} backup
 * @returns {string|null} null when it is not known any more: the list knows only when it was fetched
 */
export function momentHeld({ kind, created, moment, point }) {
  if (kind !== 'litestream') return created;
  return moment ?? point ?? null;
}
