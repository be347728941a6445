/**
 * A proxy that changes nothing: tap.mjs ADDRESS FOLDER stands before the site at ADDRESS (http://HOST:PORT), passes every
 * byte on as it comes, and holds each answer against the OpenAPI document. It writes its own address to FOLDER/tap.url,
 * and every answer that the document does not describe to FOLDER/tap.complaints, one line each. SIGTERM ends it.
 *
 * It works on the bytes, not on HTTP: paths, ranges, streams, broken requests and their timing stay what they are.
 */

import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';

import { Document } from './document.mjs';
import { Conversation } from './messages.mjs';

const [address, folder] = process.argv.slice(2);
const { hostname, port } = new URL(address);
const contract = new Document();

function complaintsOf(exchange) {
  try {
    return contract.complaints(exchange);
  } catch (error) {
    return [error.stack];
  }
}

function check(exchange) {
  const complaints = complaintsOf(exchange);
  if (complaints.length === 0) return;
  const { method, target, answer } = exchange;
  const text = JSON.stringify({ method, target, status: answer.status, complaints, body: answer.body.bytes.toString().slice(0, 500) });
  appendFileSync(join(folder, 'tap.complaints'), `${text}\n`);
}

/* Bytes go on first; what they say is read when they are gone. */
function passOn(from, to, reader) {
  from.on('data', (bytes) => {
    if (!to.write(bytes)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    reader.take(bytes);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (from.errored || !from.readableEnded) to.destroy();
  });
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const site = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
  const conversation = new Conversation(check);
  passOn(client, site, conversation.requests);
  passOn(site, client, conversation.answers);
  site.on('close', () => conversation.answers.close());
});

/* A site that a test has ended by itself leaves no folder, and has nothing to be asked any more. */
setInterval(() => existsSync(folder) || process.exit(), 1000);

server.listen(0, '127.0.0.1', () => {
  writeFileSync(join(folder, 'tap.url.new'), `http://127.0.0.1:${server.address().port}\n`);
  renameSync(join(folder, 'tap.url.new'), join(folder, 'tap.url'));
});
process.on('SIGTERM', () => process.exit(0));
