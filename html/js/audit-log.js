/** Who changed what, and what was refused. It is read when somebody opens it, and as long as it is open. */

import { instantiate, setText } from './dom.js';
import { formatMoment } from './format.js';
import { Report } from './report.js';

/** @typedef {{id: string, time: string, action: string, actor: string|null, address: string|null, file: string|null,
 *   asked: Object<string, string|number|boolean|null>, result: string, detail: string|null}} AuditEntry */

/** The part of a database's section that can be unfolded. */
export class AuditLog {
  /**
   * @param {Object<string, HTMLElement>} slots of the database's section: audit, auditTable, auditRows, auditEmpty, auditReport
   * @param {import('./api.js').BackupsApi} api
   */
  constructor(slots, api) {
    this.slots = slots;
    this.api = api;
    this.report = new Report(slots.auditReport, { reload: () => this.load() });
    slots.audit.addEventListener('toggle', () => this.load());
  }

  /** Reads the newest entries again, if they can be seen. */
  async load() {
    if (!this.slots.audit.open) return;
    try {
      this.#show(await this.api.audit());
      this.report.clear();
    } catch (error) {
      this.report.failure(error);
    }
  }

  /** @param {AuditEntry[]} entries newest first */
  #show(entries) {
    const { auditRows, auditTable, auditEmpty } = this.slots;
    if (auditRows.dataset.newest !== entries[0]?.id) auditRows.replaceChildren(...entries.map(rowOf));
    auditRows.dataset.newest = entries[0]?.id ?? '';
    auditTable.hidden = entries.length === 0;
    auditEmpty.hidden = entries.length > 0;
  }
}

function rowOf(entry) {
  const { element, slots } = instantiate('audit-template');
  element.dataset.result = entry.result === 'done' ? 'done' : 'refused';
  slots.time.dateTime = entry.time;
  setText(slots.time, formatMoment(entry.time));
  setText(slots.who, whoOf(entry));
  setText(slots.action, entry.action);
  setText(slots.file, entry.file ?? '');
  setText(slots.asked, askedOf(entry));
  setText(slots.result, entry.result);
  setText(slots.detail, entry.detail ?? '');
  return element;
}

/* Where nobody is asked for a name there is only an address; in the shell there is only a name. */
function whoOf({ actor, address }) {
  if (address === null) return `${actor ?? 'somebody'}, in the shell`;
  return actor === null ? address : `${actor}, from ${address}`;
}

function askedOf({ asked }) {
  return Object.entries(asked).map(([name, value]) => `${name}: ${value}`).join(', ');
}
