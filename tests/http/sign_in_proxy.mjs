// A proxy for single sign-on, as the site asks it about each request; the cookie `as` says what it answers.
//   node sign_in_proxy.mjs DIR
// DIR/port gets the port, DIR/received one JSON line a request. SIGTERM ends it.
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

const [directory] = process.argv.slice(2);

const PEOPLE = new Map([
  ['anna', { 'X-Auth-Request-User': 'anna' }],
  ['berta', { 'Remote-User': 'berta' }],
  ['both', { 'X-Auth-Request-User': 'anna', 'Remote-User': 'berta' }],
  ['rita', { 'X-Auth-Request-User': 'rita' }],
  ['boss', { 'X-Auth-Request-User': 'boss', 'X-Auth-Role': 'admin' }],
  ['reader', { 'X-Auth-Request-User': 'anna', 'X-Auth-Role': 'reader' }],
  ['viewer', { 'X-Auth-Request-User': 'anna', 'X-Auth-Role': 'viewer' }],
  ['nobody', {}],
]);

const RAW = new Map([
  ['garbage', 'This is no HTTP.\r\n\r\nX-Auth-Request-User: anna\r\n\r\n'],
  ['status', 'HTTP/1.1 2000 Fine\r\nX-Auth-Request-User: anna\r\n\r\n'],
  ['header', `HTTP/1.1 200 OK\r\nX-Auth-Request-User: anna\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['cut', 'HTTP/1.1 200 OK\r\nX-Auth-Request-User: an'],
]);

/** Answers headers one by one and never comes to their end. */
function drip(socket) {
  socket.write('HTTP/1.1 200 OK\r\nX-Auth-Request-User: anna\r\n');
  socket.on('error', () => {});
  setTimeout(() => socket.destroy(), 3000).unref();
}

function answer(as, response) {
  if (PEOPLE.has(as)) response.writeHead(202, PEOPLE.get(as)).end();
  else if (RAW.has(as)) response.socket.end(RAW.get(as));
  else if (as === 'hang') response.socket.on('error', () => {});
  else if (as === 'slow') setTimeout(() => answer('anna', response), 1000);
  else if (as === 'drip') drip(response.socket);
  else if (as === 'close') response.destroy();
  else if (as === 'accel') response.writeHead(401, { 'X-Accel-Redirect': '/.backups/x.db', 'X-Auth-Request-User': 'anna' }).end();
  else if (/^\d+$/.test(as)) response.writeHead(Number(as), { Location: '/elsewhere', 'X-Auth-Request-User': 'anna' }).end();
  else response.writeHead(401, { 'WWW-Authenticate': 'Test realm="elsewhere"' }).end();
}

const server = http.createServer((request, response) => {
  const { method, url, headers } = request;
  appendFileSync(join(directory, 'received'), `${JSON.stringify({ method, url, headers })}\n`);
  answer(/\bas=([^;]*)/.exec(headers.cookie ?? '')?.[1] ?? '', response);
});
server.listen(0, '127.0.0.1', () => {
  writeFileSync(join(directory, 'port.unfinished'), `${server.address().port}`);
  renameSync(join(directory, 'port.unfinished'), join(directory, 'port'));
});
process.on('SIGTERM', () => process.exit(0));
