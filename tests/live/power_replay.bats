#!/usr/bin/env bats
# Power loss, by the rules alone: a program's changes are recorded, and every state is made and
# checked that a disk may have if it keeps nothing but what was synced, or any part of the rest.
# POWER_RANDOM=20 tries more parts for each moment, POWER_SEED=2 others.

load support
load power

setup() {
    prepare_tree
    create --label first --pinned
}

teardown() {
    clean_up
}

# record SETTING... -- PROGRAM ARGUMENT...
record() {
    watched POWER_ROOT="$tree" POWER_LOG="$home/log" "$@"
}

replay() { # WHAT
    node "$BATS_TEST_DIRNAME/power_replay.mjs" "$home/log" "$home/state" bash -c '
        set -euo pipefail
        BATS_TEST_DIRNAME=$1 started=()
        source "$1/support.bash"
        source "$1/power.bash"
        # Nobody cuts the power here: what is checked need not wait for the disk.
        program() {
            POWER_NO_SYNC=1 LD_PRELOAD=$repository/build/tests/preload/power.so "$PROGRAMS/$1" "${@:2}"
        }
        check "${@:2}"' bash "$BATS_TEST_DIRNAME" "$1"
}

# survives WHAT PROGRAM ARGUMENT...: and the same without its syncs does not: so a loss is seen.
survives() {
    remember
    cp -a "$tree" "$home/tree-before"
    record -- "${@:2}"
    replay "$1" >"$home/replay" || fail "$(cat "$home/replay")"
    note "$(tail -n 1 "$home/replay")"
    rm -r "$tree"
    mv "$home/tree-before" "$tree"
    record POWER_NO_SYNC=1 -- "${@:2}"
    ! POWER_MOMENT=last replay "$1" >"$home/replay" || fail "without its syncs nothing is lost"
}

@test "a backup" {
    survives create backup-create --label new --pinned
}

@test "the first backup, whose folder is new" {
    rm -r "$BACKUP_DIR"
    survives create backup-create --label new --pinned
}

@test "a backup that pushes older ones out" {
    create --label second
    create --label third
    export BACKUP_KEEP=1
    survives retention backup-create --label new
}

@test "a deletion" {
    survives delete backup-delete "$(create --label victim)"
}

@test "a changed label" {
    survives update backup-update "$(create --label victim --pinned)" --label changed
}

# A restore of what is here as the first backup.
survives_restore() { # WHAT
    local name
    name=$(list | jq -r '.[-1].filename')
    content "$BACKUP_DIR/$name" >"$home/new_content"
    survives "$1" backup-restore "$name" --yes
}

@test "a restore in WAL mode" {
    change_live
    survives_restore restore
}

@test "a restore behind an app that does not sync its commits (synchronous=NORMAL)" {
    keep_open 'PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;
        UPDATE account SET balance = balance + 3 - 2 * id WHERE id < 3;'
    survives_restore restore
}

@test "a restore in rollback-journal mode" {
    sqlite3 "$live" "PRAGMA journal_mode=DELETE"
    change_live
    survives_restore restore
}

@test "a restore in the place of a damaged database, whose -wal is still there" {
    keep_open 'PRAGMA wal_autocheckpoint=0; UPDATE account SET balance = balance + 3 - 2 * id WHERE id < 3;'
    kill -KILL "${started[0]}"
    [ -s "$live-wal" ]
    head -c 200000 /dev/urandom >"$live"
    chmod 664 "$live"
    touch "$home/old_is_lost"
    survives_restore replace
}
