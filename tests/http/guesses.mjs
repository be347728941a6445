// Many guesses of one user's password, over many connections at once, while another user works from the same address.
//   node guesses.mjs URL NAME GUESSES RIGHT_PASSWORD OTHER:PASSWORD
// The right password is among the guesses, in their middle. Prints one JSON document: how many guesses had which
// answer; what the right one had; the other user's answers, and the milliseconds that their median and slowest took.
import http from 'node:http';

const CONNECTIONS = 40;
const BURST = 8;
const [url, name, guesses, right, other] = process.argv.slice(2);

function ask(path, credentials, agent) {
  return new Promise((resolve, reject) => {
    http.get(`${url}${path}`, { agent, auth: credentials }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}

function count(statuses) {
  return Object.fromEntries([...new Set(statuses)].map((status) => [status, statuses.filter((one) => one === status).length]));
}

async function guess() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const middle = Math.floor(guesses / 2);
  const answers = await Promise.all(Array.from({ length: Number(guesses) }, (_, index) => (
    ask('/', `${name}:${index === middle ? right : `guess ${index}`}`, agent))));
  agent.destroy();
  return { answers: count(answers), right: answers[middle] };
}

/** Loads what a page loads, again and again, until the guesses are over: several requests at once. */
async function work(isOver) {
  const agent = new http.Agent({ keepAlive: true });
  const statuses = [];
  const times = [];
  do {
    const start = performance.now();
    statuses.push(...await Promise.all(Array.from({ length: BURST }, () => ask('/api/backups', other, agent))));
    times.push(performance.now() - start);
  } while (!isOver());
  agent.destroy();
  times.sort((a, b) => a - b);
  return { answers: count(statuses), median_ms: Math.round(times[times.length >> 1]), slowest_ms: Math.round(times.at(-1)) };
}

const start = performance.now();
let over = false;
const [guessed, worked] = await Promise.all([
  guess().finally(() => { over = true; }),
  work(() => over),
]);
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, guesses: guessed, other: worked }));
