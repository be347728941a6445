#!/usr/bin/env bats
# Everything at once: eight who make, list, change, delete, restore, check and download backups at random, beside
# writers, readers and somebody who checkpoints. Every answer is a documented one, and all of them fit together
# (races/history.mjs); what is left at the end is whole. RACE_SECONDS (30) is how long each of the two tests runs,
# RACE_SEED repeats a run's choices.
# alone: it is the load.

load support

setup() {
    prepare
    export BACKUP_KEEP=4 BACKUP_KEEP_PRE_RESTORE=12 BACKUP_KEEP_SCHEDULED=daily=1,weekly=1,monthly=1
    "$TOOLS/ledger_create" "$live" 1 300 300 wal
    create --pinned --label "the smaller one"
    rm "$live"*
    "$TOOLS/ledger_create" "$live" 2 900 900 wal
    create --pinned --label "the larger one"
}

teardown() {
    [ -z "${site:-}" ] || "$repository/tests/site" down "$site"
    clean_up
}

start_everybody_else() {
    start ledger_read "$live" "$home/reader-1"
    start ledger_write "$live" 1 "$home/writer-1" 5
    start ledger_write "$live" 2 "$home/writer-2" 20
    start checkpointer "$live" "$home/checkpointer" 300
    await counter_is_over reads "$home/reader-1" 3
}

# race shell|URL
race() {
    start_everybody_else
    node "$repository/tests/live/races/races.mjs" "$1" >"$home/figures" 2>"$home/problems" ||
        fail "$(cat "$home/figures" "$home/problems")"
    stop
    while read -r line; do
        note "$line"
    done <"$home/figures"
    note "beside them: $(counter reads "$home/reader-1") reads, $(counter commits "$home/writer-1") commits"
}

assert_whole() {
    local name size sha256
    while read -r name size sha256; do
        [ "$(stat -c %s "$BACKUP_DIR/$name")" -eq "$size" ]
        [ "$(sha256sum <"$BACKUP_DIR/$name")" = "$sha256  -" ]
        "$TOOLS/ledger_check" "$BACKUP_DIR/$name" >/dev/null
    done < <(list | jq -r '.[] | "\(.filename) \(.size) \(.sha256)"')
    [ "$(sqlite3 "$live" "PRAGMA integrity_check")" = ok ]
    "$TOOLS/content_hash" "$live"
    assert_no_litter
}

@test "eight at once in the shell" {
    race shell
    assert_whole
}

@test "eight at once over HTTP" {
    site=$home/site
    race "$("$repository/tests/site" up "$site")"
    "$repository/tests/site" down "$site"
    site=
    assert_whole
}
