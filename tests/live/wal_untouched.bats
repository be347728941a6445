#!/usr/bin/env bats
# No program causes a checkpoint: the live database's files are after it what they were before.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 500 10000 wal
}

teardown() {
    clean_up
}

# The programs that look at the live database, none of which may checkpoint it.
run_all_that_read_live() {
    create
    program backup-tables live
    program database-list
    program health
}

@test "with an idle writer, the -wal is byte for byte the same" {
    keep_open "PRAGMA wal_autocheckpoint = 0;
        UPDATE filler SET data = randomblob(1000) WHERE id <= 5000;"
    [ "$(stat -c %s "$live-wal")" -gt 4000000 ]
    assert_wal_untouched_by run_all_that_read_live
    exec 4>&-
}

@test "with half of it checkpointed, the -wal is byte for byte the same" {
    keep_open "PRAGMA wal_autocheckpoint = 0;
        UPDATE filler SET data = randomblob(1000) WHERE id <= 2000;"
    # A reader, without which the WAL would begin anew after the checkpoint.
    hold_lock read
    printf '%s\n' "PRAGMA wal_checkpoint(PASSIVE);
        UPDATE filler SET data = randomblob(1000) WHERE id BETWEEN 3000 AND 5000;
        SELECT 'written';" >&4
    await grep -q written "$home/answer"
    [ "$(checkpointed_frames)" -gt 0 ]
    assert_wal_untouched_by run_all_that_read_live
    exec 4>&-
}

@test "with nobody else, the -wal that a killed writer left is byte for byte the same" {
    keep_open "PRAGMA wal_autocheckpoint = 0;
        UPDATE filler SET data = randomblob(1000) WHERE id <= 5000;"
    kill -KILL "${started[0]}"
    wait "${started[0]}" || true
    started=()
    exec 4>&-
    assert_wal_untouched_by run_all_that_read_live
}
