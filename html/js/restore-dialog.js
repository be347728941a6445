/** The question before the live data is replaced. */

import { serverNow } from './clock.js';
import { Confirmation } from './dialog.js';
import { momentHeld } from './fetched-backup.js';
import { formatAge, formatDate, formatFile, formatMoment, formatSize } from './format.js';

const WITH_SAFETY = 'A safety backup of the present state is taken first, so that this can be undone.';
const WITHOUT_SAFETY = 'There is no present state to take a safety backup of. The app has to be restarted afterwards.';

/**
 * Asks, and restores when the answer is yes.
 * @param {object} question
 * @param {import('./api.js').Backup} question.backup
 * @param {import('./api.js').Database} question.database
 * @param {boolean} question.isUndo whether this takes the last restore back
 * @param {(options: {force: boolean}, dialog: Confirmation) => Promise<void>} question.restore
 * @param {() => void} question.reload reads the list again
 * @param {() => void} question.hidden the dialog was closed while the restore goes on
 * @param {() => void} question.cancelled the dialog was closed, and nothing was restored
 * @param {() => void} question.done
 * @param {HTMLElement} question.fallbackFocus gets the focus when the button that opened the dialog is gone
 */
export function askToRestore({ backup, database, isUndo, restore, ...rest }) {
  const dialog = new Confirmation('restore-template', {
    run: () => restore({ force: dialog.slots.agreeForce.checked }, dialog),
    mayConfirm: ({ agree, agreeForce, forceLabel }) => agree.checked && (forceLabel.hidden || agreeForce.checked),
    failed: (error) => offerForce(dialog.slots, error),
    ...rest,
  });
  describe(dialog.slots, backup, database, isUndo);
  dialog.open(dialog.slots.agree);
}

/* Only a difference of the tables can be overruled, and only by a second tick. */
function offerForce(slots, error) {
  if (error.slug !== 'schema-differs') return;
  slots.forceLabel.hidden = false;
  slots.submit.textContent = 'Restore anyway';
}

function describe(slots, backup, database, isUndo) {
  const isMissing = database.size === null;
  slots.heading.textContent = isUndo ? 'Undo the restore?' : 'Restore this backup?';
  slots.live.textContent = `The live data of ${database.name} (${isMissing ? 'missing' : formatSize(database.size)})`;
  slots.file.textContent = formatFile(backup);
  slots.details.textContent = detailsOf(backup);
  slots.safety.textContent = isMissing ? WITHOUT_SAFETY : WITH_SAFETY;
  slots.since.textContent = sinceOf(backup);
  slots.agreement.textContent = `Replace the live data of ${database.name}`;
}

function detailsOf({ label, created, kind, moment, point }) {
  if (point) return `${moment ? `the state of ${formatMoment(moment)}` : 'the latest in the replica'}; the newest change in it is of ${formatMoment(point)}`;
  const named = label ? `“${label}”, ` : '';
  return `${named}${kind === 'litestream' ? 'fetched' : 'taken'} ${formatDate(created)}, ${formatAge(created, serverNow())}`;
}

function sinceOf(backup) {
  const moment = momentHeld(backup);
  if (moment === null) return 'the moment that it was fetched for';
  return backup.point ? formatMoment(moment) : formatDate(moment);
}
