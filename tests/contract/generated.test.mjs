/**
 * Requests made from the OpenAPI document, right and wrong, against a real site: no answer that the document does not
 * describe, what it allows is taken, what it forbids is refused, and nothing changes but what the answers say.
 *
 * Settings (environment):
 *   SECONDS  how long random requests are made; 20
 *   RUNS     how many runs of up to 5 requests at most; 10000
 *   SEED     where the random numbers begin; a failure names it, with the request as a curl command
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';

import { asCurl, send } from './client.mjs';
import { Document } from './document.mjs';
import { Model, outcomeOf } from './model.mjs';
import { PARTS_AND_CONDITIONS, plainSegments, Plans, requestOf } from './requests.mjs';

const SECONDS = Number(process.env.SECONDS ?? 20);
const RUNS = Number(process.env.RUNS ?? 10_000);
const SEED = Number(process.env.SEED ?? Date.now() % 0x7fffffff);
const TRIES = 40;
const STEPS = 5;
const KEEP = { manual: 6, litestream: 3 };
const DATABASES = ['camera_assignments', 'spring gala'];
/* What says that a request is wrong in itself, wherever it goes. */
const REFUSALS = [400, 401, 403, 405, 413, 414, 415, 421];

const SITE = fileURLToPath(new URL('../site', import.meta.url));
const contract = new Document();
const plans = new Plans(contract);
const seen = new Set();
let folder;
let base;
let model;

const database = (name = DATABASES[0]) => join(folder, 'data', `${name}.db`);
const backupFile = (filename) => join(folder, 'data', 'backups', filename);
const sql = (file, statement) => execFileSync('sqlite3', ['-cmd', '.timeout 10000', file, statement], { encoding: 'utf8' }).trim();
const content = (file) => sql(file, '.sha3sum shows');

/* Litestream looks often, so that a restore need not wait long for it. */
function replication() {
  const file = join(folder, 'replication.yml');
  writeFileSync(file, `
addr: "\${LITESTREAM_ADDR}"
dbs:
  - path: "\${DATABASE_PATH}"
    monitor-interval: 50ms
    replicas:
      - url: file://${folder}/replica
        sync-interval: 50ms
`);
  return { REPLICATE: 'yes', LITESTREAM_CONFIG: file };
}

async function listOf(name) {
  const { answer } = await send(base, { method: 'GET', target: `/api/backups?database=${encodeURIComponent(name)}`, headers: [] });
  assert.equal(answer.status, 200, answer.body.bytes.toString());
  return JSON.parse(answer.body.bytes.toString());
}

/* Files that people leave in the folder. */
async function putFilesByHand() {
  await send(base, { method: 'POST', target: '/api/backups', headers: [] });
  const [{ filename }] = await listOf(DATABASES[0]);
  copyFileSync(backupFile(filename), backupFile('by hand.db'));
  copyFileSync(backupFile(filename), backupFile('Größe 写真.db'));
  copyFileSync(backupFile(filename), backupFile('other tables.db'));
  sql(backupFile('other tables.db'), 'CREATE TABLE other (a)');
  writeFileSync(backupFile('noise.db'), Buffer.alloc(9000, 'noise'));
  writeFileSync(backupFile('empty.db'), '');
}

async function replicaIsReady() {
  const { answer } = await send(base, { method: 'GET', target: '/api/backups/litestream/status', headers: [] });
  return JSON.parse(answer.body.bytes.toString()).status === 'active';
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'camera-sheet-contract-'));
  const env = { ...process.env, ...replication(), BACKUP_KEEP: KEEP.manual, BACKUP_KEEP_LITESTREAM: KEEP.litestream, BACKUP_KEEP_PRE_RESTORE: 10000, BUSY_TIMEOUT: 5 };
  base = execFileSync(SITE, ['up', folder], { encoding: 'utf8', env }).trim();
  sql(database(DATABASES[1]), 'PRAGMA journal_mode=WAL; CREATE TABLE shows (id INTEGER PRIMARY KEY, name); INSERT INTO shows VALUES (1, 1)');
  await putFilesByHand();
  const deadline = Date.now() + 30_000;
  while (!(await replicaIsReady())) assert.ok(Date.now() < deadline, 'Litestream does not get ready');
  model = new Model(listOf, KEEP);
});

after(() => {
  try {
    if (base) execFileSync(SITE, ['down', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/* What the live database and its backup have alike after a restore. */
function checkRestored(exchange) {
  const { filename } = outcomeOf(exchange);
  const name = /database=spring/.test(exchange.target) ? DATABASES[1] : DATABASES[0];
  const backup = name === DATABASES[0] ? backupFile(filename) : backupFile(join(name, filename));
  assert.equal(content(database(name)), content(backup), 'the live data are not those of the backup');
}

function note(operation, { method, answer }) {
  const type = answer.headers.get('Content-Type')?.split(';')[0];
  const end = type === 'text/event-stream' ? ` ${/(?:^|\n)event: (done|error)\n/.exec(answer.body.bytes)?.[1]}` : '';
  seen.add(`${operation?.id ?? '-'} ${method} ${answer.status} ${type}${end}`);
}

/** Sends what a plan says and holds the answer against the document, the plan and the model. */
async function perform(plan) {
  const request = requestOf(plan, (number) => model.pick(number));
  try {
    const exchange = { ...await send(base, request), body: request.body };
    const { status } = exchange.answer;
    const operation = contract.find(exchange.method, exchange.target);
    note(operation, exchange);
    assert.deepEqual(contract.complaints(exchange), [], `not as described: ${status} ${exchange.answer.body.bytes.toString().slice(0, 300)}`);
    if (plan.isAllowed === true) assert.ok(!REFUSALS.includes(status), `the document allows it, and it is refused: ${status} ${exchange.answer.body.bytes.toString().slice(0, 300)}`);
    if (plan.isAllowed === false) assert.ok(status >= 400 && status < 500, `the document forbids it, and it is taken: ${status}`);
    await model.follow(operation, exchange);
    if (operation?.id === 'backup-restore' && outcomeOf(exchange)) checkRestored(exchange);
    return { operation, exchange };
  } catch (error) {
    error.message = `${plan.what}: ${error.message}\nthe request: ${asCurl(base, request)}\nagain: SEED=${SEED} tests/run tests/contract/generated.test.mjs`;
    throw error;
  }
}

/* The app goes on; a restore takes it back. */
async function begin(number) {
  for (const name of DATABASES) sql(database(name), `UPDATE shows SET name = '${number}' WHERE id = 1`);
  await model.begin(DATABASES);
}

const isDone = (exchange, wanted) => (wanted === 'events'
  ? exchange.answer.headers.get('Content-Type') === 'text/event-stream' && outcomeOf(exchange) !== undefined
  : exchange.answer.status < 300 && exchange.answer.headers.get('Content-Type') !== 'text/event-stream');

/* Tries what the document allows until it is done once, by chance and, in turn, with each backup: no program goes without. */
async function succeedOnce(operation, wanted) {
  let last;
  const tries = fc.sample(plans.allowed(operation), { seed: SEED, numRuns: TRIES });
  for (const [number, plan] of tries.entries()) {
    const headers = wanted === 'events' ? [['Accept', 'text/event-stream']] : [];
    const plain = { query: [], segments: plainSegments(operation, number >> 1) };
    const { exchange } = await perform({ ...plan, ...(number % 2 ? plain : {}), headers, method: wanted === 'HEAD' ? 'HEAD' : plan.method });
    if (isDone(exchange, wanted)) return;
    last = exchange.answer.body.bytes.toString();
  }
  assert.fail(`${operation.id} did nothing (${wanted}) in ${TRIES} requests: what it needs must be prepared in this test. ${last}`);
}

for (const operation of contract.operations) {
  const { responses } = operation.operation;
  test(`${operation.id} does what it is there for`, async () => {
    await begin(operation.id);
    await succeedOnce(operation, 'answer');
    if (operation.method === 'GET') await succeedOnce(operation, 'HEAD');
    if (responses['200']?.content?.['text/event-stream']) await succeedOnce(operation, 'events');
  });

  test(`${operation.id}: every mistake once`, async () => {
    await begin(operation.id);
    const [plan] = fc.sample(plans.allowed(operation), { seed: SEED, numRuns: 1 });
    for (const mistake of plans.mistakes(operation)) {
      const [change] = fc.sample(mistake, { seed: SEED, numRuns: 1 });
      await perform(change(plan));
    }
  });
}

test('every part and condition of what is a file', async () => {
  await begin('parts');
  for (const operation of contract.operations.filter(({ id }) => ['backup-download', 'openapi'].includes(id))) {
    const [plan] = fc.sample(plans.allowed(operation), { seed: SEED, numRuns: 1 });
    for (const header of PARTS_AND_CONDITIONS) {
      for (const method of ['GET', 'HEAD']) {
        await perform({ ...plan, method, segments: [{ existing: 0 }], query: [], headers: [header], what: header.join(': ') });
      }
    }
  }
});

test('any requests in any order', async (context) => {
  const step = fc.oneof(...contract.operations.map((operation) => plans.any(operation)));
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: STEPS }), async (steps) => {
    await begin(steps.length);
    for (const plan of steps) await perform(plan);
  });
  const outcome = await fc.check(property, {
    seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false,
  });
  context.diagnostic(`seed ${SEED}: ${outcome.numRuns} runs; ${seen.size} kinds of answer seen`);
  for (const kind of [...seen].sort()) context.diagnostic(kind);
  if (outcome.failed) throw outcome.errorInstance ?? new Error(fc.defaultReportMessage(outcome));
});
