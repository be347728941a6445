#!/usr/bin/env bats
# What a refused system call is over HTTP: the programs of this site run under the tracer of tests/fault, and each of
# their calls that the file FAULT names fails. Never a 500, and nothing is lost.

load helper

setup_file() {
    # Each program is a script that runs the real one, with the fault that is set when it starts.
    export FAULT=$BATS_FILE_TMPDIR/fault REAL=$BUILD/cgi-bin
    PROGRAMS=$BATS_FILE_TMPDIR/programs
    mkdir -p "$PROGRAMS"
    for program in "$REAL"/*; do
        printf '#!/bin/bash\n[[ ! -s %q ]] || exec %q $(<%q) %q "$@"\nexec %q "$@"\n' "$FAULT" \
            "$BUILD/tests/fault/inject" "$FAULT" "$program" "$program" >"$PROGRAMS/${program##*/}"
    done
    chmod +x "$PROGRAMS"/*
    export PROGRAMS
    start_site
}

teardown_file() {
    stop_site
}

setup() {
    require_plain_build 'the number of system calls'
    [[ $(uname -m) == x86_64 ]] || skip "the tracer knows the registers of x86-64 only"
    set_fault ''
    new_backup
    before=$(content "$DATABASE")
}

# set_fault FAULT CALL: the workers start again, and meet it.
set_fault() {
    printf '%s' "$*" >"$FAULT"
    restart_workers backup-create
    restart_workers backup-restore
    restart_workers backup-delete
    restart_workers backup-update
}

# All processes of a program, under the tracer or not, end; the supervisor starts others.
restart_workers() { # PROGRAM
    local old
    old=$(pgrep --session "$(<"$SITE/site.pid")" --full "$REAL/$1\$|programs/$1\$" || true)
    # shellcheck disable=SC2086
    [[ -z $old ]] || kill -TERM $old 2>/dev/null || true
    for process in $old; do
        await process_is_gone "$process"
    done
    # Until then the supervisor has no socket: it closes one whose workers are all gone.
    await runs_again "$1"
}

runs_again() { # PROGRAM
    pgrep --session "$(<"$SITE/site.pid")" --full "$REAL/$1\$|programs/$1\$" >/dev/null
}

process_is_gone() {
    [[ ! -e /proc/$1 ]] || grep --quiet '^State:.Z' "/proc/$1/status" 2>/dev/null
}

expect_nothing_changed() {
    [[ $(content "$DATABASE") == "$before" ]] || fail 'the live database is another'
    set_fault ''
    ask GET /api/backups
    expect_code 200
    expect_json "any(.filename == \"$backup\")"
    [[ -z $(find "$BACKUPS/.work" -mindepth 1 -name '*.db') ]] || fail 'unfinished work is left'
}

@test "no room for a backup is a 507" {
    set_fault ENOSPC fsync
    ask_json POST /api/backups '{}'
    expect_problem 507 no-room
    expect_nothing_changed
}

@test "a disk that does not write is a 503" {
    set_fault EIO fsync
    ask_json POST /api/backups '{}'
    expect_problem 503 io
    expect_nothing_changed
}

@test "no room for a restore is a 507, and the live database is as it was" {
    set_fault ENOSPC copy_file_range
    ask_json POST "/api/backups/$backup/restore" '{}'
    expect_problem 507 no-room
    expect_nothing_changed
}

@test "a disk that does not read is a 503" {
    set_fault EIO pread64
    ask_json POST "/api/backups/$backup/restore" '{}'
    expect_problem 503 io
    expect_nothing_changed
}

@test "a backup that may not be removed is a 507, and stays" {
    set_fault EACCES unlinkat
    ask DELETE "/api/backups/$backup"
    expect_problem 507 no-room
    expect_nothing_changed
}

@test "interrupted calls change nothing" {
    set_fault EINTR close
    ask_json POST /api/backups '{}'
    expect_code 201
}
