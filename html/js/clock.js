/**
 * The server's clock. Ages are told by it: the tablet at a camera may be minutes off.
 */

let offsetMs = 0;

/**
 * Takes the server's time from the Date header of an answer that has just arrived.
 * @param {Response} response
 */
export function setClockFrom(response) {
  const serverMs = Date.parse(response.headers.get('Date') ?? '');
  if (!Number.isNaN(serverMs)) offsetMs = serverMs - Date.now();
}

/**
 * @returns {number} milliseconds since 1970
 */
export function serverNow() {
  return Date.now() + offsetMs;
}
