#!/usr/bin/env bats
# Tables as CSV.
load helper

@test "a table is exported from a backup and from the live database, each as it is" {
    name=$(make_backup)
    live "UPDATE cues SET name = 'changed' WHERE id = 2"
    [[ $(backup-export "$name" cues) == $'id,name\r\n1,House lights down\r\n2,Walk-in\r\n3,Opener\r' ]]
    [[ $(backup-export live cues | sed -n 3p) == $'2,changed\r' ]]
}

@test "what Python's csv reads back are the very values" {
    python3 - "$DATABASE_PATH" <<'END'
import csv, io, random, sqlite3, subprocess, sys
random.seed(4)
pieces = ['', ' ', '"', ',', '\r', '\n', '\r\n', "'", 'x', "x'", '=', '+', '-', '@', '0', '1.5', 'ä', '写', '🎥', '\t', ';', 'NULL', '\x1b']
def text():
    return ''.join(random.choice(pieces) for _ in range(random.randrange(6)))
def real():
    return random.choice([0.1, 1e300, -2.5, 1 / 3, 5e-324, float('inf'), random.uniform(-1e9, 1e9), random.random() * 10 ** random.randrange(-300, 300)])
def value():
    return random.choice([lambda: None, text, text, real, lambda: random.randrange(-2**63, 2**63), lambda: random.randbytes(random.randrange(5))])()
names = ['id', 'comma,name', 'quote"name', ' space', 'line\nbreak', '', '2nd', 'rowid']
db = sqlite3.connect(sys.argv[1])
quoted = ['"%s"' % name.replace('"', '""') for name in names]
db.execute('CREATE TABLE "nasty" (%s)' % ', '.join(quoted))
rows = [[value() for _ in names] for _ in range(500)]
db.executemany('INSERT INTO nasty VALUES (%s)' % ', '.join('?' * len(names)), rows)
db.commit()
out = subprocess.run(['backup-export', 'live', 'nasty'], capture_output=True, check=True).stdout.decode()
read = list(csv.reader(io.StringIO(out, newline='')))
assert read[0] == names, read[0]
assert len(read) == len(rows) + 1
def fields(line):
    """What csv.reader does not tell: whether a field stood in quotes."""
    field, quotes, result = '', False, []
    for at in line:
        if at == '"':
            quotes = not quotes
        if at == ',' and not quotes:
            result.append(field)
            field = ''
        else:
            field += at
    return result + [field]
def same(bare, read, value):
    is_quoted = bare.startswith('"')
    if value is None:
        return bare == ''
    if isinstance(value, str):
        return read == value and (is_quoted or bare[:1] not in '0123456789+-.' and not bare.startswith("x'"))
    if is_quoted:
        return False
    if isinstance(value, bytes):
        return read == "x'" + value.hex() + "'"
    if isinstance(value, int):
        return read == str(value)
    return not read.lstrip('-').isdigit() and float(read) == value
# The rows again, apart: lines that end outside of quotes.
lines, line, inside = [], '', False
for part in out.split('\r\n')[:-1]:
    line += part
    inside ^= part.count('"') % 2 == 1
    if inside:
        line += '\r\n'
    else:
        lines.append(line)
        line = ''
for number, row in enumerate(rows):
    bare = fields(lines[number + 1])
    assert len(bare) == len(row), lines[number + 1]
    for k, expected in enumerate(row):
        assert same(bare[k], read[number + 1][k], expected), (bare[k], read[number + 1][k], expected)
END
}

@test "malformed text becomes question marks, and what is left is UTF-8" {
    live "CREATE TABLE broken (a, b); INSERT INTO broken VALUES (CAST(x'61ff62' AS TEXT), CAST(x'610062' AS TEXT))"
    [[ $(backup-export live broken) == $'a,b\r\na?b,a?b\r' ]]
}

@test "a database in UTF-16 is exported in UTF-8" {
    sqlite3 "$folder/wide.db" "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (ä); INSERT INTO t VALUES ('写 🎥')"
    [[ $(backup-export --database wide live t) == $'ä\r\n写 🎥\r' ]]
}

@test "rows come in the order of their key, whatever indexes there are" {
    live "CREATE TABLE keyed (name TEXT PRIMARY KEY, n) WITHOUT ROWID; INSERT INTO keyed VALUES ('b', 1), ('c', 3), ('a', 2);
          CREATE INDEX by_n ON keyed (n, name); CREATE INDEX by_name ON cues (name DESC, id)"
    [[ $(backup-export live keyed) == $'name,n\r\na,2\r\nb,1\r\nc,3\r' ]]
    [[ $(backup-export live cues | head -n 2 | tail -n 1) == $'1,House lights down\r' ]]
}

@test "what would be computed is left out, what is stored is not" {
    live "CREATE TABLE made (a, v AS (hex(zeroblob(400000000))), s AS (a + 1) STORED); INSERT INTO made (a) VALUES (1)" || true
    live "CREATE TABLE computed (a, v AS (a * 2), s AS (a + 1) STORED); INSERT INTO computed (a) VALUES (1)"
    [[ $(backup-export live computed) == $'a,s\r\n1,2\r' ]]
    [[ $(backup-export live made | head -n 1) == $'a,s\r' ]]
}

@test "an empty table is its names; a table may have any name" {
    live 'CREATE TABLE "" (x); CREATE TABLE "a/b ""c""" (y)'
    [[ $(backup-export live '') == $'x\r' ]]
    [[ $(backup-export live 'a/b "c"') == $'y\r' ]]
}

@test "what is no table is not found" {
    live 'CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE _litestream_lock (id)
        ; CREATE VIRTUAL TABLE words USING fts5(text)'
    refused 66 'is a view' backup-export live openers
    refused 66 'is a virtual table' backup-export live words
    for table in words_data sqlite_schema sqlite_sequence sqlite_master _litestream_lock nothing CUES; do
        refused 66 'There is no table' backup-export live "$table"
    done
    refused 66 'There is no' backup-export 2025-01-06_14-30-00.db cues
    refused 64 'table is missing' backup-export live
}

@test "an export that breaks off says so" {
    mkdir -p "$backups"
    sqlite3 "$backups/damaged.db" "CREATE TABLE rows (id INTEGER PRIMARY KEY, text); WITH RECURSIVE n(i) AS
        (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO rows SELECT i, hex(randomblob(100)) FROM n"
    pages=$(($(stat --format %s "$backups/damaged.db") / 4096))
    dd if=/dev/zero of="$backups/damaged.db" bs=4096 seek=$((pages - 9)) count=1 conv=notrunc status=none
    status=0
    backup-export damaged.db rows >"$folder/part" 2>"$folder/complaint" || status=$?
    [[ $status -eq 65 && $(cat "$folder/complaint") == *'Cannot read the table to its end: '*. ]]
    [[ $(wc -l <"$folder/part") -gt 1000 && $(tail -c 2 "$folder/part") == $'\r' ]]
}

@test "a full disk is an error, a reader that leaves early is none" {
    refused 74 'Cannot write' bash -c 'backup-export live cues >/dev/full'
    live "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO cues SELECT i, 'cue' FROM n"
    set -o pipefail
    backup-export live cues 2>"$folder/complaint" | head -n 1
    [[ ! -s $folder/complaint ]]
}

@test "on a terminal nothing plays with it" {
    live "UPDATE cues SET name = 'a' || char(27, 10, 155) || 'b' WHERE id = 1"
    script --quiet --command 'backup-export live cues' /dev/null </dev/null >"$folder/screen"
    grep --quiet '1,"a   b"' "$folder/screen"
}
