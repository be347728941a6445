#!/usr/bin/env bats
# A program that is killed at any moment leaves the old state or the new one, whole, and nothing that
# the next run does not clear away.

load support

KILLS=20

setup() {
    prepare
    export BACKUP_KEEP=3 BACKUP_KEEP_PRE_RESTORE=2
}

teardown() {
    clean_up
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# kill_at_random PROGRAM ARGUMENT...: kills it at some moment of the time that it takes (duration_ms).
# Counts in killed; a run that had ended before counts in spared, and shows that it takes less time.
kill_at_random() {
    local pid status=0 moment_ms=$((RANDOM * duration_ms / 32768))
    "$PROGRAMS/$1" "${@:2}" >/dev/null 2>&1 3>&- &
    pid=$!
    sleep "$((moment_ms / 1000)).$(printf '%03d' $((moment_ms % 1000)))"
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || status=$?
    if [ "$status" -eq 137 ]; then
        killed=$((killed + 1))
    else
        spared=$((spared + 1))
        duration_ms=$moment_ms
    fi
    [ "$spared" -lt $((3 * KILLS)) ] || fail "the runs end before they can be killed"
}

assert_all_backups_whole() {
    local name
    for name in $(list | jq -r '.[].filename'); do
        "$TOOLS/ledger_check" "$BACKUP_DIR/$name" >/dev/null || fail "$name is listed"
    done
}

make_two_states() {
    "$TOOLS/ledger_create" "$live" 1 300 50000 "$1"
    first=$(create --pinned)
    rm "$live"*
    "$TOOLS/ledger_create" "$live" 2 300 50000 "$1"
    second=$(create --pinned)
    declare -gA content_of=([$first]=$(content "$BACKUP_DIR/$first")
        [$second]=$(content "$BACKUP_DIR/$second"))
}

restore_whole() {
    program backup-restore "$1" --yes >/dev/null
    [ "$(content "$live")" = "${content_of[$1]}" ] || fail "$1 was not restored"
}

kill_restores() {
    local other current=$second began found killed=0 spared=0 restored=0
    began=$(now_ms)
    restore_whole "$first"
    restore_whole "$second"
    duration_ms=$((($(now_ms) - began) / 2))
    while [ "$killed" -lt "$KILLS" ]; do
        [ "$current" = "$first" ] && other=$second || other=$first
        kill_at_random backup-restore "$other" --yes
        found=$(content "$live") || fail "kill $killed left no readable database"
        if [ "$found" = "${content_of[$other]}" ]; then
            current=$other
            restored=$((restored + 1))
        fi
        [ "$found" = "${content_of[$current]}" ] || fail "kill $killed left a mixture"
        # The application's part: without it, the WAL would keep every restore.
        sqlite3 "$live" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
    done
    note "$killed restores were killed, $spared had ended;" \
        "$restored times the new database was there"
    assert_all_backups_whole
    restore_whole "$first"
    restore_whole "$second"
    assert_no_litter
}

@test "killed restores of a WAL database leave the old or the new one, whole" {
    make_two_states wal
    kill_restores
}

@test "killed restores of a rollback-journal database leave the old or the new one, whole" {
    make_two_states delete
    kill_restores
}

@test "killed backups are not there, and leave nothing behind" {
    local began killed=0 spared=0
    "$TOOLS/ledger_create" "$live" 1 300 50000 wal
    began=$(now_ms)
    create
    duration_ms=$(($(now_ms) - began))
    while [ "$killed" -lt "$KILLS" ]; do
        kill_at_random backup-create
        assert_all_backups_whole
    done
    note "$killed backups were killed, $spared had ended"
    create
    assert_no_litter
    assert_all_backups_whole
}
