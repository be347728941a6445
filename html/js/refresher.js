/** Keeps what is shown up to date. */

const REFRESH_MS = 30_000;
/* Ages go on counting between two refreshes. */
const TICK_MS = 1_000;

/**
 * Makes a job that never runs twice at once: asked for while it runs, it runs once more afterwards.
 * @param {() => Promise<void>} job
 * @returns {() => Promise<void>} resolves when nothing is left to do
 */
export function oneAtATime(job) {
  let running = null;
  let again = false;
  async function runUntilDone() {
    do {
      again = false;
      await job();
    } while (again);
  }
  return () => {
    again = true;
    running ??= runUntilDone().finally(() => { running = null; });
    return running;
  };
}

/**
 * Lets a job wait until nobody has asked for it for a while, and never runs it twice at once.
 * @param {() => Promise<void>} job
 * @param {number} pauseMs
 * @returns {() => void}
 */
export function afterPause(job, pauseMs) {
  const run = oneAtATime(job);
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, pauseMs);
  };
}

/**
 * Refreshes at intervals, when the page comes into view, and when the network is back.
 * @param {() => Promise<void>} refresh
 * @param {() => void} tick
 */
export function keepFresh(refresh, tick) {
  const refreshIfSeen = () => {
    if (!document.hidden) refresh();
  };
  setInterval(refreshIfSeen, REFRESH_MS);
  setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', refreshIfSeen);
  window.addEventListener('online', refreshIfSeen);
}
