#!/usr/bin/env bats
# The restore drill: what the replica gives back is the live database, or the drill says that it is not and that is
# recorded; with the real Litestream, a folder and an S3 server.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # jq, and what the helpers set and read, each test in a process of its own

load ../http/helper
load support
load mounts
load ../replication

setup() {
    require_litestream
    prepare
    live=$home/data/show.db
    export DATABASE_PATH=$live LITESTREAM_CONFIG=$home/litestream.yml LITESTREAM_BIN
    LITESTREAM_BIN=$(litestream_program)
    record=$BACKUP_DIR/.drills/show.json replica=$home/replica
    sql "PRAGMA journal_mode = WAL; CREATE TABLE cue(id INTEGER PRIMARY KEY, note);
        CREATE TABLE camera(id INTEGER PRIMARY KEY, name);
        INSERT INTO cue(note) SELECT hex(randomblob(100)) FROM generate_series(1, 2000);
        INSERT INTO camera(name) VALUES('A'), ('B'), ('C')"
}

teardown() {
    [[ -z ${SITE:-} ]] || stop_site
    end_replication
    clean_up
}

sql() {
    sqlite3 -bail -cmd '.timeout 10000' "$live" "$1" >"$home/sql-answer"
}

replicate() { # [URL]
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "${1:-file://$replica}" 'sync-interval: 200ms' \
        'database.monitor-interval: 100ms'
    start_litestream "$LITESTREAM_CONFIG"
    wait_until has_points
}

has_points() {
    program litestream-points 2>"$home/complaint" | jq -e --slurp '.[0].earliest' >"$home/answer"
}

# What the program answered is in $answer, what it complained of in $complaint, and its status in $status.
drill() { # [ARGUMENT...]
    status=0
    answer=$(program litestream-drill "$@" 2>"$home/complaint") || status=$?
    complaint=$(<"$home/complaint")
}

assert_proven() { # JQ CONDITION on the record, which is what was answered, too
    assert_no_litter
    [ "$status" -eq 0 ] || fail "status $status: $complaint"
    jq -e --argjson answer "$answer" '.status == "proven" and .last_proven == .time and . + $answer == .' "$record" >"$home/answer" ||
        fail "answered $answer, recorded $(<"$record")"
    jq -e "$1" "$record" >"$home/answer" || fail "not so: $1: $(<"$record")"
}

assert_failed() { # STATUS WORDS
    assert_no_litter
    [ "$status" -eq "$1" ] || fail "status $status, not $1: $answer $complaint"
    [[ $complaint == *"$2"*. ]] || fail "not a sentence with '$2': $complaint"
    jq -e --arg words "$2" '.status == "failed" and .last_proven != .time and (.detail | contains($words))' "$record" >"$home/answer" ||
        fail "recorded: $(<"$record")"
}

assert_not_recorded() { # STATUS WORDS
    [ "$status" -eq "$1" ] || fail "status $status, not $1: $answer $complaint"
    [[ $complaint == *"$2"*. ]] || fail "not a sentence with '$2': $complaint"
    [ ! -e "$record" ] || fail "recorded: $(<"$record")"
}

# ---- What is proven ----------------------------------------------------------------------------------------------

@test "what came back is the live database, to the row; nothing is published, and nothing live is touched" {
    local expected
    replicate
    expected=$(content "$live")
    drill
    assert_proven '.tables == 2 and .rows == 2003 and .size > 100000 and .duration_ms > 0 and .database == "show" and
        .replica_url == "file://'"$replica"'" and .detail == "Everything came back: 2003 rows in 2 tables."'
    [ "$(list | jq length)" -eq 0 ]
    [ "$(content "$live")" = "$expected" ]
    jq -e '.[0] | .action == "drill" and .result == "done"' <<<"$(program audit-list --json)"
    program litestream-status | jq -e --slurpfile record "$record" \
        '.proven == $record[0].time and .drill.status == "proven" and .drill.rows == 2003'
}

@test "what was written just before is waited for, and counts" {
    replicate
    sql "INSERT INTO camera(name) VALUES('D')"
    drill
    assert_proven '.rows == 2004'
}

@test "a busy application does not make a drill fail: tables that grow, shrink, and go up and down" {
    local writer
    sql "CREATE TABLE queue(id INTEGER PRIMARY KEY); CREATE TABLE old AS SELECT note FROM cue"
    replicate
    while :; do
        sqlite3 -cmd '.timeout 10000' "$live" "INSERT INTO cue(note) SELECT 'x' FROM generate_series(1, 7);
            DELETE FROM old WHERE rowid IN (SELECT rowid FROM old LIMIT 3);
            INSERT INTO queue(id) SELECT NULL FROM generate_series(1, abs(random() % 20));
            DELETE FROM queue WHERE id % 3 = abs(random() % 3)" || true
    done 3>&- >"$home/writer" 2>&1 &
    writer=$!
    started+=("$writer")
    for _ in 1 2 3; do
        drill
        assert_proven '.tables == 4 and .rows > 2003'
    done
    kill "$writer"
    wait "$writer" || true
    started=()
}

@test "from S3: proven, and failed when it is down, with the last proof kept" {
    local proven
    start_object_store
    require_object_store
    replicate "s3://$BUCKET/drill"
    drill
    assert_proven '.replica_url == "s3://'"$BUCKET"'/drill" and .rows == 2003'
    proven=$(jq -r .time "$record")
    object_store stop
    drill
    assert_failed 69 "Nobody answers there"
    jq -e --arg proven "$proven" '.last_proven == $proven and .rows == null' "$record"
    program litestream-status | jq -e --arg proven "$proven" '.proven == $proven and .drill.status == "failed"'
    program health | jq -e '.checks.restore_drill | .status == "degraded" and (.detail | contains("Nobody answers there"))'
}

# ---- What is not -------------------------------------------------------------------------------------------------

segments() {
    find "$replica" -name '*.wal.lz4' | sort
}

damage_last_segment() {
    printf 'x' | dd of="$(segments | tail -n 1)" bs=1 seek=40 conv=notrunc status=none
}

@test "a damaged replica: 65, recorded, with the last proof kept" {
    local proven
    replicate
    drill
    proven=$(jq -r .time "$record")
    stop_litestream
    damage_last_segment
    drill
    assert_failed 65 "damaged"
    jq -e --arg proven "$proven" '.last_proven == $proven and .rows == null' "$record"
    jq -e '.[0] | .action == "drill" and .result == "not-restorable"' <<<"$(program audit-list --json)"
}

@test "a table that the replica never got: 65 with its name" {
    replicate
    stop_litestream
    sql "CREATE TABLE light(id)"
    drill
    assert_failed 65 "The table light did not come back"
    jq -e '.rows == 2003 and .tables == 2 and .point != null and .last_proven == null' "$record"
}

@test "a table half empty: 65 with both numbers; where the replica only lags a little, proven with a reservation" {
    replicate
    stop_litestream
    sql "INSERT INTO camera(name) VALUES('D'), ('E')"
    drill
    assert_proven '.rows == 2003 and (.detail | contains("did not have the latest changes"))'
    sql "INSERT INTO camera(name) VALUES('F'), ('G')"
    drill
    assert_failed 65 "The table camera came back with 3 rows; the live database has 7"
}

# Litestream's restore, with something wrong in what it restores.
restore_without() { # SQL
    mkdir -p "$home/bin"
    cat >"$home/bin/litestream" <<END
#!/bin/bash
"$LITESTREAM_BIN" "\$@" || exit
while [ "\$1" != -o ]; do shift; done
sqlite3 "\$2" "$1"
END
    chmod +x "$home/bin/litestream"
    # Each litestream in PATH may be executed.
    local path=$home/bin:${LITESTREAM_BIN%/*}:$PATH
    PATH=$path LITESTREAM_BIN=litestream drill
}

@test "a single row, or a table, that is missing while Litestream is in step: 65" {
    replicate
    restore_without "DELETE FROM camera WHERE id = 2"
    assert_failed 65 "The table camera came back with 2 rows; the live database has 3"
    restore_without "DROP TABLE camera"
    assert_failed 65 "The table camera did not come back"
    restore_without "SELECT 1"
    assert_proven '.rows == 2003'
}

@test "nothing in the replica yet: 65, recorded" {
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "file://$replica"
    mkdir "$replica"
    drill
    assert_failed 65 "nothing to restore yet"
}

@test "without Litestream's program: 69, recorded" {
    replicate
    LITESTREAM_BIN=$home/no-litestream drill
    assert_failed 69 "$home/no-litestream"
}

# ---- What says nothing of the replica ----------------------------------------------------------------------------

@test "without a replica, or a live database, nothing is recorded" {
    drill
    assert_not_recorded 69 "Configure Litestream there"
    replicate
    drill --replica nope
    assert_not_recorded 66 "nope"
    stop_litestream
    mv "$live" "$live.gone"
    drill
    assert_not_recorded 66 "is missing"
}

@test "a replica elsewhere is another one: what was proven with the old one counts no more" {
    replicate
    drill
    assert_proven '.rows == 2003'
    stop_litestream
    sed -i "s|file://$replica|file://$home/elsewhere|" "$LITESTREAM_CONFIG"
    program litestream-status | jq -e '.proven == null and .drill == null'
    mkdir "$home/elsewhere"
    drill
    assert_failed 65 "nothing to restore yet"
    jq -e '.last_proven == null' "$record"
}

@test "two at once: one is busy, 75 and 503, and says so at once" {
    local first lock=$BACKUP_DIR/.drills/show.lock
    replicate
    kill -STOP "$litestream_pid"
    program litestream-drill >"$home/first" 2>&1 3>&- &
    first=$!
    await is_locked "$lock"
    drill
    kill -CONT "$litestream_pid"
    assert_not_recorded 75 "Another restore drill of this database is running"
    wait "$first" || fail "$(cat "$home/first")"
    jq -e '.status == "proven"' "$home/first"
    assert_no_litter
}

is_locked() { # FILE
    [ -e "$1" ] && ! flock --nonblock "$1" true
}

@test "killed in the middle: the record is as it was, and the next program that writes clears away the copy" {
    local before
    replicate
    drill
    before=$(<"$record")
    kill -STOP "$litestream_pid"
    "$PROGRAMS/litestream-drill" >"$home/first" 2>&1 3>&- &
    await has_work
    kill_drill $!
    kill -CONT "$litestream_pid"
    [ "$(<"$record")" = "$before" ]
    create
    assert_no_litter
}

@test "killed at any moment: the record is one drill's, whole" {
    replicate
    drill
    for _ in {1..8}; do
        "$PROGRAMS/litestream-drill" >"$home/first" 2>&1 3>&- &
        sleep "0.$(printf %03d $((RANDOM % 200)))"
        kill_drill $!
        jq -e '.status == "proven" and .last_proven == .time and .rows == 2003' "$record" || fail "$(<"$record")"
    done
    # What a killed one had started writes to its folder until it ends.
    wait_until no_litestream_restores
    drill
    assert_proven '.rows == 2003'
}

kill_drill() { # PID
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

no_litestream_restores() {
    ! grep --quiet --text --no-messages --fixed-strings "$BACKUP_DIR" /proc/[0-9]*/cmdline
}

has_work() {
    [ -n "$(find "$BACKUP_DIR/.work" -mindepth 1 2>/dev/null)" ]
}

@test "no room for the copy: 73 and 507, and nothing is recorded" {
    sql "CREATE TABLE big(data); INSERT INTO big VALUES(randomblob(20000000))"
    replicate
    mount_privately "$BACKUP_DIR" -t tmpfs -o size=16m none
    run inside "$PROGRAMS/litestream-drill"
    [ "$status" -eq 73 ] || fail "$status: $output"
    [[ $output == *oom* ]]
    [ -z "$(inside find "$BACKUP_DIR" -path '*/.work/*')" ]
    [ -z "$(inside find "$BACKUP_DIR/.drills" -name '*.json*')" ]
    inside env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/api/backups/litestream/drill \
        "$PROGRAMS/litestream-drill" 2>"$home/log" </dev/null | grep '^Status: 507'
}

# ---- Health ------------------------------------------------------------------------------------------------------

record_days_ago() { # DAYS
    local time
    time=$(date --utc --date "$1 days ago" +%FT%T.000Z)
    mkdir -p "$BACKUP_DIR/.drills"
    jq -n --arg time "$time" '{status: "proven", $time, detail: "", last_proven: $time, replica_url: "s3://bucket/path", database: "show"}' >"$record"
}

assert_health() { # STATUS WORDS
    program health | jq -e --arg status "$1" --arg words "$2" '.checks.restore_drill | .status == $status and (.detail | contains($words))' ||
        fail "not $1 with '$2': $(program health | jq -c .checks.restore_drill)"
}

@test "health: none yet is fine, a proof of a week ago is, an older one and a record that is damaged are not" {
    assert_health ok "No restore drill was made yet."
    record_days_ago 7
    assert_health ok "Proven restorable 7 days ago, from s3://bucket/path."
    record_days_ago 9
    assert_health degraded "Proven restorable 9 days ago, from s3://bucket/path. It is time for another restore drill."
    truncate --size=20 "$record"
    assert_health degraded "cannot be understood. The next drill replaces it."
    replicate
    program litestream-status | jq -e '.proven == null and .drill == null'
    drill
    assert_proven '.rows == 2003'
    assert_health ok "Proven restorable just now"
}

# ---- Over HTTP ---------------------------------------------------------------------------------------------------

@test "through nginx: 200, progress as events with exactly one end; 422 with what is recorded where it fails" {
    local phases
    replicate
    start_site
    ask POST /api/backups/litestream/drill
    expect_code 200
    expect_json '.status == "proven" and .rows == 2003'
    ask POST '/api/backups/litestream/drill?replica=main' --header 'Accept: text/event-stream'
    expect_code 200
    [ "$(sed -n 's/^event: //p' "$body" | grep -vx progress)" = "done" ] || fail "$(cat "$body")"
    phases=$(sed -n 's/^data: //p' "$body" | jq -r 'select(.phase) | .phase' | uniq | tr '\n' ' ')
    [[ $phases =~ ^counting\ (replicating\ )?listing\ downloading\ (checking\ )?restoring\ checking\ counting\ $ ]] || fail "$(cat "$body")"
    sed -n 's/^data: //p' "$body" | tail -n 1 | jq -e '.status == "proven"'
    ask GET /api/health
    expect_json '.checks.restore_drill | .status == "ok" and (.detail | test("^Proven restorable just now"))'
    stop_litestream
    damage_last_segment
    ask POST /api/backups/litestream/drill
    expect_problem 422 not-restorable
    [ "$(json .detail)" = "$(jq -r .detail "$record")" ]
    ask POST /api/backups/litestream/drill --header 'Accept: text/event-stream'
    [ "$(sed -n 's/^event: //p' "$body" | grep -vx progress)" = error ] || fail "$(cat "$body")"
    ask GET /api/health
    expect_json '.status == "degraded" and .checks.restore_drill.status == "degraded"'
}
