/** Whether the replica gives the database back: when a restore drill proved it last, and the way to prove it now. */

import { serverNow } from './clock.js';
import { isUnavailable, setText, setUnavailable } from './dom.js';
import { formatAge, formatMoment, formatUtc } from './format.js';
import { Report } from './report.js';

const DRILLING_REASON = 'A restore drill is running.';

/** The line of it in the panel. */
export class Proof {
  /**
   * @param {Object<string, HTMLElement>} slots proof, proven, prove, proofFailure, proofReport
   * @param {object} site
   * @param {import('./replica-api.js').ReplicaApi} site.replica
   * @param {() => Promise<void>} site.refresh
   */
  constructor(slots, site) {
    this.slots = slots;
    this.site = site;
    this.report = new Report(slots.proofReport, { reload: () => site.refresh(), dismissed: () => this.#dismissed() });
    slots.prove.addEventListener('click', () => {
      if (!isUnavailable(slots.prove)) this.#prove();
    });
  }

  /**
   * @param {import('./replica-api.js').ReplicaStatus} status as the server has it now
   */
  show({ status, proven, drill }) {
    this.slots.proof.hidden = status === 'disabled';
    this.known = { proven, drill };
    this.tick();
  }

  /** Brings what depends on the time of day up to date. */
  tick() {
    if (!this.known) return;
    this.#showProven(this.known.proven);
    this.#showFailure(this.known.drill);
  }

  #showProven(moment) {
    const { proven } = this.slots;
    setText(proven, moment ? formatAge(moment, serverNow()) : 'never');
    if (!moment) return;
    proven.dateTime = moment;
    proven.title = formatUtc(moment);
  }

  /* What was just said need not stand there twice. */
  #showFailure(drill) {
    const { proofFailure } = this.slots;
    proofFailure.hidden = drill?.status !== 'failed' || this.report.isShown;
    if (!proofFailure.hidden) setText(proofFailure, `The last restore drill failed ${formatAge(drill.time, serverNow())}: ${drill.detail}`);
  }

  async #prove() {
    setUnavailable(this.slots.prove, DRILLING_REASON);
    this.report.progress({ phase: 'starting' });
    this.tick();
    try {
      const drill = await this.site.replica.drill((progress) => this.report.progress(progress));
      this.report.success(`Proven restorable, with everything up to ${formatMoment(drill.point)}. ${drill.detail}`);
    } catch (error) {
      this.report.failure(error);
    } finally {
      setUnavailable(this.slots.prove, null);
      this.site.refresh();
    }
  }

  #dismissed() {
    this.tick();
    this.slots.prove.focus();
  }
}
