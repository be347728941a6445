#!/usr/bin/env bats
# Whether the tracer of these tests sees what there is to see.

load support

setup_file() {
    make_worlds
}

teardown_file() {
    remove_worlds
}

# The calls that the dynamic linker makes, too, are counted from the program's entry on, and so not compared.
changing() {
    grep -E '^(pwrite64|fsync|fdatasync|ftruncate|unlink|unlinkat|rename|renameat2|link|linkat|mkdirat|fchown|fchmod|flock|copy_file_range|sendfile|clone3) '
}

count_both() { # PROGRAM ARGUMENT...
    local -x DATABASE_PATH=$WORLDS/counted/data/ledger.db BACKUP_DIR=$WORLDS/counted/backups
    strace -f -o "$BATS_TEST_TMPDIR/trace" true || skip 'strace may not trace here'
    for counter in strace tracer; do
        rm -rf "$WORLDS/counted"
        cp -a "$WORLDS/wal" "$WORLDS/counted"
        if [[ $counter == strace ]]; then
            strace -f -c -o "$BATS_TEST_TMPDIR/summary" "$PROGRAMS/$1" "${@:2}" >/dev/null
            awk '{ print $NF, $4 }' "$BATS_TEST_TMPDIR/summary" | sort | changing >"$BATS_TEST_TMPDIR/strace"
        else
            "$TOOLS/inject" count all "$PROGRAMS/$1" "${@:2}" 2>&1 >/dev/null | sort | changing >"$BATS_TEST_TMPDIR/tracer"
        fi
    done
    diff "$BATS_TEST_TMPDIR/strace" "$BATS_TEST_TMPDIR/tracer"
    grep -q '^fsync ' "$BATS_TEST_TMPDIR/tracer"
}

@test "the tracer counts as many calls as strace: create" {
    count_both backup-create
}

@test "the tracer counts as many calls as strace: restore" {
    count_both backup-restore "$SECOND" --yes
}

@test "the tracer counts as many calls as strace: delete" {
    count_both backup-delete "$SECOND"
}
