/** Whether what several workers were answered can all be true.
 *
 * Each operation began and ended at a known time, and took effect at some moment between. A backup is born by the
 * operation that made it, dies once, by a deletion or by retention, and never comes back. From that follows who must
 * have seen it, and who cannot have. */

const PRESENT = new Set(['update', 'verify', 'restore', 'download', 'tables']);

const numberOf = (filename) => Number(/_\d\d-\d\d-\d\d-(\d+)\.db$/.exec(filename)?.[1] ?? 1);

/** The order of lists: by `created`, then by the number behind the name. */
export const compareNewestFirst = (a, b) =>
  (a.created === b.created ? numberOf(b.filename) - numberOf(a.filename) : a.created < b.created ? 1 : -1);

const overlap = (operation, from, to) => operation.start < to && operation.end > from;

/** A backup's life, as far as the record tells it. */
class Backup {
  constructor(facts, born) {
    Object.assign(this, { facts, born, present: [], absent: [], deletions: [], changes: [] });
  }

  /** The values that this field can have had at some moment from FROM to TO. */
  possible(field, from, to) {
    const changes = this.changes.filter(({ given, start }) => given[field] !== undefined && start < to);
    const settled = changes.filter((change) => change.end <= from);
    /* Of those that ended before, the ones after which no other began can be the last. */
    const last = settled.filter((change) => !settled.some((other) => other.start >= change.end));
    const initial = settled.length === 0 ? [this.facts[field]] : [];
    return new Set([...initial, ...last, ...changes.filter((change) => change.end > from)]
      .map((value) => (typeof value === 'object' ? value.given[field] : value)));
  }

  couldBe(field, value, { start, end }) {
    return this.possible(field, start, end).has(value);
  }
}

export class History {
  /** @param {object[]} record @param {{[kind: string]: number}} keep how many of a kind stay */
  constructor(record, keep) {
    this.record = record;
    this.keep = keep;
    this.problems = [];
    this.backups = [];
    this.byName = new Map();
  }

  /** All that cannot be true, as sentences. */
  check() {
    this.#findBirths();
    this.record.forEach((entry) => this.#take(entry));
    this.record.filter((entry) => entry.kind === 'update').forEach((entry) => this.#checkUpdate(entry));
    this.record.filter((entry) => entry.kind === 'list' && entry.outcome === 'ok').forEach((list) => this.#checkList(list));
    this.record.filter((entry) => entry.outcome === 'pinned').forEach((entry) => this.#checkPinned(entry));
    this.backups.forEach((backup) => this.#checkLife(backup));
    return this.problems;
  }

  #problem(sentence, ...entries) {
    const brief = entries.map((entry) => JSON.stringify({ ...entry, answer: entry.kind === 'list' ? '…' : entry.answer }));
    this.problems.push([sentence, ...brief].join('\n    '));
  }

  #birth(facts, born) {
    const backup = new Backup(facts, born);
    this.backups.push(backup);
    this.byName.set(facts.filename, [...(this.byName.get(facts.filename) ?? []), backup]);
  }

  /** What was created is in the answer; of a safety backup the lists tell the rest. */
  #findBirths() {
    const listed = this.record.filter((entry) => entry.kind === 'list' && entry.outcome === 'ok').flatMap((entry) => entry.answer)
      .filter((facts) => facts.kind === 'pre-restore');
    const safetyBackups = new Map(listed.map((facts) => [facts.filename + facts.created, facts]));
    for (const entry of this.record.filter(({ outcome }) => outcome === 'ok')) {
      if (entry.kind === 'create') this.#birth(entry.answer, entry);
      if (entry.kind === 'restore') this.#birth(this.#safetyBackup(entry, [...safetyBackups.values()]), entry);
    }
  }

  /** The safety backup of a restore: of those listed under its name the one that was created meanwhile. */
  #safetyBackup(restore, listed) {
    const filename = restore.answer.safety_backup;
    if (!filename) this.#problem('a restore without a safety backup', restore);
    const [from, to] = [restore.start, restore.end].map((ms) => new Date(performance.timeOrigin + ms).toISOString());
    const found = listed.filter((facts) => facts.filename === filename && facts.created >= from && facts.created <= to);
    const known = found.length === 1 ? { created: found[0].created, size: found[0].size, sha256: found[0].sha256 } : {};
    return { filename, kind: 'pre-restore', label: `before restoring ${restore.name}`, pinned: false, ...known };
  }

  /** The backups of this name that the answer can be about: a name that became free may be taken again in its second. */
  #candidates({ name, end, answer }) {
    const isMeant = ({ facts, born }) => born.start < end &&
      ['created', 'sha256'].every((field) => !answer?.[field] || !facts[field] || answer[field] === facts[field]);
    return (this.byName.get(name) ?? []).filter(isMeant);
  }

  #take(entry) {
    if (entry.name === undefined || entry.name === 'live') return;
    const backups = this.#candidates(entry);
    if (backups.length === 0) this.#problem('about a backup that nobody made', entry);
    if (entry.outcome === 'not-found') backups.filter(({ born }) => born.end <= entry.start).forEach(({ absent }) => absent.push(entry));
    if (entry.outcome !== 'ok') return;
    if (entry.kind === 'remove') backups.forEach(({ deletions }) => deletions.push({ ...entry, isCertain: backups.length === 1 }));
    if (entry.kind === 'verify' && entry.answer.status !== 'ok') this.#problem('found damaged', entry);
    if (backups.length !== 1) return;
    const [backup] = backups;
    if (PRESENT.has(entry.kind)) backup.present.push(entry);
    if (entry.kind === 'update') backup.changes.push(entry);
    if (entry.kind === 'download') this.#checkFile(backup, entry);
  }

  #checkFile({ facts }, entry) {
    const { size, sha256 } = entry.answer;
    if (facts.sha256 && (facts.size !== size || facts.sha256 !== sha256)) {
      this.#problem(`not the file that was listed with ${facts.size} bytes, ${facts.sha256}`, entry);
    }
  }

  #checkUpdate(entry) {
    const wrong = entry.outcome === 'ok' && Object.keys(entry.given).find((field) => entry.answer[field] !== entry.given[field]);
    if (wrong) this.#problem(`a change that its answer does not show (${wrong})`, entry);
  }

  #checkList(list) {
    const shown = new Map();
    const sorted = [...list.answer].sort(compareNewestFirst);
    if (sorted.some((facts, i) => facts !== list.answer[i])) this.#problem('a list that is not in order', list);
    for (const facts of list.answer) {
      if (shown.has(facts.filename)) this.#problem(`${facts.filename} is listed twice`, list);
      shown.set(facts.filename, facts);
      this.#checkListed(facts, list);
    }
    for (const backup of this.backups.filter(({ born }) => born.end <= list.start)) {
      const facts = shown.get(backup.facts.filename);
      if (!facts || (backup.facts.created && facts.created !== backup.facts.created)) backup.absent.push(list);
    }
  }

  #checkListed(facts, list) {
    const candidates = this.#candidates({ name: facts.filename, end: list.end, answer: facts });
    const [backup] = candidates;
    if (!backup) {
      this.#problem(`${facts.filename} is listed and was not made`, list);
      return;
    }
    backup.present.push(list);
    const made = backup.facts;
    if (!facts.verified || facts.kind !== made.kind || (made.sha256 && (facts.size !== made.size || facts.sha256 !== made.sha256))) {
      this.#problem(`listed as ${JSON.stringify(facts)}, made as ${JSON.stringify(made)}`, list);
    }
    for (const field of ['pinned', 'label']) {
      if (candidates.length === 1 && !backup.couldBe(field, facts[field], list)) {
        this.#problem(`${facts.filename} is listed with ${field} ${facts[field]}, which cannot be`, list, ...backup.changes);
      }
    }
  }

  #checkPinned(entry) {
    const backups = this.#candidates(entry);
    if (backups.length === 1 && !backups[0].couldBe('pinned', true, entry)) {
      this.#problem('refused as pinned, and cannot have been', entry, ...backups[0].changes);
    }
  }

  #checkLife(backup) {
    const { present, absent, born } = backup;
    const deletions = backup.deletions.filter(({ isCertain }) => isCertain);
    if (deletions.length > 1) this.#problem('deleted twice', ...deletions);
    const gone = [...absent, ...deletions].sort((a, b) => a.end - b.end)[0];
    if (!gone) return;
    const last = [...present].sort((a, b) => b.start - a.start)[0] ?? born;
    if (last.start > gone.end) this.#problem('seen again after it was gone', gone, last);
    else if (!this.#canHaveDied(backup, last.start, gone)) {
      this.#problem(`${backup.facts.filename} is gone, and nobody deleted it`, born, last, gone, ...backup.changes, ...backup.deletions);
    }
  }

  /** By a deletion when it was not pinned, or by retention, in the time from FROM to the end of GONE. */
  #canHaveDied(backup, from, gone) {
    const deleted = backup.deletions.some((deletion) =>
      overlap(deletion, from, gone.end) && backup.couldBe('pinned', false, deletion));
    return deleted || (backup.couldBe('pinned', false, { start: from, end: gone.end }) && this.#canHaveBeenDisplaced(backup, from, gone));
  }

  /** Retention runs in operations that make a backup of the kind, when enough others of it are newer, or were made at
   * the same time. One that is being restored takes a place, too, whatever its age. */
  #canHaveBeenDisplaced(backup, from, gone) {
    const others = this.backups.filter((other) => other !== backup && other.facts.kind === backup.facts.kind &&
      other.born.start < gone.end && (other.born.end >= backup.born.start || compareNewestFirst(other.facts, backup.facts) < 0));
    const enough = this.keep[backup.facts.kind] - (backup.facts.kind === 'pre-restore' ? 1 : 0);
    return others.length >= enough && others.some((other) => overlap(other.born, from, gone.end));
  }
}
