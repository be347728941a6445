#!/usr/bin/env bats
# What somebody else does between two steps of a program: each test stops a program at one of its system calls, does
# something, and lets it go on.

load support

setup() {
    prepare
    command -v strace >/dev/null || skip "strace is not there"
    "$TOOLS/ledger_create" "$live" 1 300 300 wal
}

teardown() {
    clean_up
}

# stop_at NUMBER CALL PATH PROGRAM ARGUMENT...: runs the program until it has made the call on PATH (as it names it)
# for the NUMBERth time. Its process is then $stopped.
stop_at() {
    strace -f -qq -o "$home/calls" -P "$3" -e trace="$2" -e inject="$2:signal=SIGSTOP:when=$1" \
        "$PROGRAMS/$4" "${@:5}" >"$home/answer" 2>"$home/complaint" 3>&- &
    tracer=$!
    started+=("$tracer")
    await is_stopped
}

is_stopped() {
    local child
    kill -0 "$tracer" 2>/dev/null || fail "it ended: $(cat "$home/complaint" "$home/answer" "$home/calls")"
    for child in $(cat "/proc/$tracer/task/$tracer/children" 2>/dev/null); do
        grep -qs SIGSTOP "$home/calls" && grep -q '^State:.*stop' "/proc/$child/status" && stopped=$child && return 0
    done
    return 1
}

# Lets it go on and leaves its exit status in $status.
go_on() {
    status=0
    kill -CONT "$stopped"
    wait "$tracer" || status=$?
    started=()
}

expect_not_found() {
    go_on
    [ "$status" -eq 66 ] || fail "status $status: $(cat "$home/complaint" "$home/answer")"
}

@test "a backup that is deleted when its tables are about to be read is not found" {
    local name
    name=$(create)
    stop_at 1 openat "$name.json" backup-tables "$name"
    program backup-delete "$name"
    expect_not_found
}

@test "a backup that is deleted when it is about to be checked is not found" {
    local name
    name=$(create)
    stop_at 1 openat "$BACKUP_DIR/$name" backup-verify "$name"
    program backup-delete "$name"
    expect_not_found
}

# The one that was stopped is about to publish its copy: by `created` it is the oldest.
@test "a backup during which enough others are made is not one too many, and is there when it is answered" {
    local first last
    export BACKUP_KEEP=2
    first=$(create)
    stop_at 3 openat .lock backup-create
    create
    last=$(create)
    go_on
    [ "$status" -eq 0 ]
    first=$(jq -r .filename "$home/answer")
    [ "$(list | jq -r '.[].filename')" = "$last"$'\n'"$first" ]
}
