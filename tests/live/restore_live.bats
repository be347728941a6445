#!/usr/bin/env bats
# A restore is one transaction for everybody else: nobody reopens anything, and nobody sees a mixture.

load support

setup() {
    prepare
    export BACKUP_KEEP_PRE_RESTORE=100
    "$TOOLS/ledger_create" "$live" 1 300 1500 wal
    first=$(create --label "the smaller one")
    rm "$live"*
    "$TOOLS/ledger_create" "$live" 2 900 6000 wal
    second=$(create --label "the larger one")
}

teardown() {
    clean_up
}

restore() {
    program backup-restore "$@" --yes
}

# Three and one, each with one connection for the whole test. Where somebody always reads, a WAL is
# only ever restarted by a checkpoint that waits for the readers.
start_readers_and_a_writer() {
    local reader
    for reader in 1 2 3; do
        start ledger_read "$live" "$home/reader-$reader"
    done
    start ledger_write "$live" 1 "$home/writer" 1
    start checkpointer "$live" "$home/checkpointer" 1000
    for reader in 1 2 3; do
        await counter_is_over reads "$home/reader-$reader" 3
    done
    await counter_is_over commits "$home/writer" 3
}

everybody_has_seen() {
    local who
    for who in reader-1 reader-2 reader-3 writer; do
        counter_is generation "$home/$who" "$1" || return 1
    done
}

last_sequence() {
    sqlite3 "file:$1?mode=ro" "SELECT last_sequence FROM writer WHERE id = 1"
}

# restore_and_look FILENAME GENERATION EARLIER_GENERATION
restore_and_look() {
    local answer safety
    answer=$(restore "$1") || fail "not restored: $answer"
    jq -e --arg filename "$1" '.status == "restored" and .filename == $filename and
        (.reopen_required | not)' <<<"$answer" >/dev/null || fail "unexpected: $answer"
    await everybody_has_seen "$2"
    is_in_wal_mode "$live" || fail "the live database has left WAL mode"
    safety=$(jq -er .safety_backup <<<"$answer")
    [ "$("$TOOLS/ledger_check" "$BACKUP_DIR/$safety")" -eq "$3" ] ||
        fail "the safety backup $safety is not the earlier database"
    # Nothing was committed between the safety backup and the restore: it would be lost.
    [ "$(last_sequence "$BACKUP_DIR/$safety")" -eq "$(counter replaced "$home/writer")" ] ||
        fail "the safety backup $safety lacks what was committed after it"
}

@test "50 restores between two databases beside three readers and a writer that never reopen" {
    local i inode who
    inode=$(stat -c %i "$live")
    start_readers_and_a_writer
    for ((i = 1; i <= 25; i++)); do
        restore_and_look "$first" 1 2
        restore_and_look "$second" 2 1
        [ "$(stat -c %i "$live")" -eq "$inode" ]
    done
    for who in reader-1 reader-2 reader-3; do
        counter_is_over reads "$home/$who" 150
    done
    counter_is_over commits "$home/writer" 500
    stop
    list | jq -e '[.[] | select(.kind == "pre-restore" and .verified and .sha256)] | length == 50'
    assert_no_litter
    note "$(counter reads "$home/reader-1") reads by one reader," \
        "$(counter commits "$home/writer") commits, $(counter busy "$home/writer") times busy"
}

@test "the same readers find what is wrong with a file copied over the live one" {
    local i
    start_readers_and_a_writer
    for ((i = 1; i <= 20; i++)); do
        cp "$BACKUP_DIR/$first" "$live"
        cp "$BACKUP_DIR/$second" "$live"
    done
    for i in "${started[@]}"; do
        kill -TERM "$i" 2>/dev/null || true
    done
    run stop
    [ "$status" -ne 0 ]
    [[ $output == *"reader"* ]]
}

@test "restoring the safety backup brings back exactly the earlier content" {
    local before answer safety
    start ledger_write "$live" 1 "$home/writer"
    await counter_is_over commits "$home/writer" 50
    stop
    before=$(content "$live")

    answer=$(restore "$first")
    [ "$(content "$live")" = "$(content "$BACKUP_DIR/$first")" ]
    [ "$(content "$live")" != "$before" ]

    safety=$(jq -er .safety_backup <<<"$answer")
    [ "$(content "$BACKUP_DIR/$safety")" = "$before" ]
    restore "$safety"
    [ "$(content "$live")" = "$before" ]
}

@test "a reader in the middle of a read does not delay a restore, and goes on with what it saw" {
    mkfifo "$home/sql"
    sqlite3 "$live" <"$home/sql" >"$home/seen" 3>&- &
    started+=($!)
    exec 4>"$home/sql"
    echo "BEGIN; SELECT generation FROM ledger;" >&4
    await test -s "$home/seen"

    restore "$first"

    echo "SELECT DISTINCT generation FROM account; COMMIT; SELECT generation FROM ledger;" >&4
    exec 4>&-
    wait "${started[0]}"
    started=()
    [ "$(tr '\n' ' ' <"$home/seen")" = "2 2 1 " ]
}

# Seen in the kernel's list: trying the lock would be in the way of whoever wants it.
a_restore_is_under_way() {
    [ -e "$BACKUP_DIR/.restore.lock" ] &&
        grep -q ":$(stat -c %i "$BACKUP_DIR/.restore.lock") " /proc/locks
}

@test "while one restore is under way another one is refused: exit status 75" {
    local restoring
    hold_lock write
    "$PROGRAMS/backup-restore" "$first" --yes >"$home/answer" 3>&- &
    restoring=$!
    started+=("$restoring")
    await a_restore_is_under_way

    run restore "$first"
    [ "$status" -eq 75 ]

    kill -TERM "${started[0]}"
    wait "$restoring"
    started=("${started[0]}")
    stop
    jq -e '.status == "restored"' "$home/answer"
    [ "$(content "$live")" = "$(content "$BACKUP_DIR/$first")" ]
}
