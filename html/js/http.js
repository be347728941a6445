/** Requests to the server, and what it answers. Addresses are relative, so that the page works under any path. */

import { setClockFrom } from './clock.js';
import { ConnectionLost, problemFrom } from './errors.js';
import { readEventStream } from './event-stream.js';

/* A list or a change of a label answers in milliseconds; a server that takes this long is gone. */
const ANSWER_TIMEOUT_MS = 20_000;

const EVENT_STREAM = 'text/event-stream';

/** @typedef {(progress: {phase: string, done: number, total: number}) => void} OnProgress */

/**
 * @param {string} path
 * @param {Object<string, string|number|undefined>} parameters those that are undefined are left out
 * @returns {string} the path with them as its query
 */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return query.length > 0 ? `${path}?${query.join('&')}` : path;
}

/**
 * Asks for long work and follows it to its end.
 * @param {string} address
 * @param {object|undefined} body
 * @param {OnProgress} onProgress
 * @returns {Promise<object>} what the server says when the work is done
 */
export async function work(address, body, onProgress) {
  const response = await request(address, { method: 'POST', body, accept: EVENT_STREAM });
  const type = response.headers.get('Content-Type') ?? '';
  return type.startsWith(EVENT_STREAM) ? readEventStream(response, onProgress) : response.json();
}

/**
 * @param {string} address
 * @param {object} [options] of send()
 * @returns {Promise<Response>} one that is 2xx
 */
export async function request(address, options = {}) {
  const response = await send(address, options);
  if (!response.ok) throw await problemFrom(response);
  return response;
}

/**
 * @param {string} address
 * @param {{method?: string, body?: object, accept?: string, timeoutMs?: number}} options
 * @returns {Promise<Response>} whatever its status is
 */
export async function send(address, { method = 'GET', body, accept = 'application/json', timeoutMs = ANSWER_TIMEOUT_MS }) {
  const headers = { Accept: accept };
  if (body) headers['Content-Type'] = 'application/json';
  const signal = accept === EVENT_STREAM ? undefined : AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(address, { method, headers, signal, cache: 'no-store', body: body && JSON.stringify(body) });
    setClockFrom(response);
    return response;
  } catch {
    /* Whether a request that changes something arrived cannot be known from here. */
    throw new ConnectionLost(method !== 'GET' && method !== 'HEAD');
  }
}
