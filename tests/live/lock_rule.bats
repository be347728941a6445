#!/usr/bin/env bats
# A process that has the database open keeps all its locks when the library takes a snapshot in it.
# (POSIX drops every lock of a process on a file when it closes any descriptor of that file.)

load support

setup() {
    prepare
}

teardown() {
    clean_up
}

keeps_its_locks() {
    "$TOOLS/ledger_create" "$live" 1 500 100 "$1"
    run "$TOOLS/lock_rule" "$live" "$BACKUP_DIR" "$2" snapshot
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a write transaction on a WAL database keeps its locks" {
    keeps_its_locks wal "BEGIN IMMEDIATE"
    [[ $output == *"ledger.db-shm write 120+1"*"taken"* ]]
}

@test "a read transaction on a WAL database keeps its locks" {
    keeps_its_locks wal "BEGIN"
    [[ $output == *"ledger.db-shm read"*"taken"* ]]
}

@test "a write transaction on a rollback-journal database keeps its locks" {
    keeps_its_locks delete "BEGIN IMMEDIATE"
    [[ $output == *"ledger.db write 1073741825+1"*"taken"* ]]
}

@test "an exclusive transaction on a rollback-journal database keeps its locks" {
    keeps_its_locks delete "BEGIN EXCLUSIVE"
    [[ $output == *"ledger.db write 1073741824"*"refused"* ]]
}

@test "the same check sees the locks go when the file is opened and closed" {
    "$TOOLS/ledger_create" "$live" 1 500 100 delete
    run "$TOOLS/lock_rule" "$live" "$BACKUP_DIR" "BEGIN IMMEDIATE" open
    [ "$status" -eq 1 ]
    [[ $output == *"before: ledger.db"*"after:"$'\n'* ]]
}
