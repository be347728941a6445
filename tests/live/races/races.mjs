/** Many who do everything at once: races.mjs shell|URL
 *
 * RACE_WORKERS (8) workers make, list, change, delete, restore, check, read and download backups at random for
 * RACE_SECONDS (30), through the shell programs or over HTTP at URL. Then all that they were answered must fit together.
 * RACE_SEED repeats the choices of a run (not its timing), and is printed. BACKUP_KEEP, BACKUP_KEEP_PRE_RESTORE and
 * BACKUP_KEEP_SCHEDULED=daily=1,weekly=1,monthly=1 must be what the programs have. */

import { History } from './history.mjs';
import { httpClient } from './http-client.mjs';
import { generator } from './random.mjs';
import { tableOf } from './report.mjs';
import { shellClient } from './shell-client.mjs';
import { Worker } from './worker.mjs';

const ROUND_MS = 3000;
/* Far longer than anything takes here, and shorter than any timeout of the programs. */
const LONGEST_MS = 20_000;
const MOST_PROBLEMS_SHOWN = 5;

/* What each can come to while all work at once and nothing is broken. */
const EXPECTED = {
  list: ['ok'],
  create: ['ok'],
  update: ['ok', 'not-found'],
  remove: ['ok', 'not-found', 'pinned'],
  restore: ['ok', 'not-found', 'busy'],
  verify: ['ok', 'not-found'],
  tables: ['ok', 'not-found'],
  download: ['ok', 'not-found'],
};

const setting = (name, otherwise) => Number(process.env[name] ?? otherwise);
const seconds = setting('RACE_SECONDS', 30);
const seed = setting('RACE_SEED', Math.floor(Math.random() * 2 ** 31));
const keep = { manual: setting('BACKUP_KEEP', 10), 'pre-restore': setting('BACKUP_KEEP_PRE_RESTORE', 10), scheduled: 1 };

const record = [];
const problems = [];

function client(number) {
  const where = process.argv[2];
  const random = generator(seed + 1000 + number);
  return where === 'shell' ? shellClient : httpClient(where, () => random() < 0.3);
}

/** When nobody is at work: of each kind no more than may stay, but those that were unpinned since its last retention. */
async function checkQuietMoment(worker) {
  const { answer } = await worker.perform('list');
  const made = record.filter(({ kind, outcome }) => kind === 'create' && outcome === 'ok');
  for (const kind of ['manual', 'scheduled']) {
    const last = made.filter((entry) => entry.answer.kind === kind).sort((a, b) => b.end - a.end)[0];
    const unpinned = record.filter((entry) => entry.given?.pinned === false && entry.outcome === 'ok' && last && entry.end > last.start);
    const names = answer.filter((backup) => backup.kind === kind && !backup.pinned).map(({ filename }) => filename);
    if (names.length > keep[kind] + unpinned.length) {
      problems.push(`at a quiet moment ${names.length} ${kind} backups: ${names.join(' ')}`);
    }
  }
}

function checkOutcomes() {
  for (const entry of record) {
    const { kind, outcome, start, end } = entry;
    if (!EXPECTED[kind].includes(outcome)) problems.push(`not expected: ${JSON.stringify(entry)}`);
    if (end - start > LONGEST_MS) problems.push(`${kind} took ${Math.round(end - start)} ms`);
  }
}

/** Every database that is read, live or not, is one of the two that are restored in turns, whole. */
function checkTables() {
  for (const { name, answer } of record.filter(({ kind, outcome }) => kind === 'tables' && outcome === 'ok')) {
    const rows = ['account', 'filler'].map((table) => answer.find((one) => one.name === table)?.rows).join(' and ');
    if (!['300 and 300', '900 and 900'].includes(rows)) problems.push(`${name} has ${rows} rows: a mixture`);
  }
}

async function main() {
  console.log(`RACE_SEED=${seed} RACE_SECONDS=${seconds}`);
  const { outcome, answer } = await client(0).list();
  if (outcome !== 'ok' || answer.length !== 2) throw new Error(`two backups to begin with, not ${JSON.stringify(answer)}`);
  const anchors = new Set(answer.map(({ filename }) => filename));
  answer.forEach((facts) => record.push({ kind: 'create', given: {}, start: 0, end: 0, outcome: 'ok', answer: facts }));
  const workers = Array.from({ length: setting('RACE_WORKERS', 8) }, (_, number) =>
    new Worker(number, client(number), generator(seed + number), anchors, record));
  const begin = performance.now();
  while (performance.now() - begin < seconds * 1000) {
    const deadline = Math.min(performance.now() + ROUND_MS, begin + seconds * 1000);
    await Promise.all(workers.map((worker) => worker.workUntil(deadline)));
    await Promise.all(workers.map((worker) => worker.perform('create', undefined, { label: 'all at once' })));
    await checkQuietMoment(workers[0]);
  }
  const took = (performance.now() - begin) / 1000;
  workers.forEach((worker) => worker.client.close?.());
  tableOf(record, took).forEach((line) => console.log(line));
  checkOutcomes();
  checkTables();
  problems.push(...new History(record, keep).check());
  console.log(`${record.length} operations, ${(record.length / took).toFixed(0)} a second; ${problems.length} problems`);
  problems.slice(0, MOST_PROBLEMS_SHOWN).forEach((problem) => console.error(problem));
  process.exitCode = problems.length === 0 ? 0 : 1;
}

await main();
