#!/usr/bin/env bats
# Memory refused: each request for memory of each program is refused, alone, and with all that follow.

load support

setup_file() {
    make_worlds
}

teardown_file() {
    remove_worlds
}

@test "what only tells" {
    sweep memory wal --no-next -- backup-list
    sweep memory rollback --no-next -- backup-tables live
    sweep memory rollback --no-next -- backup-compare "$SECOND"
    sweep memory wal --no-next -- backup-tables "$SECOND"
    sweep memory wal --no-next -- health
    sweep memory wal --no-next -- database-list
}

@test "create" {
    sweep memory wal -- backup-create
}

@test "create, with retention" {
    BACKUP_KEEP=1 sweep memory wal --removes "$SECOND" -- backup-create
}

@test "delete" {
    sweep memory wal --removes "$SECOND" -- backup-delete "$SECOND"
}

@test "update" {
    sweep memory wal --changes "$SECOND" -- backup-update "$SECOND" --pinned --label other
}

@test "verify" {
    sweep memory wal --changes "$SECOND" -- backup-verify "$SECOND"
}

@test "restore" {
    sweep memory wal --next "$SECOND" -- backup-restore "$SECOND" --yes
}

@test "restore of a database that is missing" {
    sweep memory missing --next "$SECOND" -- backup-restore "$SECOND" --yes
}
