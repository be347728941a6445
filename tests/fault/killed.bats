#!/usr/bin/env bats
# Killed anywhere: each program is killed before and after each of its system calls that changes or locks something.

load support

setup_file() {
    make_worlds
}

teardown_file() {
    remove_worlds
}

@test "create" {
    sweep kill wal -- backup-create
    sweep kill rollback -- backup-create
}

@test "create, with retention" {
    BACKUP_KEEP=1 sweep kill wal --removes "$SECOND" -- backup-create
}

@test "delete" {
    sweep kill wal --removes "$SECOND" -- backup-delete "$SECOND"
}

@test "update" {
    sweep kill wal --changes "$SECOND" -- backup-update "$SECOND" --pinned --label other
}

@test "verify" {
    sweep kill wal --changes "$SECOND" -- backup-verify "$SECOND"
}

@test "restore" {
    sweep kill wal --next "$SECOND" -- backup-restore "$SECOND" --yes
    sweep kill rollback --next "$SECOND" -- backup-restore "$SECOND" --yes
}

@test "restore of a database that is missing" {
    sweep kill missing --next "$SECOND" -- backup-restore "$SECOND" --yes
}

@test "restore of a database that is damaged" {
    sweep kill damaged --next "$SECOND" -- backup-restore "$SECOND" --yes
    sweep kill unreadable --next "$SECOND" -- backup-restore "$SECOND" --yes
}
