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

# What could not be looked at is told; the text itself is whole, or there is none.
@test "metrics" {
    local -x DATABASE_PATH=$WORLDS/wal/data/ledger.db BACKUP_DIR=$WORLDS/wal/backups LD_PRELOAD FAULT_MEMORY
    local number requests status whole=$BATS_TEST_TMPDIR/whole answer=$BATS_TEST_TMPDIR/answer
    require_plain_build "the number of requests for memory"
    LD_PRELOAD=$BUILD/tests/preload/refuse_memory.so FAULT_MEMORY_COUNT=$BATS_TEST_TMPDIR/count "$PROGRAMS/health" --metrics >"$whole"
    requests=$(<"$BATS_TEST_TMPDIR/count")
    ((requests > 50))
    for ((number = 1; number <= requests; number += ${FAULT_STRIDE:-7})); do
        for FAULT_MEMORY in "$number" "$number+"; do
            status=0
            LD_PRELOAD=$BUILD/tests/preload/refuse_memory.so "$PROGRAMS/health" --metrics >"$answer" 2>"$answer.complaint" || status=$?
            ((status != 0)) || diff <(grep '^#' "$whole") <(grep '^#' "$answer")
            ((status == 0)) || [[ ! -s $answer && -s $answer.complaint && " 69 74 " == *" $status "* ]] || {
                echo "$FAULT_MEMORY: status $status: $(<"$answer.complaint")" >&2
                return 1
            }
        done
    done
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
