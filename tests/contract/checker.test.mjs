/** The checker itself: an answer that the document describes passes, and each change of it is noticed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Document } from './document.mjs';
import { Conversation } from './messages.mjs';

const contract = new Document();
const BACKUP = {
  filename: '2025-01-06_14-30-00.db', size: 1, created: '2025-01-06T14:30:00.123Z', kind: 'manual', label: null, pinned: false,
  sha256: 'a'.repeat(64), verified: '2025-01-06T14:30:00Z', database: 'camera_assignments',
};
const PROBLEM = { type: 'urn:camera-sheet-backup:error:not-found', title: 'Not found', status: 404, detail: 'There is no such backup.' };
const JSON_TYPE = ['Content-Type: application/json'];
const PROBLEM_TYPE = ['Content-Type: application/problem+json'];
const STREAM_TYPE = ['Content-Type: text/event-stream'];

/* What a connection says, in pieces of SIZE bytes. */
function read(request, answer, size = Infinity) {
  const exchanges = [];
  const conversation = new Conversation((exchange) => exchanges.push(exchange));
  for (const [reader, text] of [[conversation.requests, request], [conversation.answers, answer]]) {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) reader.take(bytes.subarray(at, Math.min(bytes.length, at + size)));
  }
  conversation.answers.close();
  return exchanges;
}

function complaints(request, status, headers, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const lines = [`HTTP/1.1 ${status} X`, ...headers, `Content-Length: ${Buffer.byteLength(text)}`];
  const [exchange] = read(`${request} HTTP/1.1\r\nHost: x\r\n\r\n`, `${lines.join('\r\n')}\r\n\r\n${request.startsWith('HEAD') ? '' : text}`);
  return contract.complaints(exchange);
}

function isFine(...exchange) {
  assert.deepEqual(complaints(...exchange), []);
}

function isNoticed(pattern, ...exchange) {
  const found = complaints(...exchange);
  assert.ok(found.some((text) => pattern.test(text)), `${pattern} is not noticed: ${JSON.stringify(found)}`);
}

const LIST = 'GET /api/backups';

test('an answer as described passes', () => {
  isFine(LIST, 200, JSON_TYPE, [BACKUP]);
  isFine('HEAD /api/backups', 200, JSON_TYPE, '');
  isFine('GET /api/backups/x.db', 404, PROBLEM_TYPE, PROBLEM);
  isFine('POST /api/backups', 201, [...JSON_TYPE, 'Location: /api/backups/x.db'], BACKUP);
  isFine('GET /nothing', 404, ['Content-Type: text/plain'], 'Not found');
});

test('a status that is not described', () => {
  isNoticed(/never an answer/, LIST, 500, JSON_TYPE, '');
  isNoticed(/never an answer/, 'GET /', 502, JSON_TYPE, '');
  isNoticed(/418 is not described for backup-list/, LIST, 418, JSON_TYPE, '');
  isNoticed(/405 is not described for backup-list/, LIST, 405, [...PROBLEM_TYPE, 'Allow: GET'], PROBLEM);
  isNoticed(/200 is not described for requests of no operation/, 'GET /api/nothing', 200, JSON_TYPE, '{}');
  isNoticed(/200 is not described for requests of no operation/, 'PUT /api/backups', 200, JSON_TYPE, '{}');
});

test('members that are missing, wrong or too many', () => {
  const { label, ...unlabelled } = BACKUP;
  isNoticed(/required/, LIST, 200, JSON_TYPE, [unlabelled]);
  isNoticed(/unevaluated/, LIST, 200, JSON_TYPE, [{ ...BACKUP, more: 1 }]);
  isNoticed(/\/0\/size/, LIST, 200, JSON_TYPE, [{ ...BACKUP, size: '1' }]);
  isNoticed(/\/0\/created/, LIST, 200, JSON_TYPE, [{ ...BACKUP, created: '2025-13-06T14:30:00.123Z' }]);
  isNoticed(/\/0\/created/, LIST, 200, JSON_TYPE, [{ ...BACKUP, created: '2025-01-06T14:30:00+01:00' }]);
  isNoticed(/\/0\/filename/, LIST, 200, JSON_TYPE, [{ ...BACKUP, filename: '../x.db' }]);
  isNoticed(/must be array/, LIST, 200, JSON_TYPE, BACKUP);
  isNoticed(/no JSON/, LIST, 200, JSON_TYPE, '[');
  isNoticed(/additional/, 'GET /api/backups/x.db', 404, PROBLEM_TYPE, { ...PROBLEM, more: 1 });
});

test('a problem that this answer does not have', () => {
  isNoticed(/\/type/, 'GET /api/backups/x.db', 404, PROBLEM_TYPE, { ...PROBLEM, type: 'urn:camera-sheet-backup:error:pinned' });
  isNoticed(/\/status/, 'GET /api/backups/x.db', 404, PROBLEM_TYPE, { ...PROBLEM, status: 400 });
});

test('a media type or a body that is not described', () => {
  isNoticed(/text\/html is not described/, LIST, 404, ['Content-Type: text/html'], '<html>');
  isNoticed(/undefined is not described/, LIST, 200, [], []);
});

test('headers that are promised', () => {
  isNoticed(/Location comes 0 times/, 'POST /api/backups', 201, JSON_TYPE, BACKUP);
  isNoticed(/Retry-After comes 0 times/, LIST, 503, PROBLEM_TYPE, { ...PROBLEM, status: 503, type: 'urn:camera-sheet-backup:error:busy' });
  isNoticed(/Allow comes 0 times/, 'PUT /api/backups', 405, PROBLEM_TYPE, PROBLEM);
  isNoticed(/Allow: /, 'PUT /api/backups', 405, [...PROBLEM_TYPE, 'Allow: everything'], PROBLEM);
  isNoticed(/Location comes 2 times/, 'POST /api/backups', 201, [...JSON_TYPE, 'Location: /a', 'Location: /b'], BACKUP);
  for (const name of ['ETag', 'Accept-Ranges', 'Content-Disposition']) {
    isNoticed(new RegExp(`${name} comes 0 times`), 'GET /api/backups/x.db', 200, ['Content-Type: application/vnd.sqlite3'], 'x');
  }
  isNoticed(/WWW-Authenticate comes 0 times/, LIST, 401, PROBLEM_TYPE, PROBLEM);
});

test('events', () => {
  const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const progress = event('progress', { phase: 'copying', done: 1, total: 2 });
  const late = { ...PROBLEM, status: 409, type: 'urn:camera-sheet-backup:error:damaged' };
  const stream = (text) => ['POST /api/backups', 200, STREAM_TYPE, text];
  isFine(...stream(progress + event('done', BACKUP)));
  isFine(...stream(event('error', late)));
  isNoticed(/the events are/, ...stream(progress));
  isNoticed(/the events are/, ...stream(event('done', BACKUP) + progress));
  isNoticed(/the events are/, ...stream(event('done', BACKUP) + event('done', BACKUP)));
  isNoticed(/the events are/, ...stream(event('other', {}) + event('done', BACKUP)));
  isNoticed(/no stream/, ...stream('event: done\n'));
  isNoticed(/unevaluated/, ...stream(event('done', { ...BACKUP, more: 1 })));
  isNoticed(/phase/, ...stream(event('progress', { done: 1, total: 2 }) + event('done', BACKUP)));
  isNoticed(/\/type/, ...stream(event('error', { ...late, type: 'urn:camera-sheet-backup:error:pinned' })));
  isNoticed(/418 is not described/, ...stream(event('error', { ...late, status: 418 })));
  isNoticed(/is not described/, 'GET /api/backups', 200, STREAM_TYPE, event('done', BACKUP));
});

test('messages are read whole, in pieces of any size', () => {
  const requests = 'HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
    + 'POST /c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /d HTTP/1.1\r\n\r\n';
  const answers = 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'
    + 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, you\r\n\r\n0\r\n\r\n'
    + 'HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.0 200 OK\r\n\r\nto the end';
  for (const size of [1, 2, 3, 7, 1000]) {
    const seen = read(requests, answers, size).map(({ method, target, answer }) => [method, target, answer.status, answer.body.bytes.toString(), answer.isComplete]);
    assert.deepEqual(seen, [
      ['HEAD', '/a', 200, '', true], ['POST', '/b', 200, 'hello, you\r\n', true], ['POST', '/c', 304, '', true], ['GET', '/d', 200, 'to the end', true],
    ]);
  }
});

test('an answer that breaks off is known to', () => {
  const [exchange] = read('GET /api/backups HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[');
  assert.equal(exchange.answer.isComplete, false);
});

test('an answer to what is no request', () => {
  const answer = `HTTP/1.1 400 X\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}`;
  for (const request of ['GET /api/backups', 'GET /api/backups HTTP/3.0\r\n\r\n']) {
    const [exchange] = read(request, answer);
    assert.equal(exchange.target, '/api/backups');
    assert.notDeepEqual(contract.complaints(exchange), []);
  }
});

/* ---- The document ---- */

function* schemasIn(value, path = '') {
  if (value === null || typeof value !== 'object') return;
  if (value.properties && typeof value.properties === 'object' && !Array.isArray(value.properties)) yield [path, value];
  for (const [name, member] of Object.entries(value)) yield* schemasIn(member, `${path}/${name}`);
}

test('every object that is described has these members and no others', () => {
  const { schemas } = contract.document.components;
  const isClosed = (schema) => schema.additionalProperties !== undefined || schema.unevaluatedProperties === false;
  for (const [path, schema] of schemasIn(contract.document)) {
    const extended = schema.$ref?.split('/').at(-1);
    const isBase = Object.values(schemas).some((other) => other.unevaluatedProperties === false && other.$ref === `#${path}`);
    assert.ok(isClosed(schema) || isBase || (extended && isClosed(schemas[extended])), `${path} is open`);
  }
});

test('every component is used', () => {
  const text = JSON.stringify(contract.document);
  for (const [kind, components] of Object.entries(contract.document.components)) {
    if (kind === 'securitySchemes') continue;
    for (const name of Object.keys(components)) assert.ok(text.includes(`"#/components/${kind}/${name}`), `${name} is not used`);
  }
});

test('every schema can be used', () => {
  for (const [kind, components] of Object.entries(contract.document.components)) {
    if (kind === 'schemas') for (const name of Object.keys(components)) contract.complaintsAbout(null, ['components', kind, name]);
  }
});
