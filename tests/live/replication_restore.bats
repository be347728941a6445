#!/usr/bin/env bats
# A restore under the real Litestream, while another process writes: Litestream stays in its place, and what is in the
# replica afterwards is the live database, row for row. The answer says whether it is.
# shellcheck disable=SC2154 # what support.bash and replication.bash set

load support
load ../replication

# How many backups are restored in a row; the seed of their order can be given, to see a failure again.
readonly RESTORES=20
readonly SEED=${SEED:-$RANDOM}
# How many restores come between two comparisons, for which the writer has to stop.
readonly COMPARED_EVERY=4
# Seconds: the replica's sync interval, how long the answer may wait beyond it, and for how long its last look goes on.
readonly SYNC_INTERVAL=1 PATIENCE=5 LAST_LOOK=2

setup_file() {
    start_object_store
}

teardown_file() {
    end_replication
}

setup() {
    require_object_store
    require_litestream
    prepare
    export BACKUP_KEEP_PRE_RESTORE=100 BACKUP_KEEP_LITESTREAM=100
    export LITESTREAM_CONFIG=$home/litestream.yml LITESTREAM_BIN
    LITESTREAM_BIN=$(litestream_program)
    "$TOOLS/ledger_create" "$live" 1 300 1500 wal
}

teardown() {
    object_store resume
    kill_litestream
    clean_up
}

# Each test has a place of its own in the bucket.
replicate() {
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "s3://$BUCKET/$BATS_TEST_NUMBER" \
        "sync-interval: ${SYNC_INTERVAL}s"
    start_litestream "$LITESTREAM_CONFIG"
    wait_until is_in_state active
}

is_in_state() {
    [ "$(program litestream-status | jq -r .status)" = "$1" ]
}

generation() {
    cat "$home/data/.ledger.db-litestream/generation"
}

milliseconds() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

# ---- What is restored -------------------------------------------------------------------------------------------

# A file that somebody put into the folder, as an upload does; the number tells each one's rows from all others'.
put_by_hand() { # NUMBER ACCOUNTS FILLER_KIB wal|delete PAGE_SIZE
    local file=$BACKUP_DIR/by-hand-$1.db
    "$TOOLS/ledger_create" "$file" "$1" "$2" "$3" "$4" "$5"
    basename "$file"
}

with_litestreams_tables() { # NUMBER ARGUMENT...
    local file
    file=$(put_by_hand "$@")
    sqlite3 "$BACKUP_DIR/$file" "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
        CREATE TABLE _litestream_lock (id INTEGER); INSERT INTO _litestream_seq VALUES (1, 77)"
    echo "$file"
}

fetched() {
    program litestream-fetch latest | jq -er .filename
}

# make_backup KIND NUMBER: makes one of that kind and prints its name.
make_backup() {
    case $1 in
        taken-under-litestream) create ;;
        fetched) fetched ;;
        undo) echo "$undo" ;;
        without-litestreams-tables) put_by_hand "$2" 300 1500 wal 4096 ;;
        with-litestreams-tables) with_litestreams_tables "$2" 300 1500 wal 4096 ;;
        smaller) put_by_hand "$2" 20 10 wal 4096 ;;
        larger) put_by_hand "$2" 900 9000 wal 4096 ;;
        small-pages) put_by_hand "$2" 300 1500 delete 1024 ;;
        large-pages) with_litestreams_tables "$2" 300 3000 wal 32768 ;;
        rollback-journal) put_by_hand "$2" 300 1500 delete 4096 ;;
    esac
}

# All kinds, each twice, in an order that the seed chooses. The first undoes nothing yet: it is no undo.
order() {
    printf '%s\n' {taken-under-litestream,fetched,undo,without-litestreams-tables,with-litestreams-tables}{,} \
        {smaller,larger,small-pages,large-pages,rollback-journal}{,} |
        awk -v seed="$SEED" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort | cut -d ' ' -f 2 |
        awk '!chosen && $0 == "undo" { held = held $0 "\n"; next } { chosen = 1; print } END { printf "%s", held }'
}

# ---- Restoring and comparing ------------------------------------------------------------------------------------

start_writer() {
    rm -f "$home/writer"
    start ledger_write "$live" 1 "$home/writer" 20
    await counter_is_over commits "$home/writer" 3
}

# restore FILENAME EXPECTED: the answer says EXPECTED of the replica, and in time. How long it took is in $took_ms.
restore() {
    local begin limit_ms answer
    begin=$(milliseconds)
    answer=$(program backup-restore "$1" --yes) || fail "$1 is not restored"
    took_ms=$(($(milliseconds) - begin))
    [ "$(jq -c .replica <<<"$answer")" = "$2" ] || fail "expected $2 after $took_ms ms: $answer"
    limit_ms=$((1000 * (SYNC_INTERVAL + PATIENCE + LAST_LOOK) + $(jq .duration_ms <<<"$answer") + 1000))
    [ "$took_ms" -le "$limit_ms" ] || fail "answered after $took_ms ms, not within $limit_ms"
    undo=$(jq -er .safety_backup <<<"$answer")
}

number_of() {
    sqlite3 "file:$1?mode=ro" "SELECT generation FROM ledger"
}

restore_from_replica() { # FILE
    rm -f "$1"*
    litestream restore -config "$LITESTREAM_CONFIG" -o "$1" "$live" >"$home/restore.log" 2>&1 ||
        fail "Litestream restores nothing: $(cat "$home/restore.log")"
    sqlite3 "$1" "PRAGMA journal_mode = DELETE" >"$home/restore.log"
}

# What the answer says is true when it is said: the restored database is in the replica, whole.
assert_replica_has_it() {
    restore_from_replica "$home/copy.db"
    [ "$("$TOOLS/ledger_check" "$home/copy.db")" -eq "$(number_of "$live")" ] ||
        fail "what was restored is not in the replica"
}

everything_is_there() { # SINCE, milliseconds
    program litestream-status | jq -e --argjson since "$1" '.status == "active" and .lag_seconds == 0 and
        (.last_sync | .[0:19] + "Z" | fromdate) * 1000 > $since' >/dev/null
}

# While nobody writes, the live database, what Litestream itself restores and what litestream-fetch makes are the same:
# schema and rows.
assert_replica_is_the_live_database() {
    local expected
    wait_until everything_is_there "$(milliseconds)"
    expected=$(content "$live")
    restore_from_replica "$home/copy.db"
    [ "$(content "$home/copy.db")" = "$expected" ] || fail "Litestream restores another database"
    [ "$(content "$BACKUP_DIR/$(fetched)")" = "$expected" ] || fail "litestream-fetch makes another database"
    [ "$(sqlite3 "$live" "PRAGMA integrity_check")" = ok ] || fail "the live database is damaged"
}

assert_litestream_is_content() { # GENERATION
    [ "$(generation)" = "$1" ] || fail "Litestream has begun a new generation"
    [ -z "$(litestream_errors)" ] || fail "$(litestream_errors)"
}

@test "$RESTORES restores in a row, of all kinds of backups: Litestream stays in its generation, and the replica is the live database" {
    local kinds backup before done=0 slowest_ms=0
    mapfile -t kinds < <(order)
    [ "${#kinds[@]}" -eq "$RESTORES" ]
    note "SEED=$SEED"
    replicate
    before=$(generation)
    start_writer
    while ((done < RESTORES)); do
        backup=$(make_backup "${kinds[done]}" $((done + 2)))
        echo "restore $((done + 1)): $backup, ${kinds[done]}"
        restore "$backup" '"in sync"'
        ((took_ms <= slowest_ms)) || slowest_ms=$took_ms
        assert_replica_has_it
        assert_litestream_is_content "$before"
        if ((++done % COMPARED_EVERY == 0)); then
            stop
            assert_replica_is_the_live_database
            start_writer
        fi
    done
    assert_litestream_is_content "$before"
    note "the slowest answer, in sync, came after $slowest_ms ms"
}

@test "Litestream is stopped: the answer says so at once, and once it runs again the replica is the live database" {
    replicate
    stop_litestream
    wait_until is_in_state stopped
    start_writer
    restore "$(make_backup larger 2)" '"stopped"'
    [ "$took_ms" -lt 2000 ] || fail "answered after $took_ms ms"
    [ "$(number_of "$live")" -eq 2 ]
    start_litestream "$LITESTREAM_CONFIG"
    wait_until is_in_state active
    stop
    assert_replica_is_the_live_database
    [ -z "$(litestream_errors)" ]
}

@test "Litestream is killed a moment before the restore: the answer does not say in sync" {
    replicate
    start_writer
    backup=$(make_backup smaller 2)
    kill_litestream
    restore "$backup" '"stopped"'
    [ "$(number_of "$live")" -eq 2 ]
}

@test "the object store hangs: the restore happens, the answer says unreachable in time, and later all is in the replica" {
    replicate
    start_writer
    backup=$(make_backup large-pages 2)
    object_store pause
    restore "$backup" '"unreachable"'
    [ "$(number_of "$live")" -eq 2 ]
    object_store resume
    wait_until is_in_state active
    stop
    assert_replica_is_the_live_database
}

@test "the object store is down: the restore happens, the answer says unreachable in time, and later all is in the replica" {
    replicate
    start_writer
    backup=$(make_backup rollback-journal 2)
    object_store stop
    restore "$backup" '"unreachable"'
    [ "$(number_of "$live")" -eq 2 ]
    object_store start
    wait_until is_in_state active
    stop
    assert_replica_is_the_live_database
}

@test "a Litestream that does nothing any more, but has not ended: the answer says stopped in time" {
    replicate
    start_writer
    backup=$(make_backup without-litestreams-tables 2)
    kill -STOP "$litestream_pid"
    restore "$backup" '"stopped"'
    [ "$(number_of "$live")" -eq 2 ]
    kill -CONT "$litestream_pid"
    wait_until is_in_state active
    stop
    assert_replica_is_the_live_database
}

@test "the object store takes nothing more: the restore happens, and the answer says behind in time" {
    replicate
    start_writer
    backup=$(make_backup small-pages 2)
    object_store ask PUT "/$BUCKET?policy=" --fail-with-body --data-binary '{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::'"$BUCKET"'/*"}]}'
    restore "$backup" '"behind"'
    [ "$(number_of "$live")" -eq 2 ]
    object_store ask DELETE "/$BUCKET?policy=" --fail-with-body
    wait_until is_in_state active
    stop
    assert_replica_is_the_live_database
}

@test "Litestream is not configured for the database: the answer says null" {
    restore "$(make_backup smaller 2)" null
    write_litestream_config "$LITESTREAM_CONFIG" "$home/data/another.db" "s3://$BUCKET/$BATS_TEST_NUMBER"
    restore "$(make_backup larger 3)" null
    [ "$took_ms" -lt 2000 ] || fail "answered after $took_ms ms"
}
