#!/usr/bin/env bats
# A clock that is set back: nothing that was made before goes, nor what is made now.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 300 100 wal
}

teardown() {
    clean_up
}

# at TIME COMMAND...: the programs see this UTC time.
at() {
    CLOCK_MS=$(date -u -d "2025-01-06 $1 UTC" +%s%3N) LD_PRELOAD=$BUILD/tests/preload/clock.so "${@:2}"
}

names() {
    list | jq -r '.[].filename | sub("2025-01-06_"; "") | sub(".db$"; "")' | paste -s -d ' '
}

expect() {
    [ "$(names)" = "$*" ] || fail "listed are $(names), not $*"
}

@test "an hour back: those from the future stay, and BACKUP_KEEP new ones beside them" {
    local time
    export BACKUP_KEEP=2
    for time in 15:00:00 15:00:01 15:00:02; do
        at "$time" create
    done
    expect 15-00-02 15-00-01
    for time in 14:00:03 14:00:04 14:00:05; do
        at "$time" create
    done
    expect 15-00-02 15-00-01 14-00-05 14-00-04
    # Their time has come: the youngest stay, as ever.
    at 15:00:03 create
    expect 15-00-03 15-00-02
    assert_no_litter
}

@test "an hour back: the same of scheduled ones" {
    export BACKUP_KEEP_SCHEDULED=daily=1
    at 15:00:00 create --kind scheduled
    at 14:00:01 create --kind scheduled
    at 14:00:02 create --kind scheduled
    expect scheduled_15-00-00 scheduled_14-00-02
    at 16:00:00 create --kind scheduled
    expect scheduled_16-00-00
}

@test "an hour back: a restore has its safety backup, and those from the future stay" {
    local good safety
    export BACKUP_KEEP_PRE_RESTORE=1
    good=$(at 15:00:00 create)
    at 15:00:01 program backup-restore "$good" --yes
    at 14:00:00 program backup-restore "$good" --yes
    safety=$(at 14:00:01 program backup-restore "$good" --yes | jq -er .safety_backup)
    expect pre-restore_15-00-01 15-00-00 pre-restore_14-00-01
    "$TOOLS/ledger_check" "$BACKUP_DIR/$safety"
}

@test "a second that comes twice: no name is given twice, and the order is that of the clock" {
    at 14:30:00.900 create
    at 14:30:00.100 create
    expect 14-30-00 14-30-00-2
    at 14:30:00.900 create
    expect 14-30-00-3 14-30-00 14-30-00-2
}

@test "whatever is done later, and by whichever clock, created stays" {
    local name created
    name=$(at 14:30:00.123 create)
    touch -d 2040-01-01 "$BACKUP_DIR/$name" "$BACKUP_DIR/$name.json"
    at 13:00:00 program backup-update "$name" --label changed --pinned
    at 12:00:00 program backup-verify "$name"
    at 11:00:00 program backup-restore "$name" --yes
    created=$(list | jq -r --arg name "$name" '.[] | select(.filename == $name) | .created')
    [ "$created" = 2025-01-06T14:30:00.123Z ]
}
