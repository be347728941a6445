/** Whether a site stays as it is under load: soak.mjs URL SITE_FOLDER
 *
 * Mixed load for SOAK_SECONDS (60): first, until every program has had some hundred requests; then memory, descriptors,
 * threads and files are compared with what they are two thirds of the time later. In the last third workers are killed,
 * and none but the requests that they had may fail. SOAK_SEED repeats the choices of a run. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { generator, pick } from '../../live/races/random.mjs';
import { Load, PROGRAMS } from './load.mjs';
import { countZombies, filesIn, sample, workersOf } from './processes.mjs';

const WARM_UP_REQUESTS = 300;
/* With that many a leak of 100 bytes a request is more than the limit. */
const MEASURED_REQUESTS = 660;
/* What runs another program each time is asked less often. */
const RUN_ANOTHER = ['litestream-fetch', 'litestream-drill'];
const MEASURED_OF_THOSE = 15;
const WORKERS = 2;
/* What the processes of one name together may grow, whatever the number of requests. Those of others are not as exact. */
const GROWTH_LIMIT = 64 << 10;
const GROWTH_LIMIT_OF_OTHERS = 256 << 10;
const KILL_PAUSE_MS = 400;
/* Under the limit of nginx.conf for one address. */
const BURST = 90;
const PATIENCE_MS = 30_000;

const [base, folder] = process.argv.slice(2);
const session = readFileSync(`${folder}/site.pid`, 'utf8').trim();
const seconds = Number(process.env.SOAK_SECONDS ?? 60);
const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = generator(seed);
const load = new Load(base, generator(seed + 1));
const problems = [];

async function until(holds) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds() && performance.now() < deadline) await sleep(20);
  return holds();
}

const passed = (milliseconds) => {
  const deadline = performance.now() + milliseconds;
  return () => performance.now() > deadline;
};

/** Whether every program has had this many requests since COUNTS. */
const hadRequests = (requests, counts = new Map()) => PROGRAMS.every((program) =>
  load.count(program) - (counts.get(program) ?? 0) >= (RUN_ANOTHER.includes(program) ? MEASURED_OF_THOSE : requests));

/** Nobody asks: what is held now is held for good. */
async function sampleAtRest() {
  await until(() => countZombies(session) === 0);
  await sleep(200);
  return sample(session);
}

function compareMemory(program, before, after, requests) {
  const growth = after.memory - before.memory;
  const limit = PROGRAMS.includes(program) ? GROWTH_LIMIT : GROWTH_LIMIT_OF_OTHERS;
  console.log(`${program.padEnd(18)}${String(requests).padStart(7)} requests  ${String(before.memory >> 10).padStart(6)} KiB, ` +
    `then ${growth >= 0 ? '+' : ''}${growth >> 10} KiB; ${after.descriptors} descriptors, ${after.threads} threads; ` +
    `a leak of ${Math.ceil(limit / requests)} bytes a request would be seen`);
  if (growth > limit) problems.push(`${program} has grown by ${growth} bytes in ${requests} requests`);
}

function compare(before, after, requestsOf) {
  for (const [program, held] of before) {
    const now = after.get(program);
    compareMemory(program, held, now, requestsOf(program));
    for (const what of ['workers', 'descriptors', 'threads']) {
      if (now[what] > held[what]) problems.push(`${program} has ${now[what]} ${what}, not ${held[what]}`);
    }
  }
}

/** Kills workers at random, one at a time, until ENOUGH. @returns {Promise<{program, time}[]>} */
async function killWorkers(enough) {
  const kills = [];
  while (!enough()) {
    const program = PROGRAMS[kills.length % PROGRAMS.length];
    const victim = pick(random, workersOf(session, program));
    if (victim !== undefined) {
      kills.push({ program, time: performance.now() });
      process.kill(victim, 'SIGKILL');
    }
    await sleep(random() * 2 * KILL_PAUSE_MS);
  }
  return kills;
}

/** Every failed request had a worker that was killed while it was asked for. */
function accountFor(failures, kills) {
  const open = [...kills];
  for (const failure of failures) {
    const i = open.findIndex(({ program, time }) => program === failure.program && time >= failure.start - 5 && time <= failure.end + 5);
    if (i < 0) problems.push(`failed, and no worker was killed: ${JSON.stringify(failure)}`);
    else open.splice(i, 1);
  }
}

async function soak() {
  await load.prepare();
  await load.run(() => hadRequests(WARM_UP_REQUESTS));
  const warm = load.record.length;
  const before = await sampleAtRest();
  const counts = new Map(PROGRAMS.map((program) => [program, load.count(program)]));
  const begin = performance.now();
  const isOver = passed(seconds * 1000 * 2 / 3);
  await load.run(() => isOver() && hadRequests(MEASURED_REQUESTS, counts));
  const rate = (load.record.length - warm) / (performance.now() - begin) * 1000;
  console.log(`SOAK_SEED=${seed}: ${warm} requests to warm up, then ${load.record.length - warm}, ${rate.toFixed(0)} a second`);
  const total = load.record.length - warm;
  compare(before, await sampleAtRest(), (program) => (counts.has(program) ? load.count(program) - counts.get(program) : total));
  accountFor(load.failures(), []);
}

/** Many at once wait for their turn, for two workers that serve one at a time. */
async function checkBurst() {
  const answers = await Promise.all(Array.from({ length: BURST }, () => load.ask('backup-tables', 'GET', '/api/backups/live/tables')));
  const refused = answers.filter(({ outcome }) => outcome !== 'ok');
  if (refused.length > 0) problems.push(`${refused.length} of ${BURST} at once failed: ${JSON.stringify(refused[0])}`);
}

async function soakWithKills() {
  const first = load.record.length;
  const before = load.failures().length;
  const enough = passed(seconds * 1000 / 3);
  const [kills] = await Promise.all([killWorkers(enough), load.run(enough)]);
  const end = performance.now();
  const failures = load.failures().slice(before);
  accountFor(failures, kills);
  const allBack = await until(() => PROGRAMS.every((program) => workersOf(session, program).length === WORKERS));
  if (!allBack) problems.push('not all workers are back');
  console.log(`${kills.length} workers killed: ${failures.length} of ${load.record.length - first} requests failed; ` +
    `all workers were back ${Math.round(performance.now() - end)} ms after the last`);
}

async function checkWhatIsLeft() {
  if (!await until(() => countZombies(session) === 0)) problems.push('there are zombies');
  /* The next that writes clears away what a killed one left. */
  await load.ask('backup-create', 'POST', '/api/backups', { json: {} });
  await load.ask('backup-create', 'POST', '/api/backups?database=other', { json: {} });
  const backups = `${folder}/data/backups`;
  const left = filesIn(`${folder}/tmp`, `${folder}/own-tmp`, `${backups}/.work`, `${backups}/.incoming`, `${backups}/other/.work`);
  if (left.length > 0) problems.push(`left behind: ${left.join(' ')}`);
}

await soak();
await checkBurst();
await soakWithKills();
await checkWhatIsLeft();
load.agent.destroy();
problems.slice(0, 10).forEach((problem) => console.error(problem));
process.exitCode = problems.length === 0 ? 0 : 1;
