#!/usr/bin/env bats
# Refused anywhere: each system call of each program fails once, in each way in which it can fail: EIO, ENOSPC, EACCES,
# EINTR, or half of it is done.

load support

setup_file() {
    make_worlds
}

teardown_file() {
    remove_worlds
}

@test "create" {
    sweep refuse wal -- backup-create
    sweep refuse rollback -- backup-create
}

@test "create, with retention" {
    BACKUP_KEEP=1 sweep refuse wal --removes "$SECOND" --may-stay -- backup-create
}

@test "delete" {
    sweep refuse wal --removes "$SECOND" -- backup-delete "$SECOND"
}

@test "update" {
    sweep refuse wal --changes "$SECOND" -- backup-update "$SECOND" --pinned --label other
}

@test "verify" {
    sweep refuse wal --changes "$SECOND" -- backup-verify "$SECOND"
}

@test "restore" {
    sweep refuse wal --next "$SECOND" -- backup-restore "$SECOND" --yes
    sweep refuse rollback --next "$SECOND" -- backup-restore "$SECOND" --yes
}

@test "restore of a database that is missing" {
    sweep refuse missing --next "$SECOND" -- backup-restore "$SECOND" --yes
}

@test "restore of a database that is damaged" {
    sweep refuse damaged --next "$SECOND" -- backup-restore "$SECOND" --yes
    sweep refuse unreadable --next "$SECOND" -- backup-restore "$SECOND" --yes
}
