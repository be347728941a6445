/** In the shell, --json is the document that HTTP answers: held against the same schemas. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Document } from './document.mjs';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

const contract = new Document();
let folder;
let env;
let litestream;

const inFolder = (name) => join(folder, name);
const run = (program, ...options) => JSON.parse(execFileSync(join(BUILD, 'cgi-bin', program), [...options, '--json'], { env, encoding: 'utf8' }));
/* A backup of something else. */
function other() {
  execFileSync('sqlite3', [inFolder('backups/other.db'), `DROP TABLE IF EXISTS cues; CREATE TABLE cues (id INTEGER PRIMARY KEY, a, b);
    INSERT INTO cues VALUES (1, 9223372036854775807, x'00'), (2, NULL, 0.1), (3, '', 9e999)`]);
  return 'other.db';
}
const newBackup = (...options) => run('backup-create', ...options).filename;

/* How each program is asked. One without an example here is a failure: nothing would be known of its JSON. */
const EXAMPLES = {
  'audit-list': () => [[]],
  'backup-create': () => [[], ['--label', 'before "import"', '--pinned'], ['--kind', 'scheduled']],
  'backup-compare': () => [[newBackup()], [newBackup(), newBackup()], [other(), 'live'], [newBackup(), other()]],
  'backup-list': () => [[]],
  'backup-tables': () => [['live'], [newBackup()]],
  'backup-update': () => [[newBackup(), '--label', 'new'], [newBackup(), '--pinned']],
  'backup-verify': () => [[newBackup()]],
  'backup-restore': () => [[newBackup(), '--yes']],
  'backup-delete': () => [[newBackup()]],
  'database-list': () => [[]],
  health: () => [[]],
  'litestream-status': () => [[]],
  'litestream-points': () => [[], ['--limit', '1', '--intervals', '3']],
  'litestream-drill': () => [[]],
  'litestream-fetch': () => [[], [new Date().toISOString()]],
};

async function until(what, condition) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'camera-sheet-contract-'));
  const replicas = `[{url: "file://${inFolder('replica')}", sync-interval: 50ms}]`;
  writeFileSync(inFolder('litestream.yml'), `dbs: [{path: "${inFolder('show.db')}", monitor-interval: 50ms, replicas: ${replicas}}]\n`);
  execFileSync('sqlite3', [inFolder('show.db'), 'PRAGMA journal_mode=WAL; CREATE TABLE cues (id INTEGER PRIMARY KEY)']);
  const { GATEWAY_INTERFACE, BACKUP_DIR, ...inherited } = process.env;
  env = { ...inherited, DATABASE_PATH: inFolder('show.db'), LITESTREAM_CONFIG: inFolder('litestream.yml'), LITESTREAM_BIN: join(BUILD, 'litestream') };
  litestream = spawn(env.LITESTREAM_BIN, ['replicate', '-config', env.LITESTREAM_CONFIG], { stdio: 'ignore' });
  await until('the replica has something', () => {
    try {
      return run('litestream-points').latest !== null;
    } catch {
      return false;
    }
  });
});

after(async () => {
  if (litestream?.kill()) await once(litestream, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

for (const { id, operation, pointer } of contract.operations) {
  const status = Object.keys(operation.responses).find((code) => code < 300 && operation.responses[code].content?.['application/json']);
  if (!status || id === 'openapi') continue;
  test(`${id} --json`, () => {
    assert.ok(EXAMPLES[id], `${id} has no example in tests/contract/shell.test.mjs`);
    for (const options of EXAMPLES[id]()) {
      const place = [...pointer, 'responses', status, 'content', 'application/json', 'schema'];
      assert.deepEqual(contract.complaintsAbout(run(id, ...options), place), [], options.join(' '));
    }
  });
}

test('every program of the build is in the document', () => {
  const programs = execFileSync('ls', [join(BUILD, 'cgi-bin')], { encoding: 'utf8' }).trim().split('\n');
  /* health-metrics is health's other way in. */
  const described = contract.operations.map(({ id }) => id).filter((id) => !['openapi', 'health-metrics'].includes(id));
  assert.deepEqual(described.sort(), programs.sort());
});
