#!/usr/bin/env bats
# A live database that is missing or damaged is replaced: whatever is left of it is kept aside, and
# nothing of it comes back into the restored one.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 300 2000 wal
    good=$(create)
    expected=$(content "$BACKUP_DIR/$good")
}

teardown() {
    clean_up
}

restore_over_it() {
    answer=$(program backup-restore "$good" --yes)
    jq -e '.status == "restored" and .reopen_required == true and .safety_backup == null' \
        <<<"$answer"
    [ "$(content "$live")" = "$expected" ]
    is_in_wal_mode "$live"
    [ "$(program database-list | jq length)" -eq 1 ]
    assert_no_litter
}

# A writer that is killed leaves a -wal with committed transactions, and a -shm.
leave_a_wal_behind() {
    start ledger_write "$live" 1 "$home/writer"
    await counter_is_over commits "$home/writer" 50
    kill -KILL "${started[0]}"
    wait "${started[0]}" || true
    started=()
    [ -s "$live-wal" ] && [ -s "$live-shm" ]
}

# What was kept: the sums of the files before, whatever their names are now.
assert_kept_aside() {
    local kept sum name
    kept=$(jq -er .kept_aside <<<"$answer")
    while read -r sum name; do
        [ "$(sha256sum <"$home/data/$kept${name#"$live"}")" = "$sum  -" ] ||
            fail "$name is not what $kept${name#"$live"} is"
    done <"$home/before"
}

@test "a missing database is restored" {
    rm "$live"*
    restore_over_it
    jq -e '.kept_aside == null' <<<"$answer"
}

@test "a missing database whose -wal is still there is restored, and the -wal is not replayed" {
    leave_a_wal_behind
    rm "$live"
    sha256sum "$live-wal" >"$home/before"
    restore_over_it
    assert_kept_aside
}

@test "a database overwritten with noise is kept aside with its -wal, which is not replayed" {
    leave_a_wal_behind
    head -c 2000000 /dev/urandom >"$live"
    sha256sum "$live" "$live-wal" >"$home/before"
    restore_over_it
    assert_kept_aside
}

@test "a database with overwritten pages is kept aside with its -wal, which is not replayed" {
    leave_a_wal_behind
    head -c 16384 /dev/urandom | dd of="$live" bs=4096 seek=40 conv=notrunc status=none
    sha256sum "$live" "$live-wal" >"$home/before"
    restore_over_it
    assert_kept_aside
}

@test "a database cut off in the middle is kept aside" {
    truncate -s 1000000 "$live"
    sha256sum "$live" >"$home/before"
    restore_over_it
    assert_kept_aside
}

@test "the restored database is an ordinary one: it can be written, backed up and restored again" {
    rm "$live"*
    restore_over_it
    start ledger_write "$live" 1 "$home/writer"
    await counter_is_over commits "$home/writer" 50
    stop
    "$TOOLS/ledger_check" "$BACKUP_DIR/$(create)" "$home/writer"
    answer=$(program backup-restore "$good" --yes)
    jq -e '(.reopen_required | not) and (.safety_backup | type) == "string"' <<<"$answer"
    [ "$(content "$live")" = "$expected" ]
}
