/** What can go wrong with a request. The message of each is a sentence for the person at the page. */

/** The server refused or failed, and says why (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {{type?: string, title?: string, status?: number, detail?: string}} problem
   */
  constructor({ type = '', title = '', status = 0, detail = '' }) {
    super(detail || title || `The server answered with status ${status}.`);
    this.name = 'Problem';
    this.status = status;
    /** The last part of the type: "schema-differs", "pinned", "not-found" … */
    this.slug = type.slice(type.lastIndexOf(':') + 1);
  }
}

/** The server could not be reached, or fell silent in the middle of its answer. */
export class ConnectionLost extends Error {
  /**
   * @param {boolean} outcomeUnknown whether the server may have done the work all the same
   */
  constructor(outcomeUnknown) {
    super(outcomeUnknown
      ? 'The connection to the server was lost before it said how this ended. Reload the list to see what is there.'
      : 'The server does not answer. Check the network connection and try again.');
    this.name = 'ConnectionLost';
    this.outcomeUnknown = outcomeUnknown;
  }
}

/**
 * Reads the problem out of an answer that is not 2xx.
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function problemFrom(response) {
  const fallback = { status: response.status, title: `The server answered ${response.status} ${response.statusText}`.trim() + '.' };
  const type = response.headers.get('Content-Type') ?? '';
  if (!type.startsWith('application/problem+json')) return new Problem(fallback);
  const problem = await response.json().catch(() => fallback);
  return new Problem({ ...fallback, ...problem });
}
