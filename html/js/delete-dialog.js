/** The question before a backup is removed for good. */

import { serverNow } from './clock.js';
import { Confirmation } from './dialog.js';
import { formatAge, formatDate, formatFile } from './format.js';

/**
 * Asks, and deletes when the answer is yes.
 * @param {object} question
 * @param {import('./api.js').Backup} question.backup
 * @param {string|null} question.warning what would be lost with this very backup
 * @param {() => Promise<void>} question.remove
 * @param {() => void} question.reload reads the list again
 * @param {() => void} question.done
 * @param {HTMLElement} question.fallbackFocus gets the focus when the button that opened the dialog is gone
 */
export function askToDelete({ backup, warning, remove, ...rest }) {
  const dialog = new Confirmation('delete-template', { run: remove, ...rest });
  const { slots } = dialog;
  const label = backup.label ? `“${backup.label}”, ` : '';
  slots.file.textContent = formatFile(backup);
  slots.details.textContent = `${label}taken ${formatDate(backup.created)}, ${formatAge(backup.created, serverNow())}`;
  slots.warning.hidden = warning === null;
  slots.warning.textContent = warning ?? '';
  dialog.open(slots.cancel);
}
