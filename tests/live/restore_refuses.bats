#!/usr/bin/env bats
# What must not be restored is not restored, and then the live database is as it was, byte for byte.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 300 2000 wal
    good=$(create)
    # The live database goes on, so that it is not the backup any more.
    start ledger_write "$live" 1 "$home/writer"
    await counter_is_over commits "$home/writer" 50
    stop
}

teardown() {
    clean_up
}

restore() {
    program backup-restore "$@" --yes
}

describe_live() {
    content "$live"
    sha256sum "$live"*
    stat -c '%i %n' "$live"
    list | jq -S .
}

# refuses STATUS FILENAME [OPTION...]
refuses() {
    local expected=$1
    shift
    describe_live >"$home/before"
    run restore "$@"
    echo "$output"
    [ "$status" -eq "$expected" ]
    [ -n "$output" ]
    describe_live >"$home/after"
    diff "$home/before" "$home/after"
    assert_no_litter
}

# A copy of the good backup under a name that somebody chose, without a manifest.
put_by_hand() {
    cp "$BACKUP_DIR/$good" "$BACKUP_DIR/$1"
}

# overwrite_with_ff FILE OFFSET COUNT
overwrite_with_ff() {
    head -c "$3" /dev/zero | tr '\0' '\377' |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a file of 0 bytes is refused" {
    : >"$BACKUP_DIR/empty.db"
    refuses 65 empty.db
}

@test "a file cut off in the middle is refused" {
    head -c 1000000 "$BACKUP_DIR/$good" >"$BACKUP_DIR/cut.db"
    refuses 65 cut.db
}

@test "a file that lacks its last page is refused" {
    put_by_hand cut.db
    truncate -s -4096 "$BACKUP_DIR/cut.db"
    refuses 65 cut.db
}

@test "a file cut off within the header is refused" {
    head -c 60 "$BACKUP_DIR/$good" >"$BACKUP_DIR/cut.db"
    refuses 65 cut.db
}

@test "a file that is no database is refused" {
    head -c 500000 /dev/urandom >"$BACKUP_DIR/noise.db"
    refuses 65 noise.db
}

@test "a database with overwritten pages is refused" {
    put_by_hand damaged.db
    overwrite_with_ff "$BACKUP_DIR/damaged.db" $((4096 * 40)) $((4096 * 4))
    refuses 65 damaged.db
}

# Only integrity_check finds this: each page is in order, but the index does not know the new entry.
@test "a database whose index lacks an entry is refused" {
    put_by_hand damaged.db
    sqlite3 "$BACKUP_DIR/damaged.db" "CREATE TABLE hidden AS SELECT * FROM sqlite_schema
            WHERE name = 'entry_debit';
        PRAGMA writable_schema = ON;
        DELETE FROM sqlite_schema WHERE name = 'entry_debit';"
    sqlite3 "$BACKUP_DIR/damaged.db" "INSERT INTO entry VALUES(7, 1, 1, 1, 1, 1, 'x');
        PRAGMA writable_schema = ON;
        INSERT INTO sqlite_schema SELECT * FROM hidden;"
    sqlite3 "$BACKUP_DIR/damaged.db" "DROP TABLE hidden"
    [ "$(sqlite3 "$BACKUP_DIR/damaged.db" "PRAGMA quick_check")" = ok ]
    [ "$(sqlite3 "$BACKUP_DIR/damaged.db" "PRAGMA integrity_check")" != ok ]
    refuses 65 damaged.db
}

@test "a backup whose bytes have changed since it was made is refused" {
    cp "$BACKUP_DIR/$good" "$home/changed.db"
    sqlite3 "$home/changed.db" "UPDATE account SET balance = balance + 1 WHERE id = 7"
    cat "$home/changed.db" >"$BACKUP_DIR/$good"
    [ "$(sqlite3 "$BACKUP_DIR/$good" "PRAGMA integrity_check")" = ok ]
    refuses 65 "$good"
}

@test "a backup that is not there is refused" {
    refuses 66 2001-01-01_00-00-00.db
}

@test "a backup with other tables is refused, and restored by force" {
    sqlite3 "$BACKUP_DIR/other.db" "CREATE TABLE something_else(id INTEGER PRIMARY KEY);
        INSERT INTO something_else VALUES (1), (2);"
    refuses 65 other.db

    restore other.db --force
    [ "$(content "$live")" = "$(content "$BACKUP_DIR/other.db")" ]
    is_in_wal_mode "$live"
}

# Every connection that is open would fail from then on: SQLite fixes its encoding when it opens.
@test "a backup with another text encoding is refused" {
    {
        echo "PRAGMA encoding = 'UTF-16le';"
        sqlite3 "$BACKUP_DIR/$good" .dump
    } | sqlite3 "$BACKUP_DIR/utf16.db"
    [ "$(sqlite3 "$BACKUP_DIR/utf16.db" "PRAGMA encoding")" = UTF-16le ]
    refuses 65 utf16.db
}

@test "a backup with another page size is restored into the page size of the live database" {
    local page_size
    for page_size in 512 1024 65536; do
        "$TOOLS/ledger_create" "$BACKUP_DIR/pages.db" 5 200 2000 delete "$page_size"
        restore pages.db
        [ "$(content "$live")" = "$(content "$BACKUP_DIR/pages.db")" ]
        [ "$(sqlite3 "$live" "PRAGMA page_size; PRAGMA integrity_check" | tr '\n' ' ')" = "4096 ok " ]
        is_in_wal_mode "$live"
        rm "$BACKUP_DIR/pages.db"
    done
    assert_no_litter
}

@test "a backup in WAL mode that somebody put there is restored, and stays one file" {
    "$TOOLS/ledger_create" "$home/wal.db" 5 200 100 wal
    cp "$home/wal.db" "$BACKUP_DIR/wal.db"
    restore wal.db
    [ "$(content "$live")" = "$(content "$home/wal.db")" ]
    cmp "$home/wal.db" "$BACKUP_DIR/wal.db"
    [ ! -e "$BACKUP_DIR/wal.db-wal" ] && [ ! -e "$BACKUP_DIR/wal.db-shm" ]
}

@test "a live database in rollback-journal mode is restored and stays in it" {
    local before answer
    sqlite3 "$live" "PRAGMA journal_mode = DELETE"
    before=$(content "$live")
    answer=$(restore "$good")
    [ "$(content "$live")" = "$(content "$BACKUP_DIR/$good")" ]
    is_in_rollback_mode "$live"
    [ "$(content "$BACKUP_DIR/$(jq -er .safety_backup <<<"$answer")")" = "$before" ]
}

# The safety backup may have been taken by then: it is whole, and it changes nothing.
stays_as_it_was_while_locked() {
    local before started_at
    export BUSY_TIMEOUT=1
    before=$(content "$live")
    hold_lock "$1"
    started_at=$SECONDS
    run restore "$good"
    echo "$output"
    [ "$status" -eq 75 ]
    [ $((SECONDS - started_at)) -le 10 ]
    stop
    [ "$(content "$live")" = "$before" ]
    [ ! -s "$live-journal" ]
    assert_no_litter

    restore "$good"
    [ "$(content "$live")" = "$(content "$BACKUP_DIR/$good")" ]
}

@test "a writer that holds its lock for longer than BUSY_TIMEOUT: exit status 75, nothing changed" {
    stays_as_it_was_while_locked write
}

@test "so does a writer in rollback-journal mode" {
    sqlite3 "$live" "PRAGMA journal_mode = DELETE"
    stays_as_it_was_while_locked write
}

@test "so does a reader in rollback-journal mode" {
    sqlite3 "$live" "PRAGMA journal_mode = DELETE"
    stays_as_it_was_while_locked read
}
