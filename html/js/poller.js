/** Asks again and again, as long as somebody sees the answer. */

import { oneAtATime } from './refresher.js';

const POLL_MS = 5_000;
/* A server in trouble is not asked as often as one that answers. */
const SLOWEST_POLL_MS = 40_000;

/** Asks at intervals, less and less often while there is no answer. */
export class Poller {
  /**
   * @param {() => Promise<boolean>} ask resolves to whether there was an answer
   * @param {() => boolean} isSeen whether anybody sees it; when nobody does it stops, until poll() is called
   */
  constructor(ask, isSeen) {
    this.ask = ask;
    this.isSeen = isSeen;
    this.delayMs = POLL_MS;
    this.poll = oneAtATime(() => this.#ask());
  }

  async #ask() {
    clearTimeout(this.timer);
    const isAnswered = await this.ask();
    this.delayMs = isAnswered ? POLL_MS : Math.min(2 * this.delayMs, SLOWEST_POLL_MS);
    this.timer = setTimeout(() => this.#continue(), this.delayMs);
  }

  #continue() {
    if (this.isSeen()) this.poll();
  }
}
