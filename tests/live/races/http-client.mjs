/** Asks over HTTP, on connections that are kept. */

import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';

import { declaresProblem, isDescribed } from './documented.mjs';

const PATIENCE_MS = 60_000;
const PROBLEM = /^urn:camera-sheet-backup:error:(.*)$/;

/** One request. @returns {Promise<{status, headers, body: Buffer}>} */
export function exchange(agent, base, method, path, { json, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const type = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const asked = request(base + path, { agent, method, headers: { ...type, ...headers }, timeout: PATIENCE_MS }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer for ${PATIENCE_MS} ms`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The last event of a stream, as the answer that it stands for. */
function lastEvent(text) {
  const events = text.split('\n\n').filter(Boolean).map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event));
  const last = events.pop();
  if (!events.every((event) => event?.[1] === 'progress') || !['done', 'error'].includes(last?.[1])) {
    throw new Error(`not a stream as it should be: ${text}`);
  }
  return { done: last[1] === 'done', json: JSON.parse(last[2]) };
}

/** What a problem says of itself: its slug, if the program declares it, or what is wrong. */
function outcomeOfProblem(program, status, headers, problem) {
  const slug = PROBLEM.exec(problem.type)?.[1];
  if (problem.status !== status || !declaresProblem(program, slug, status)) {
    return `undocumented: ${status} ${JSON.stringify(problem)}`;
  }
  return status === 503 && !headers['retry-after'] ? `503 without Retry-After: ${problem.detail}` : slug;
}

/** @returns {{outcome: string, answer: any}} outcome: ok, an error's slug, or what is wrong with the answer */
export function judge(program, { status, headers, body }, parse = JSON.parse) {
  const mediaType = (headers['content-type'] ?? '').split(';')[0];
  if (!isDescribed(program, status, mediaType)) {
    return { outcome: `undocumented: ${status} ${mediaType} ${body.subarray(0, 300)}` };
  }
  if (mediaType === 'text/event-stream') {
    const { done, json } = lastEvent(body.toString());
    /* The stream has been answered 200: the problem alone says when to come back. */
    return done ? { outcome: 'ok', answer: json }
      : { outcome: outcomeOfProblem(program, json.status, { 'retry-after': 'n/a' }, json), detail: json.detail };
  }
  if (status >= 400) {
    const problem = JSON.parse(body);
    return { outcome: outcomeOfProblem(program, status, headers, problem), detail: problem.detail };
  }
  return { outcome: 'ok', answer: parse(body) };
}

const describeFile = (bytes) =>
  ({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });

/** A client of the site at this address; of requests that can be streams it asks for one when WANTS_STREAM says so. */
export function httpClient(base, wantsStream = () => false) {
  const agent = new Agent({ keepAlive: true });
  const ask = async (program, method, path, json, parse) => {
    try {
      return judge(program, await exchange(agent, base, method, path, { json }), parse);
    } catch (error) {
      return { outcome: `no answer: ${error.message}` };
    }
  };
  const askForStream = async (program, method, path, json) => {
    if (!wantsStream()) return ask(program, method, path, json);
    const headers = { Accept: 'text/event-stream' };
    return judge(program, await exchange(agent, base, method, path, { json, headers }));
  };
  return {
    list: () => ask('backup-list', 'GET', '/api/backups'),
    create: (options) => askForStream('backup-create', 'POST', '/api/backups', options),
    update: (filename, changes) => ask('backup-update', 'PATCH', `/api/backups/${filename}`, changes),
    remove: (filename) => ask('backup-delete', 'DELETE', `/api/backups/${filename}`),
    restore: (filename) => askForStream('backup-restore', 'POST', `/api/backups/${filename}/restore`),
    verify: (filename) => askForStream('backup-verify', 'POST', `/api/backups/${filename}/verify`),
    tables: (filename) => ask('backup-tables', 'GET', `/api/backups/${filename}/tables`),
    download: (filename) => ask('backup-download', 'GET', `/api/backups/${filename}`, undefined, describeFile),
    close: () => agent.destroy(),
  };
}
