/** The figures of a run. */

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

function countOutcomes(entries) {
  const counts = new Map();
  entries.forEach(({ outcome }) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
  return [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
}

/** One line a kind of operation: how many, how fast, with which outcomes. */
export function tableOf(record, seconds) {
  return [...new Set(record.map(({ kind }) => kind))].sort().map((kind) => {
    const entries = record.filter((entry) => entry.kind === kind);
    const times = entries.map(({ start, end }) => end - start).sort((a, b) => a - b);
    const rate = (entries.length / seconds).toFixed(1).padStart(6);
    const [median, slowest] = [quantile(times, 0.5), times.at(-1)].map((ms) => ms.toFixed(0).padStart(5));
    return `${kind.padEnd(9)}${rate}/s  median${median} ms  slowest${slowest} ms  ${countOutcomes(entries)}`;
  });
}
