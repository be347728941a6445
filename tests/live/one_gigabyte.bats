#!/usr/bin/env bats
# At 1 GB (LIVE_SIZE_MB): a backup makes no writer wait, and no program needs more memory than for a
# small database.
# alone: it measures how long a writer waits.

load support

MEMORY_LIMIT_KIB=16384
STALL_LIMIT_MS=50
STALL_ATTEMPTS=5

# The database is made once; every test leaves it as it was but for its rows' content.
setup_file() {
    mkdir "$BATS_FILE_TMPDIR/data"
    "$TOOLS/ledger_create" "$BATS_FILE_TMPDIR/data/ledger.db" 1 500 $((${LIVE_SIZE_MB:-1024} * 1024)) wal
}

teardown_file() {
    rm -rf "${BATS_FILE_TMPDIR:?}/data"
}

setup() {
    prepare
    live=$BATS_FILE_TMPDIR/data/ledger.db
    export DATABASE_PATH=$live
}

teardown() {
    clean_up
}

# measure off|normal: sets quiet_ms, quiet_commits, backup_ms and backup_commits.
measure() {
    "$TOOLS/writer_stall" "$live" "$1" 2 timeout "$PROGRAM_LIMIT" "$PROGRAMS/backup-create" \
        >"$home/stall" || fail "no backup: $(cat "$home/stall")"
    read -r quiet_ms quiet_commits backup_ms backup_commits < <(tail -n 1 "$home/stall")
    note "longest stall without a backup $quiet_ms ms in $quiet_commits commits," \
        "during one $backup_ms ms in $backup_commits commits"
    [ "$backup_commits" -gt 100 ] || fail "the writer was not busy"
}

# stalls_briefly off|normal LIMIT_FACTOR: on a busy machine any process has to wait for its turn at
# times, with a backup or without. What is ours is there every time, so one good attempt is enough;
# and up to LIMIT_FACTOR times the longest stall without a backup is not ours either.
stalls_briefly() {
    local attempt
    require_plain_build 'how long a writer waits'
    export BACKUP_KEEP=1
    for ((attempt = 1; attempt <= STALL_ATTEMPTS; attempt++)); do
        measure "$1"
        if awk -v backup="$backup_ms" -v quiet="$quiet_ms" -v factor="$2" -v limit="$STALL_LIMIT_MS" \
            'BEGIN { exit !(backup < limit || backup < quiet * factor) }'; then
            return 0
        fi
    done
    fail "longer than $STALL_LIMIT_MS ms each time"
}

@test "a writer waits for a backup's locks for less than 50 ms" {
    stalls_briefly off 0
}

@test "a writer that waits for the disk too, at its checkpoints, waits for less than 50 ms" {
    stalls_briefly normal 2
}

@test "with an idle writer, the -wal is byte for byte the same after a backup" {
    keep_open "PRAGMA wal_autocheckpoint = 0;
        UPDATE filler SET data = randomblob(1000) WHERE id <= 5000;"
    [ "$(stat -c %s "$live-wal")" -gt 4000000 ]
    assert_wal_untouched_by create
    exec 4>&-
}

peak_memory_of() {
    local peak
    "$TOOLS/peak_memory" "$home/peak" timeout "$PROGRAM_LIMIT" "$PROGRAMS/$1" "${@:2}" >"$home/answer" ||
        fail "$1 failed: $(cat "$home/answer")"
    peak=$(cat "$home/peak")
    note "$* has used $peak KiB"
    [ "$peak" -lt "$MEMORY_LIMIT_KIB" ] || fail "$1 has used $peak KiB"
}

@test "no program has more than 16 MB of memory resident" {
    local name
    require_plain_build 'the memory of a program'
    peak_memory_of backup-create
    name=$(jq -r .filename "$home/answer")
    peak_memory_of backup-list
    peak_memory_of backup-verify "$name"
    peak_memory_of backup-update "$name" --label "one of many"
    peak_memory_of backup-download "$name" --output "$home/downloaded.db"
    peak_memory_of backup-tables "$name"
    peak_memory_of backup-tables live
    peak_memory_of backup-compare "$name"
    peak_memory_of backup-restore "$name" --yes
    peak_memory_of backup-delete "$name"
    peak_memory_of database-list
    peak_memory_of health
}
