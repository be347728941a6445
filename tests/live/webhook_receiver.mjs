// An app's end of the webhook: checks each message as the specification says, writes it down, answers as it was told.
//   node webhook_receiver.mjs DIR [EVENT=ANSWER]...
// DIR/port gets the port, DIR/received one JSON line a request before it is answered. ANSWER is a status (200 for events
// that are not named), `hold` (200 once DIR/go is there), `redirect` (to /elsewhere), `drip` (an answer that never ends),
// `close` (no answer, the connection ends) or `hang`. With DIR/key.pem and DIR/certificate.pem it speaks TLS. The secret
// is RECEIVER_SECRET. SIGTERM ends it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const TOLERANCE_SECONDS = 5 * 60;

const [directory, ...given] = process.argv.slice(2);
const answers = new Map(given.map((argument) => argument.split('=')));
const secret = Buffer.from((process.env.RECEIVER_SECRET ?? '').replace(/^whsec_/, ''), 'base64');

/** Whether the signature is of this secret, this body and these headers, and the time about now. */
function isGenuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature = '' } = headers;
  if (!/^[^.]+$/.test(id ?? '') || !/^\d+$/.test(timestamp ?? '')) return false;
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < TOLERANCE_SECONDS;
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
  return isRecent && signature.split(' ').some((entry) => {
    const [version, code] = entry.split(',');
    const digest = Buffer.from(code ?? '', 'base64');
    return version === 'v1' && digest.length === expected.length && timingSafeEqual(digest, expected);
  });
}

function note(request, body) {
  let message;
  try {
    message = JSON.parse(body);
  } catch {
    message = null;
  }
  const { method, url, headers } = request;
  appendFileSync(join(directory, 'received'),
    `${JSON.stringify({ method, url, headers, genuine: isGenuine(headers, body), message })}\n`);
  return message?.type;
}

async function held() {
  while (!existsSync(join(directory, 'go'))) await sleep(5);
}

async function answer(response, how) {
  switch (how) {
    case 'hang':
      return;
    case 'close':
      response.destroy();
      return;
    case 'drip':
      response.writeHead(200);
      setInterval(() => response.write('.'), 200).unref();
      return;
    case 'redirect':
      response.writeHead(307, { Location: '/elsewhere' }).end();
      return;
    case 'hold':
      await held();
      response.writeHead(200).end('thanks');
      return;
    default:
      response.writeHead(Number(how)).end();
  }
}

async function handle(request, response) {
  const type = note(request, await buffer(request));
  await answer(response, answers.get(type) ?? '200');
}

function makeServer() {
  const key = join(directory, 'key.pem');
  if (!existsSync(key)) return http.createServer(handle);
  return https.createServer({ key: readFileSync(key), cert: readFileSync(join(directory, 'certificate.pem')) }, handle);
}

const server = makeServer();
server.listen(0, '127.0.0.1', () => {
  writeFileSync(join(directory, 'port.unfinished'), `${server.address().port}`);
  renameSync(join(directory, 'port.unfinished'), join(directory, 'port'));
});
process.on('SIGTERM', () => process.exit(0));
