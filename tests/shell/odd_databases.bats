#!/usr/bin/env bats
# Databases that are not as one expects: newer or damaged schemas, broken constraints, collations that
# only the app knows, and files made to keep a program busy for ever.
load helper

# Changes the text of a schema entry, as an app does that has a newer SQLite than this one.
edit_schema() { # SQL
    sqlite3 -cmd '.dbconfig defensive off' "$DATABASE_PATH" "PRAGMA writable_schema = ON; $1"
}

# A view that SQLite 3.40 cannot parse, written by an app that is still connected.
break_schema() {
    edit_schema "UPDATE sqlite_schema SET sql = 'CREATE VIEW openers AS SELECT group_concat(name ORDER BY id) FROM cues'
                 WHERE name = 'openers'"
}

@test "a schema that only a newer SQLite can parse: the file stays, and a copy of it is kept" {
    name=$(make_backup)
    break_schema
    inode=$(stat --format %i "$DATABASE_PATH")
    backup-restore "$name" --yes >"$folder/answer"
    [ "$(stat --format %i "$DATABASE_PATH")" = "$inode" ]
    [ "$(live 'SELECT count(*) FROM openers')" -eq 1 ]
    kept=$(jq --raw-output .kept_aside "$folder/answer")
    grep --text --quiet 'group_concat(name ORDER BY id)' "$folder/$kept"*
    jq --exit-status .reopen_required "$folder/answer"
}

@test "rows that break a constraint do not keep a database from being backed up" {
    live "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO notes SELECT i, NULL FROM n"
    edit_schema "UPDATE sqlite_schema SET sql = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)' WHERE name = 'notes'"
    [[ $(live 'PRAGMA quick_check(1)') == *'NULL value in'* ]]
    name=$(make_backup)
    backup-verify "$name" | jq --exit-status '.status == "ok"'
    backup-restore "$name" --yes | jq --exit-status '.safety_backup != null'
}

@test "a collation that only the app has does not keep a database from being backed up" {
    live 'CREATE INDEX cue_names ON cues (name COLLATE nocase)'
    edit_schema "UPDATE sqlite_schema SET sql = replace(sql, 'nocase', 'german_phonebook') WHERE name = 'cue_names'"
    [[ $(live 'PRAGMA quick_check' 2>&1 || true) == *'no such collation'* ]]
    name=$(make_backup)
    backup-verify "$name" | jq --exit-status '.status == "ok"'
    backup-tables "$name" | jq --exit-status '.[0].rows == 3'
    backup-restore "$name" --yes
}

@test "a live database without any table takes a backup without force, and has nothing to save" {
    name=$(make_backup)
    rm "$DATABASE_PATH"*
    : >"$DATABASE_PATH"
    backup-restore "$name" --yes | jq --exit-status '.safety_backup == null'
    [ "$(live 'SELECT count(*) FROM cues')" -eq 3 ]
}

@test "an emptied file with its WAL beside it: the WAL is kept" {
    name=$(make_backup)
    sqlite3 -cmd '.dbconfig no_ckpt_on_close on' "$DATABASE_PATH" "INSERT INTO cues (name) VALUES ('Encore')"
    [ -s "$DATABASE_PATH-wal" ]
    : >"$DATABASE_PATH"
    refused 65 'WAL beside it' backup-create
    backup-restore "$name" --yes >"$folder/answer"
    kept=$(jq --raw-output .kept_aside "$folder/answer")
    grep --text --quiet Encore "$folder/$kept-wal"
    [ "$(live 'SELECT count(*) FROM cues')" -eq 3 ]
}

# Interior pages whose 400 cells all lead to the next one: 400 * 400 * 400 * 400 ways to one leaf.
make_maze() { # FILE
    sqlite3 "$1" 'PRAGMA page_size = 4096; CREATE TABLE maze (a); INSERT INTO maze VALUES (1)'
    perl - "$1" <<'END'
open my $file, '+<:raw', $ARGV[0] or die;
sub put { my ($at, $bytes) = @_; seek $file, $at, 0; print $file $bytes; }
seek $file, 4096, 0; read $file, my $leaf, 4096;
for my $page (2 .. 5) {
    my $cells = join '', map { pack 'NC', $page + 1, 1 } 1 .. 400;
    my $start = 4096 - length $cells;
    my $pointers = join '', map { pack 'n', $start + 5 * $_ } 0 .. 399;
    put 4096 * ($page - 1), pack('CnnnCN', 5, 0, 400, $start, 0, $page + 1) . $pointers;
    put 4096 * ($page - 1) + $start, $cells;
}
put 4096 * 5, $leaf;
put 28, pack 'N', 6;
END
}

@test "a file made as a maze keeps no program busy for ever" {
    mkdir "$backups"
    make_maze "$backups/maze.db"
    timeout 20 backup-verify maze.db >"$folder/answer" || [ $? -eq 65 ]
    jq --exit-status '.status == "damaged"' "$folder/answer"
    refused 65 'damaged' timeout 20 backup-restore maze.db --yes
    timeout 20 backup-tables maze.db | jq --exit-status '.[0].rows == null'
}

@test "names with control characters come out harmless" {
    live "CREATE TABLE \"x$(printf '\033]0;title\a')y\" (a)"
    run script --quiet --return --command 'backup-tables live' /dev/null
    [[ $output != *$'\033]0;'* && $output == *'x ]0;title y'* ]]
}

# A transaction that the app did not live to finish, in rollback mode: its journal lies beside the file.
leave_unfinished() {
    /usr/bin/python3 - "$DATABASE_PATH" <<'END'
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = DELETE")
db.execute("DROP TABLE IF EXISTS big")
db.execute("CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT randomblob(1000) AS data FROM n")
db.execute("PRAGMA cache_size = 5")
db.execute("BEGIN")
db.execute("UPDATE big SET data = 'x'")
os._exit(1)
END
}

@test "a transaction that an app left unfinished is rolled back by a backup, not by who only looks" {
    name=$(make_backup)
    ! leave_unfinished
    [ -s "$DATABASE_PATH-journal" ]
    sha256sum "$DATABASE_PATH" "$DATABASE_PATH-journal" >"$folder/before"
    refused 75 'Start the app' backup-tables live
    health --json | jq --exit-status '.checks.database.status == "degraded" and (.checks.database.detail | contains("Start the app"))'
    sha256sum --check --quiet "$folder/before"
    whole="SELECT count(*) FROM big WHERE data <> 'x'"
    [ "$(sqlite3 "$backups/$(make_backup)" "$whole")" -eq 300 ]
    [ "$(live "$whole")" -eq 300 ]
    ! leave_unfinished
    safety=$(backup-restore "$name" --yes --force --json | jq --raw-output .safety_backup)
    [ "$(sqlite3 "$backups/$safety" "$whole")" -eq 300 ]
}

@test "what looks at a live database needs nobody to have it open, and leaves nothing beside it" {
    [ ! -e "$DATABASE_PATH-shm" ]
    backup-tables live | jq --exit-status '.[0].rows == 3'
    health --json | jq --exit-status '.checks.database.status == "ok"'
    [ "$(ls "$folder")" = camera_assignments.db ]
    # A program that ended without closing it: what it wrote is only in the WAL.
    ! sqlite3 "$DATABASE_PATH" "INSERT INTO cues (name) VALUES ('late')" '.shell kill -9 $PPID' 2>"$folder/killed"
    [ -s "$DATABASE_PATH-wal" ]
    backup-tables live | jq --exit-status '.[0].rows == 4'
    rm "$DATABASE_PATH-shm"
    refused 75 'the app opens it' backup-tables live
}

@test "a live database of 0 bytes is not backed up" {
    rm "$DATABASE_PATH"
    : >"$DATABASE_PATH"
    refused 65 'there is nothing to back up' backup-create
    [ -z "$(ls "$backups"/*.db 2>/dev/null)" ]
}

@test "while another restore of the database runs, one is refused: exit status 75" {
    local name before
    name=$(make_backup)
    before=$(live 'SELECT count(*) FROM cues')
    exec 5>>"$backups/.restore.lock"
    flock 5
    refused 75 'Another restore of this database is running' backup-restore "$name" --yes
    exec 5>&-
    [ "$(live 'SELECT count(*) FROM cues')" = "$before" ]
    backup-restore "$name" --yes
}
