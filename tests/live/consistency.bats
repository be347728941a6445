#!/usr/bin/env bats
# A backup is one committed state, whole, with every transaction that was committed before it was
# asked for.

load support

setup() {
    prepare
    export BACKUP_KEEP=5
}

teardown() {
    clean_up
}

start_three_writers_and_a_checkpointer() {
    local writer
    "$TOOLS/ledger_create" "$live" 1 500 2048 "$1"
    for writer in 1 2 3; do
        start ledger_write "$live" "$writer" "$home/writer-$writer"
    done
    start checkpointer "$live" "$home/checkpointer" 30
    for writer in 1 2 3; do
        await counter_is_over commits "$home/writer-$writer" 10
    done
}

commits_of_all_writers() {
    local writer total=0
    for writer in 1 2 3; do
        total=$((total + $(counter commits "$home/writer-$writer")))
    done
    echo "$total"
}

# Takes COUNT backups. Each is checked against what the writers had committed just before it, and
# in all but a few of them somebody must have committed while it was taken.
take_snapshots() {
    local count=$1 i name before beside_writers=0
    for ((i = 1; i <= count; i++)); do
        cp "$home/writer-1" "$home/before-1"
        cp "$home/writer-2" "$home/before-2"
        cp "$home/writer-3" "$home/before-3"
        before=$(commits_of_all_writers)
        name=$(create) || fail "backup $i of $count was not taken"
        [ "$(commits_of_all_writers)" -eq "$before" ] || beside_writers=$((beside_writers + 1))
        "$TOOLS/ledger_check" "$BACKUP_DIR/$name" "$home"/before-{1,2,3} >/dev/null ||
            fail "backup $i of $count is not whole"
    done
    [ "$beside_writers" -ge $((count * 9 / 10)) ] ||
        fail "only $beside_writers of $count backups were taken while somebody wrote"
    note "$count backups beside $(commits_of_all_writers) commits"
}

@test "500 backups of a WAL database beside three writers and a checkpointer are whole" {
    start_three_writers_and_a_checkpointer wal
    take_snapshots 500
    counter_is_over commits "$home/checkpointer" 100
    stop
}

@test "100 backups of a rollback-journal database beside three writers are whole" {
    start_three_writers_and_a_checkpointer delete
    take_snapshots 100
    stop
}

@test "the same check finds what is wrong with plain copies of the live files" {
    start_three_writers_and_a_checkpointer wal
    PROGRAMS=$home/programs
    mkdir "$PROGRAMS"
    cat >"$PROGRAMS/backup-create" <<'SCRIPT'
#!/bin/sh
cp "$DATABASE_PATH" "$BACKUP_DIR/copy.db"
cp "$DATABASE_PATH-wal" "$BACKUP_DIR/copy.db-wal" &&
    sqlite3 "$BACKUP_DIR/copy.db" "PRAGMA journal_mode = DELETE" >/dev/null
echo '{"filename":"copy.db"}'
SCRIPT
    chmod +x "$PROGRAMS/backup-create"
    run take_snapshots 500
    [ "$status" -ne 0 ]
    [[ $output == *"is not whole"* ]]
    stop
}

@test "a transaction of 100 MB that nobody has checkpointed is in the backup, whole" {
    "$TOOLS/ledger_create" "$live" 1 500 1024 wal
    mkfifo "$home/sql"
    sqlite3 "$live" <"$home/sql" 3>&- &
    started+=($!)
    exec 4>"$home/sql"
    cat >&4 <<SQL
PRAGMA wal_autocheckpoint = 0;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)
    INSERT INTO filler(generation, data) SELECT 1, randomblob(1000) FROM n;
UPDATE ledger SET fillers = fillers + 100000;
COMMIT;
.system touch '$home/committed'
SQL
    await test -e "$home/committed"
    [ "$(stat -c %s "$live-wal")" -gt 100000000 ]
    sha256sum "$live" "$live-wal" >"$home/before"

    name=$(create)

    "$TOOLS/ledger_check" "$BACKUP_DIR/$name"
    [ "$(content "$BACKUP_DIR/$name")" = "$(content "$live")" ]
    sha256sum --check --quiet "$home/before"
    exec 4>&-
}

@test "after a writer was killed, a backup has what it had committed and nothing half done" {
    local mode i counters
    for mode in wal delete; do
        rm -f "$live"*
        "$TOOLS/ledger_create" "$live" 1 500 1024 "$mode"
        for i in {1..15}; do
            counters=$home/writer-$mode-$i
            start ledger_write "$live" 1 "$counters"
            await counter_is_over commits "$counters" $((RANDOM % 100))
            kill -KILL "${started[0]}"
            wait "${started[0]}" || true
            started=()
            "$TOOLS/ledger_check" "$BACKUP_DIR/$(create)" "$counters"
        done
    done
}
