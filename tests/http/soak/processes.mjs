/** What the processes of a site hold: memory, descriptors, threads; and the files that they left. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All processes of the session, but those that a worker has started for a check: [{pid, state, command}]. */
function processes(session) {
  return execFileSync('ps', ['--sid', session, '--format', 'pid=,ppid=,state=,args='], { encoding: 'utf8' }).trim().split('\n')
    .map((line) => /^\s*(\d+) +(\d+) (\S) +(.*)$/.exec(line))
    .filter(([, , parent, , command]) => parent === session || !command.startsWith('programs/'))
    .map(([, pid, , state, command]) => ({ pid: Number(pid), state, command }));
}

const programOf = (command) =>
  /^programs\/([\w-]+)$/.exec(command)?.[1] ?? (/^nginx: worker/.test(command) ? 'nginx' : /supervisord/.test(command) ? 'supervisord' : undefined);

/* Memory that is this process's own: what it has allocated and written to. */
const memoryOf = (pid) => Number(/^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024;

/** The workers of a program. @returns {number[]} process ids */
export const workersOf = (session, program) =>
  processes(session).filter(({ state, command }) => state !== 'Z' && programOf(command) === program).map(({ pid }) => pid);

export const countZombies = (session) => processes(session).filter(({ state }) => state === 'Z').length;

/** What each program's processes hold together. @returns {Map<string, {workers, memory, descriptors, threads}>} */
export function sample(session) {
  const held = new Map();
  for (const { pid, command } of processes(session).filter(({ state }) => state !== 'Z')) {
    const program = programOf(command);
    if (program === undefined) continue;
    const sum = held.get(program) ?? { workers: 0, memory: 0, descriptors: 0, threads: 0 };
    sum.workers += 1;
    sum.memory += memoryOf(pid);
    sum.descriptors += readdirSync(`/proc/${pid}/fd`).length;
    sum.threads += readdirSync(`/proc/${pid}/task`).length;
    held.set(program, sum);
  }
  return held;
}

/** The files anywhere below these folders. */
export function filesIn(...folders) {
  return folders.flatMap((folder) => {
    try {
      return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]));
    } catch (error) {
      if (error.code === 'ENOENT') return [];
      throw error;
    }
  });
}
