#!/usr/bin/env bats
# What differs between two databases.
load helper

# Puts the database that SQL makes among the backups.
put() { # NAME SQL
    mkdir -p "$backups"
    rm -f "$backups/$1"
    sqlite3 "$backups/$1" "$2"
}

# Expects something of the comparison of one.db with two.db, and that the other way round it is its mirror image.
expect() { # JQ FILTER
    backup-compare one.db two.db >"$folder/there"
    backup-compare two.db one.db >"$folder/back"
    jq --exit-status "$1" "$folder/there" || { jq --compact-output . "$folder/there"; return 1; }
    mirrored "$folder/back" | cmp - <(sorted "$folder/there")
    for one in one.db two.db; do
        backup-compare $one $one | jq --exit-status '.identical and .schema == [] and .tables == []'
    done
}

sorted() { # FILE
    jq --sort-keys '.tables[].samples |= (map(if .change == "changed" then .key = null else . end) | sort_by(.change, .key, .from, .to))' "$1"
}

mirrored() { # FILE
    jq --sort-keys 'def turned: {added: "removed", removed: "added", changed: "changed"}[.];
        {from: .to, to: .from, identical, schema: [.schema[] | {name, change: (.change | turned), from: .to, to: .from}],
         tables: [.tables[] | {name, added: .removed, removed: .added, changed,
                               samples: ([.samples[] | {change: (.change | turned), key: (if .change == "changed" then null else .key end), from: .to, to: .from}]
                                         | sort_by(.change, .key, .from, .to))}]}' "$1"
}

@test "a backup is what the live database was" {
    name=$(make_backup)
    backup-compare "$name" | jq --exit-status ". == {from: \"$name\", to: \"live\", identical: true, schema: [], tables: []}"
    live "INSERT INTO cues VALUES (9, 'Encore')"
    backup-compare "$name" live | jq --exit-status '.identical == false and .tables == [{name: "cues", added: 1, removed: 0,
        changed: 0, samples: [{change: "added", key: {id: 9}, from: null, to: {id: 9, name: "Encore"}}]}]'
}

@test "a script of changes gives exactly its counts" {
    rows='WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO'
    tables="CREATE TABLE a (id INTEGER PRIMARY KEY, v); $rows a SELECT i, i FROM n;
            CREATE TABLE b (k TEXT PRIMARY KEY, v); $rows b SELECT 'k' || i, i FROM n;
            CREATE TABLE c (k, l, v, PRIMARY KEY (l, k)) WITHOUT ROWID; $rows c SELECT i % 10, i, i FROM n;
            CREATE TABLE d (v); $rows d SELECT i FROM n"
    put one.db "$tables"
    for table in a b c d; do
        changes+="UPDATE $table SET v = -v WHERE v % 100 = 7; DELETE FROM $table WHERE v % 50 = 8; "
    done
    put two.db "$tables; $changes
        INSERT INTO a VALUES (5000, 1); INSERT INTO b VALUES ('new', 1); INSERT INTO c VALUES (0, 5000, 1); INSERT INTO d VALUES (5)"
    expect '[.tables[] | [.name, .added, .removed, .changed]] == (["a", "b", "c", "d"] | map([., 1, 20, 10]))'
    expect '.schema == [] and all(.tables[]; [.samples[].change] | group_by(.) | map(length) == [1, 3, 3])'
}

@test "values are compared with their types" {
    put one.db "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, '1'), (3, x'31'), (4, NULL), (5, ''),
        (6, 9223372036854775807), (7, 0.1), (8, 'a'), (9, CAST(x'6100' AS TEXT)), (10, 1e999)"
    put two.db "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1.0), (2, 1), (3, '1'), (4, ''), (5, x''),
        (6, 9223372036854775806), (7, 0.1), (8, 'A'), (9, CAST(x'610000' AS TEXT)), (10, 1e999)"
    expect '.tables[0].changed == 8'
    put one.db 'CREATE TABLE t (v); INSERT INTO t VALUES (9223372036854775807), (0.1)'
    put two.db 'CREATE TABLE t (v)'
    backup-compare one.db two.db >"$folder/answer"
    grep --quiet 9223372036854775807 "$folder/answer"
}

@test "rows belong together by the key, not by where they lie" {
    put one.db "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('a', 1), ('b', 2)"
    put two.db "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('b', 2), ('a', 1)"
    expect .identical
}

@test "the key is compared as it is declared" {
    put one.db "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v); INSERT INTO t VALUES ('Anna', 1)"
    put two.db "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v); INSERT INTO t VALUES ('ANNA', 1)"
    expect '.tables[0] | .changed == 1 and .added == 0'
    put one.db "CREATE TABLE t (k TEXT, v, PRIMARY KEY (k COLLATE NOCASE DESC)) WITHOUT ROWID; INSERT INTO t VALUES ('Anna', 1), ('b', 2)"
    put two.db "CREATE TABLE t (k TEXT, v, PRIMARY KEY (k COLLATE NOCASE DESC)) WITHOUT ROWID; INSERT INTO t VALUES ('ANNA', 1), ('c', 2)"
    expect '.tables[0] | .changed == 1 and .added == 1 and .removed == 1'
}

@test "NULLs in a key tell nothing: no such row is lost" {
    put one.db "CREATE TABLE t (k TEXT, l, PRIMARY KEY (k, l)); INSERT INTO t VALUES (NULL, 1), (NULL, 1), (NULL, 2), ('a', NULL)"
    put two.db "CREATE TABLE t (k TEXT, l, PRIMARY KEY (k, l)); INSERT INTO t VALUES (NULL, 1), (NULL, 2)"
    expect '.tables[0] | .removed == 3 and .added == 1 and .changed == 0'
}

@test "another key: the rowid is one; without it, all old rows are gone and all new ones there" {
    put one.db "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('a', 1), ('b', 2)"
    put two.db "CREATE TABLE t (k TEXT, v INTEGER, PRIMARY KEY (k, v)); INSERT INTO t VALUES ('a', 1), ('c', 2)"
    expect '(.schema[0].change == "changed") and (.tables[0] | .changed == 1 and .samples[0].key == {rowid: 2})'
    put two.db "CREATE TABLE t (k TEXT, v, PRIMARY KEY (k, v)) WITHOUT ROWID; INSERT INTO t VALUES ('a', 1), ('c', 2)"
    expect '.tables[0] | .changed == 0 and .removed == 2 and .added == 2'
}

@test "columns with the names of the rowid do not stand in its way" {
    put one.db "CREATE TABLE t (rowid, oid); INSERT INTO t VALUES (5, 5), (5, 5)"
    put two.db "CREATE TABLE t (rowid, oid); INSERT INTO t VALUES (5, 5), (6, 5)"
    expect '.tables[0] | .changed == 1 and .samples[0].key == {rowid: 2}'
    put one.db "CREATE TABLE t (rowid, oid, _rowid_); INSERT INTO t VALUES (5, 5, 5)"
    put two.db "CREATE TABLE t (rowid, oid, _rowid_); INSERT INTO t VALUES (6, 5, 5)"
    backup-compare one.db two.db | jq --exit-status '.tables[0] | .added == 1 and .removed == 1'
}

@test "a column more is a difference of the schema, not of each row" {
    put one.db "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 2)"
    put two.db "CREATE TABLE t (id INTEGER PRIMARY KEY, w DEFAULT 5, v); INSERT INTO t (id, v) VALUES (1, 1), (2, 3)"
    expect '(.schema | length == 1) and (.tables[0] | .changed == 1 and .samples[0].to == {id: 2, v: 3, w: 5})'
}

@test "tables, indexes, views and triggers that were added, removed and changed" {
    put one.db "CREATE TABLE gone (a); INSERT INTO gone VALUES (1); CREATE TABLE t (a); CREATE INDEX i ON t (a);
        CREATE VIEW v AS SELECT 1; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TABLE _litestream_seq (id)"
    put two.db "CREATE TABLE t (a); CREATE INDEX i ON t (a DESC); CREATE VIEW w AS SELECT 1; CREATE TABLE new (a PRIMARY KEY);
        INSERT INTO new VALUES (7); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END"
    expect '[.schema[] | [.name, .change]] | sort ==
        [["gone", "removed"], ["i", "changed"], ["new", "added"], ["v", "removed"], ["w", "added"]]'
    expect '.schema[] | select(.name == "i") | .from == "CREATE INDEX i ON t (a)" and .to == "CREATE INDEX i ON t (a DESC)"'
    expect '[.tables[] | [.name, .added, .removed]] == [["gone", 0, 1], ["new", 1, 0]]'
    expect '.tables[] | select(.name == "new") | .samples[0] == {change: "added", key: {a: 7}, from: null, to: {a: 7}}'
}

@test "what is long is cut off, what cannot be shown is made so" {
    put one.db "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, printf('%.*c', 100000, 'x'))"
    put two.db "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, randomblob(100000)), (2, CAST(x'61ff0a00' AS TEXT) || 'b'),
        (3, replace(printf('%.*c', 300, 'x'), 'x', '写'))"
    expect '.tables[0].samples | (.[0].from.v | endswith("…") and length == 201) and (.[0].to.v | test("^x.[0-9a-f]{128}….$"))'
    expect '.tables[0].samples | .[1].to.v == "a?  b" and (.[2].to.v | test("^写+…$"))'
    put two.db "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE VIEW long AS SELECT '$(printf 'x%.0s' {1..9000})'"
    expect '.schema[0].to | length < 4100 and endswith("…")'
}

@test "collations that only the app has, and another encoding, do not make a difference" {
    for name in one two; do
        put $name.db "PRAGMA encoding = 'UTF-$([ $name = one ] && echo 8 || echo 16)';
            CREATE TABLE t (k TEXT COLLATE nocase PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE u (k TEXT COLLATE nocase PRIMARY KEY, v);
            INSERT INTO t VALUES ('a', 'ä'), ('c', 1), ('B', 2), ('D', 3), ('e', 4), ('f', 5); INSERT INTO u SELECT * FROM t"
        sqlite3 -cmd '.dbconfig defensive off' "$backups/$name.db" "PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, 'nocase', 'german_phonebook')"
    done
    expect .identical
}

@test "virtual tables are compared by their SQL, and nothing is asked of them" {
    put one.db "CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('one')"
    put two.db "CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('two')"
    expect '.identical'
}

@test "a person reads a sentence or a table" {
    name=$(make_backup)
    script --quiet --command "backup-compare $name" /dev/null </dev/null | grep --quiet "^$name and live are identical\\."
    live 'DELETE FROM cues WHERE id < 3; DROP VIEW openers'
    script --quiet --command "backup-compare $name" /dev/null </dev/null | tr -d '\r' >"$folder/screen"
    grep --quiet --extended-regexp '^cues +0 +2 +0$' "$folder/screen"
    grep --quiet --extended-regexp '^openers +removed$' "$folder/screen"
}

@test "a wrong name, and a file that is no database" {
    name=$(make_backup)
    echo 'no database' >"$backups/none.db"
    refused 66 'There is no' backup-compare nothing.db
    refused 66 'There is no' backup-compare "$name" nothing.db
    refused 64 '' backup-compare live
    refused 65 '' backup-compare none.db "$name"
    refused 65 '' backup-compare "$name" none.db
    refused 64 'too many' backup-compare "$name" live live
}
