/** Asks by the shell: each operation is one process. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { meaningOfExit } from './documented.mjs';

const PROGRAMS = process.env.PROGRAMS ?? fileURLToPath(new URL('../../../build/cgi-bin', import.meta.url));

async function run(program, args) {
  const child = spawn(`${PROGRAMS}/${program}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = [];
  const err = [];
  child.stdout.on('data', (piece) => out.push(piece));
  child.stderr.on('data', (piece) => err.push(piece));
  const [exit, signal] = await once(child, 'close');
  return { exit: exit ?? signal, out: Buffer.concat(out), err: Buffer.concat(err).toString() };
}

/** @returns {Promise<{outcome: string, answer: any}>} outcome: ok, an error's slug, or what is wrong with the answer */
async function ask(program, args, parse = JSON.parse) {
  const { exit, out, err } = await run(program, args);
  const outcome = meaningOfExit(program, exit);
  if (outcome === 'ok' && err === '') return { outcome, answer: parse(out) };
  const isOneSentence = err.startsWith(`${program}: `) && err.endsWith('.\n') && !err.trimEnd().includes('\n');
  if (outcome === undefined || outcome === 'ok' || !isOneSentence || out.length > 0) {
    return { outcome: `undocumented: status ${exit}, ${err}` };
  }
  return { outcome, detail: err.trim() };
}

const describeFile = (bytes) =>
  ({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });

const option = (name, value) => (value === undefined ? [] : [`--${name}`, value]);
const flag = (name, value) => (value === undefined ? [] : [value ? `--${name}` : `--no-${name}`]);

export const shellClient = {
  list: () => ask('backup-list', []),
  create: ({ label, pinned, kind }) =>
    ask('backup-create', [...option('label', label), ...flag('pinned', pinned), ...option('kind', kind)]),
  update: (filename, { label, pinned }) =>
    ask('backup-update', [filename, ...option('label', label), ...flag('pinned', pinned)]),
  remove: (filename) => ask('backup-delete', [filename]),
  restore: (filename) => ask('backup-restore', [filename, '--yes']),
  verify: (filename) => ask('backup-verify', [filename]),
  tables: (filename) => ask('backup-tables', [filename]),
  download: (filename) => ask('backup-download', [filename], describeFile),
};
