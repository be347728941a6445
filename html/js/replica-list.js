/** The replicas of a database, when there are several. */

import { iconElement, textElement } from './dom.js';
import { formatClock } from './format.js';
import { signOf } from './replica-sign.js';

/**
 * @param {import('./replica-api.js').Replica[]} replicas
 * @returns {HTMLElement[]} one item each
 */
export function replicaItems(replicas) {
  return replicas.map((replica) => {
    const { word, icon, tone } = signOf(replica.status);
    const sign = textElement('strong', word);
    sign.prepend(iconElement(icon));
    sign.className = 'sign';
    sign.dataset.tone = tone;
    const item = document.createElement('li');
    item.append(sign, textElement('span', `${replica.name} · ${replica.url}`), textElement('small', detailOf(replica)));
    return item;
  });
}

function detailOf({ detail, last_sync: lastSync }) {
  return lastSync ? `${detail} Last sync at ${formatClock(lastSync)}.` : detail;
}
