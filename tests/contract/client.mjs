/** Sends a request as it is, byte for byte: what no HTTP library would send, too. */

import { once } from 'node:events';
import { connect } from 'node:net';

import { Conversation } from './messages.mjs';

/* Longer than any answer takes here, restores under replication included. */
const PATIENCE_MS = 60_000;

/**
 * A request: everything in it is sent as it stands.
 * @typedef {object} Request
 * @property {string} method
 * @property {string} target with its query; each character is one byte
 * @property {Array<[string, string]>} headers beside Host, Content-Length and Connection; a Host there replaces the own one
 * @property {Buffer} [body]
 * @property {boolean} [chunked] sends the body without its length
 */

function bodyHeaders({ body, chunked }) {
  if (body === undefined) return [];
  return [chunked ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)]];
}

function bytesOf(request, host) {
  const { method, target, headers, body = Buffer.alloc(0), chunked } = request;
  const own = [['Host', host], ['Connection', 'close']].filter(([name]) => !headers.some(([other]) => other === name));
  const lines = [...own, ...headers, ...bodyHeaders(request)].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  if (!chunked) return Buffer.concat([head, body]);
  const chunk = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
  return Buffer.concat([head, ...chunk, Buffer.from('0\r\n\r\n')]);
}

/**
 * @param {string} base the site's address
 * @param {Request} request
 * @returns {Promise<object>} the exchange, as a Conversation tells it
 */
export async function send(base, request) {
  const { host, hostname, port } = new URL(base);
  const exchanges = [];
  const conversation = new Conversation((exchange) => exchanges.push(exchange));
  const socket = connect({ host: hostname, port: Number(port) });
  const bytes = bytesOf(request, host);
  conversation.requests.take(bytes);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer in time')));
  socket.on('data', (data) => conversation.answers.take(data));
  /* The site may answer and close before it has read all of a body. */
  socket.on('error', (error) => { if (!['EPIPE', 'ECONNRESET'].includes(error.code)) conversation.error = error; });
  socket.write(bytes);
  await once(socket, 'close');
  conversation.answers.close();
  if (exchanges.length !== 1) throw conversation.error ?? new Error(`${exchanges.length} answers`);
  return exchanges[0];
}

const quote = (text) => (/^[\x20-\x7e]*$/.test(text)
  ? `'${text.replaceAll("'", "'\\''")}'`
  : `$'${[...Buffer.from(text, 'latin1')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`);

/** The same request for a person to repeat. */
export function asCurl(base, { method, target, headers, body, chunked }) {
  const isHead = method === 'HEAD';
  const parts = ['curl --include --path-as-is --globoff', isHead ? '--head' : `--request ${quote(method)}`];
  for (const [name, value] of headers) parts.push(`--header ${quote(`${name}: ${value}`)}`);
  if (chunked) parts.push("--header 'Transfer-Encoding: chunked'");
  if (body !== undefined) {
    if (!headers.some(([name]) => name === 'Content-Type')) parts.push("--header 'Content-Type:'");
    parts.push('--data-binary @-');
  }
  parts.push(quote(base + target));
  const input = body === undefined ? '' : `base64 --decode <<<${body.toString('base64') || "''"} | `;
  return input + parts.join(' ');
}
