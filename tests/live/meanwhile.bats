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
    [[ -z ${stopped:-} ]] || kill -CONT "$stopped" 2>/dev/null || true
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

# The process that made the call, which may be one that the program has started; each line begins with its number.
is_stopped() {
    kill -0 "$tracer" 2>/dev/null || fail "it ended: $(cat "$home/complaint" "$home/answer" "$home/calls")"
    stopped=$(awk '/--- SIGSTOP / { print $1; exit }' "$home/calls")
    [[ -n $stopped ]] && grep -q '^State:.*stop' "/proc/$stopped/status"
}

# Lets it go on, and what it starts, which strace stops at its own calls on PATH. Leaves its exit status in $status.
go_on() {
    status=0
    await has_gone_on
    wait "$tracer" || status=$?
    started=()
}

has_gone_on() {
    local process
    for process in $(awk '/--- SIGSTOP / { print $1 }' "$home/calls" | sort -u); do
        kill -CONT "$process" 2>/dev/null || true
    done
    ! kill -0 "$tracer" 2>/dev/null
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

# displace BACKUP: deletes it, and another one gets its name, as it can within one second.
displace() {
    local other
    other=$(create --label "another")
    program backup-delete "$1"
    mv "$BACKUP_DIR/$other.json" "$BACKUP_DIR/$1.json"
    mv "$BACKUP_DIR/$other" "$BACKUP_DIR/$1"
}

# prepare_two_states: a backup, whose name is in $name, and another content of the live database.
prepare_two_states() {
    name=$(create)
    sqlite3 "$live" "DELETE FROM filler"
}

@test "a backup whose name another one gets while it is checked is not found, and the other one not damaged" {
    local name
    prepare_two_states
    stop_at 1 openat "$BACKUP_DIR/$name" backup-verify "$name"
    displace "$name"
    expect_not_found
    list | jq -e '.[0].label == "another" and .[0].verified'
}

@test "a backup whose name another one gets while it is restored is not found, and nothing is restored" {
    local name before
    prepare_two_states
    before=$(content "$live")
    stop_at 1 openat "$name" backup-restore "$name" --yes
    displace "$name"
    expect_not_found
    [ "$(content "$live")" = "$before" ]
}
