#!/usr/bin/env bats
# Power loss, by nothing but the rules: a program's changes are recorded, and every state is made and
# checked that a disk may have if it keeps nothing but what was synced, or any part of the rest.
# POWER_RANDOM=20 tries more parts for each moment, POWER_SEED=2 others.

load support
load power

setup() {
    require_plain_build 'what the recorder sees'
    prepare
    use_tree "$home"
}

teardown() {
    clean_up
}

record() { # SETTING...
    local command
    mapfile -t command < <(scenario_command POWER_ROOT="$tree" POWER_LOG="$home/log" "$@")
    timeout "$PROGRAM_LIMIT" "${command[@]}" >"$home/answer"
}

replay() {
    node "$BATS_TEST_DIRNAME/power_replay.mjs" "$home/log" "$home/state" bash -c '
        set -euo pipefail
        BATS_TEST_DIRNAME=$1 started=()
        source "$1/support.bash"
        source "$1/power.bash"
        # Nobody cuts the power here: what is checked need not wait for the disk.
        program() {
            POWER_NO_SYNC=1 LD_PRELOAD=$BUILD/tests/preload/power.so "$PROGRAMS/$1" "${@:2}"
        }
        check "${@:2}"' bash "$BATS_TEST_DIRNAME"
}

# Without its syncs the same program does not survive: so a loss is seen.
survives() { # SCENARIO
    prepare_scenario "$1"
    cp -a "$tree" "$home/tree-before"
    record
    replay >"$home/replay" || fail "$(cat "$home/replay")"
    note "$(tail -n 1 "$home/replay")"
    rm -r "$tree"
    mv "$home/tree-before" "$tree"
    record POWER_NO_SYNC=1
    ! POWER_MOMENT=last replay >"$home/replay" || fail "without its syncs nothing is lost"
}

@test "a backup" {
    survives create
}

@test "the first backup, whose folder is new" {
    survives first
}

@test "a backup that pushes an older one out" {
    BACKUP_KEEP=1 survives retention
}

@test "a deletion" {
    survives delete
}

@test "a changed label" {
    survives update
}

@test "a restore in WAL mode" {
    survives restore
}

@test "a restore behind an app that does not sync its commits (synchronous=NORMAL)" {
    survives unsynced
}

@test "a restore in rollback-journal mode" {
    survives rollback
}

@test "a restore in the place of a damaged database, whose -wal is still there" {
    survives replace
}
