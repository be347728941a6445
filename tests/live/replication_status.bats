#!/usr/bin/env bats
# Status tells the truth, whatever happens to Litestream and to the object store.
#
# setup_file lets both fail in all ways while an application writes and status is asked without a pause; what was
# answered, committed and, by Litestream's own restore, was in the bucket at each moment is in a database (history)
# then, and the first tests ask it. The tests after them have a database of their own.
# alone: it measures within which time status tells the truth.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
replication_home=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}

# Milliseconds: what every call must keep; within which a cause is named, and that it is gone is seen; what may be
# missing while status says active (the sync interval of these tests is 1 s).
CALL_LIMIT=2000
NAMED_WITHIN=10000 RECOVERED_WITHIN=6000
MAY_BE_MISSING=6000
# A look of Litestream at the database every second, an upload every second, and what they take.
LOOK_TAKES=3000

# Seconds for which the idle database is idle at least: three times what may be missing.
IDLE=20

load ../build
load ../replication

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

note() {
    printf '# %s\n' "$*" >&3
}

now_ms() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

# ---- The file ---------------------------------------------------------------------------------------------------

setup_file() {
    unset GATEWAY_INTERFACE "${!BACKUP_@}" DATABASE_PATH
    home=$BATS_FILE_TMPDIR
    start_object_store
    [[ -z ${OBJECT_STORE_MISSING:-} ]] && litestream_program >/dev/null || return 0
    start_idle_database
    record_history
}

# Bats waits for whatever still runs: also where setup_file failed.
teardown_file() {
    local pid
    : >"$BATS_FILE_TMPDIR/enough"
    for pid in $IDLE_PID $(cat "$BATS_FILE_TMPDIR/writers" 2>/dev/null); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    end_replication
}

setup() {
    home=$BATS_TEST_TMPDIR
    background=()
    require_object_store
    require_litestream
    history=$BATS_FILE_TMPDIR/history.db
}

# Whatever a test has done to the store, the next one finds it in order.
teardown() {
    local pid
    for pid in "${background[@]}"; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    [[ ! -e $home/site/site.pid ]] || "$repository/tests/site" down "$home/site"
    kill_litestream
    [[ -n ${OBJECT_STORE_MISSING:-} ]] || { object_store resume && object_store start; }
}

# ---- Databases and those who write to them ------------------------------------------------------------------------

make_database() { # PATH
    mkdir -p "$(dirname "$1")"
    sqlite3 "$1" 'PRAGMA journal_mode = WAL; CREATE TABLE commits (id INTEGER PRIMARY KEY, filler)' >/dev/null
}

write_row() { # DATABASE
    sqlite3 -cmd '.timeout 5000' "$1" 'INSERT INTO commits (filler) VALUES (randomblob(100))'
}

start_writer() { # DATABASE PERIOD_MS
    "$TOOLS/replication_status_writer" "$1" "$home/commits" "$2" 3>&- 4>&- 2>>"$home/writer.log" &
    writer_pid=$!
    background+=("$writer_pid")
    echo "$writer_pid" >>"$home/writers"
}

stop_writer() {
    kill -TERM "$writer_pid"
    wait "$writer_pid" || fail "the writer ended with status $?: $(<"$home/writer.log")"
}

# A database of the test's own: DATABASE_PATH, LITESTREAM_CONFIG, and its folder in the bucket.
prepare() {
    export DATABASE_PATH=$home/data/show.db LITESTREAM_CONFIG=$home/litestream.yml
    export LITESTREAM_BIN
    LITESTREAM_BIN=$(litestream_program)
    make_database "$DATABASE_PATH"
    mkdir "$home/data/backups"
    write_litestream_config "$LITESTREAM_CONFIG" "$DATABASE_PATH" "s3://$BUCKET/${BATS_TEST_NUMBER:-0}"
}

# ---- Asking -----------------------------------------------------------------------------------------------------

# Leaves $answer, $status and $took_ms.
ask() {
    local begin
    begin=$(now_ms)
    status=0
    answer=$(timeout 20 "$PROGRAMS/litestream-status" "$@" 2>"$home/messages" 3>&- 4>&-) || status=$?
    took_ms=$(($(now_ms) - begin))
}

answers() { # JQ CONDITION
    ask
    ((took_ms < CALL_LIMIT)) || fail "it took $took_ms ms: $answer"
    ((status == 0)) || fail "exit status $status: $(<"$home/messages")"
    jq --exit-status "$1" >/dev/null <<<"$answer"
}

# says STATE [PART OF THE SENTENCE]: within the time in which each cause must be named, or be gone.
says() {
    local begin
    begin=$(now_ms)
    until answers ".status == \"$1\" and (.detail | contains(\"${2:-}\"))"; do
        (($(now_ms) - begin < NAMED_WITHIN)) || fail "$1 ${2:-} was expected, but: $answer"
        sleep 0.1
    done
}

field() { # JQ FILTER
    jq --raw-output "$1" <<<"$answer"
}

# ---- The idle database --------------------------------------------------------------------------------------------

# A database to which nobody has written for a long time when its test comes.
start_idle_database() {
    make_database "$home/idle/show.db"
    write_row "$home/idle/show.db"
    # Without a checkpoint, which would be something to upload.
    write_litestream_config "$home/idle.yml" "$home/idle/show.db" "s3://$BUCKET/idle" 'database.checkpoint-interval: 1h'
    start_litestream "$home/idle.yml"
    export IDLE_PID=$litestream_pid IDLE_SINCE=$EPOCHSECONDS
    litestream_pid=
}

# ---- The history --------------------------------------------------------------------------------------------------

event() { # NAME
    printf '%s\t%s\n' "$(now_ms)" "$1" >>"$home/events"
}

poll() {
    local begin end
    while [[ ! -e $home/enough ]] && ((SECONDS < 300)); do
        begin=$(now_ms)
        ask
        end=$(now_ms)
        ((status == 0)) && printf '%s\t%s\t%s\n' "$begin" "$end" "${answer//[$'\n\t']/}" >>"$home/polls"
        sleep 0.08
    done
}

last_poll_is_active() {
    [[ $(tail -n 1 "$home/polls") == *'{"status":"active"'* ]]
}

# fault SECONDS NAME STATE PART_OF_THE_SENTENCE BEGIN END: for so long BEGIN's effect lasts, until END has run.
fault() {
    local from
    wait_until last_poll_is_active
    sleep 1
    from=$(now_ms)
    event "begin: $2"
    "$5"
    sleep "$1"
    "$6"
    event "end: $2"
    printf '%s\t%s\t%s\t%s\t%s\n' "$2" "$from" "$(now_ms)" "$3" "$4" >>"$home/faults"
}

pause_store() { object_store pause; }
resume_store() { object_store resume; }
stop_store() { object_store stop; }
start_store() { object_store start; }
freeze_litestream() { kill -STOP "$litestream_pid"; }
thaw_litestream() { kill -CONT "$litestream_pid"; }

begin_litestream() {
    event life
    start_litestream "$LITESTREAM_CONFIG"
}

# Its own end may fail: under a busy writer its last checkpoint does.
end_litestream() {
    stop_litestream || true
}

kill_it_and_restart_the_writer() {
    kill_litestream
    stop_writer
    start_writer "$DATABASE_PATH" 5
}

# Litestream finds another WAL than the one it left, and begins a new generation.
lose_the_wal() {
    kill_litestream
    stop_writer
    sqlite3 "$DATABASE_PATH" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
    start_writer "$DATABASE_PATH" 5
}

# What Litestream has sent, the store takes when it goes on, long after it was read.
pause_store_and_kill_litestream() {
    object_store pause
    sleep 8
    from=$(now_ms)
    kill_litestream
    object_store resume
}

lose_the_meta_folder() {
    rm -r "$(dirname "$DATABASE_PATH")/.show.db-litestream"
}

let_things_fail() {
    local stopped='Litestream does not run'
    fault 5 'the store hangs' unreachable 'does not answer in time' pause_store resume_store
    fault 5 'the store is stopped' unreachable 'Nobody answers there' stop_store start_store
    fault 4.5 'Litestream is ended' stopped "$stopped" end_litestream begin_litestream
    fault 4.5 'Litestream is killed' stopped "$stopped" kill_it_and_restart_the_writer begin_litestream
    fault 5 'Litestream hangs' stopped "$stopped" freeze_litestream thaw_litestream
    fault 1.5 'Litestream is killed while the store hangs' '' '' pause_store_and_kill_litestream begin_litestream
    fault 0 'a WAL that is lost' '' '' lose_the_wal begin_litestream
    fault 0 'a meta folder that is lost' '' '' lose_the_meta_folder true
    wait_until last_poll_is_active
    sleep 2
}

record_history() {
    local polling
    background=()
    prepare
    start_writer "$DATABASE_PATH" 5
    begin_litestream
    poll 3>&- 4>&- &
    polling=$!
    wait_until test -s "$home/polls"
    let_things_fail
    : >"$home/enough"
    wait "$polling"
    stop_writer
    end_litestream
    restore_each_moment
    write_history
}

# The keys below a folder of the bucket, each with the time at which it was there.
objects() { # FOLDER
    object_store ask GET "/$BUCKET?list-type=2&prefix=${1//\//%2F}" --fail | sed 's/<Contents>/\n&/g' |
        sed -n 's|.*<Key>\([^<]*\)</Key>.*<LastModified>\([^<]*\)</LastModified>.*|\1 \2|p'
}

# What Litestream restores as of each WAL segment's time is what the bucket had from then on. (A snapshot is nothing
# without the segments after it: it is a copy of a file that was being written to.)
restore_each_moment() {
    local key time generation
    mkdir "$home/restored"
    while read -r key time; do
        generation=${key#*/generations/}
        litestream restore -config "$LITESTREAM_CONFIG" -generation "${generation%%/*}" -timestamp "$time" \
            -o "$home/restored/db" "$DATABASE_PATH" >>"$home/restore.log" 2>&1 </dev/null
        sqlite3 "$home/restored/db" \
            "SELECT strftime('%s', '$time') * 1000 + substr(strftime('%f', '$time'), 4), count(*), max(id) FROM commits" \
            -separator $'\t' >>"$home/moments"
        rm -f "$home"/restored/*
    done < <(objects "${BATS_TEST_NUMBER:-0}/" | grep '/wal/')
}

write_history() {
    tr ' ' '\t' <"$home/commits" >"$home/commits.tsv"
    sqlite3 "$home/history.db" <<SQL
CREATE TABLE commits (id INTEGER PRIMARY KEY, done_ms INTEGER);
CREATE TABLE polls (begin_ms INTEGER, end_ms INTEGER, answer TEXT);
CREATE TABLE moments (ms INTEGER, rows INTEGER, last_id INTEGER);
CREATE TABLE faults (name TEXT, begin_ms INTEGER, end_ms INTEGER, state TEXT, sentence TEXT);
CREATE TABLE events (ms INTEGER, name TEXT);
.mode tabs
.import $home/commits.tsv commits
.import $home/polls polls
.import $home/moments moments
.import $home/faults faults
.import $home/events events
CREATE INDEX by_time ON commits (done_ms);
CREATE TABLE answers AS SELECT begin_ms, end_ms, end_ms - begin_ms AS took_ms, answer ->> 'status' AS state,
  CAST(round((julianday(answer ->> 'last_sync') - 2440587.5) * 86400000) AS INTEGER) AS last_sync_ms,
  answer ->> 'lag_seconds' AS lag_s, answer ->> 'lag_bytes' AS lag_bytes, answer ->> 'detail' AS sentence,
  (SELECT max(last_id) FROM moments WHERE ms <= end_ms) AS has,
  (SELECT max(id) FROM commits WHERE done_ms <= begin_ms - $MAY_BE_MISSING) AS must_have,
  (SELECT count(*) FROM events WHERE name = 'life' AND ms <= end_ms) AS life FROM polls;
UPDATE answers SET life = NULL WHERE EXISTS
  (SELECT * FROM events WHERE name = 'life' AND ms BETWEEN begin_ms AND end_ms);
SQL
}

# holds SENTENCE SQL: the query, of what should not be, finds nothing.
holds() {
    local found
    found=$(sqlite3 -header -column "$history" "$2")
    [[ -z $found ]] || fail "not so: $1"$'\n'"$(head -n 20 <<<"$found")"
}

among() { # SQL
    sqlite3 "$history" "$1"
}

# ---- What the history says ------------------------------------------------------------------------------------------

@test "the history is one: each restored moment has all rows up to its last, the last one all" {
    holds 'no gap' 'SELECT * FROM moments WHERE rows <> last_id'
    holds 'all is there at the end' 'SELECT max(last_id) FROM moments HAVING max(last_id) < (SELECT max(id) FROM commits)'
    [[ $(objects 0/ | sed 's|.*/generations/||; s|/.*||' | sort -u | wc -l) -ge 3 ]]
    note "$(among "SELECT count(*) || ' answers over ' || ((max(end_ms) - min(begin_ms)) / 1000) || ' s, ' ||
        sum(state = 'active') || ' of them active, ' || (SELECT count(*) FROM commits) || ' commits' FROM answers")"
}

@test "it never says active while a commit older than the sync interval and 5 s is missing" {
    holds 'active only with all of that' \
        "SELECT begin_ms, end_ms, last_sync_ms, has, must_have,
             begin_ms - (SELECT done_ms FROM commits WHERE id = has + 1) AS missing_for_ms, sentence FROM answers
         WHERE state = 'active' AND has < must_have"
    note "the oldest commit that was missing under an active was $(among "SELECT max(begin_ms - (SELECT done_ms
        FROM commits WHERE id = has + 1)) FROM answers WHERE state = 'active'") ms old"
}

@test "last_sync is never later than what the replica really had" {
    holds 'all commits until then are in it' \
        "SELECT begin_ms, end_ms, last_sync_ms, has, state, sentence, last_sync_ms - (SELECT min(done_ms) FROM commits
             WHERE id > has) AS too_late_by_ms FROM answers
         WHERE last_sync_ms IS NOT NULL AND has < (SELECT max(id) FROM commits WHERE done_ms <= last_sync_ms)"
}

@test "lag_seconds is no less than how long a commit has been missing" {
    holds 'the lag is that of the oldest missing commit, but for the time of a look and an upload' \
        "SELECT begin_ms, state, lag_s, begin_ms - (SELECT done_ms FROM commits WHERE id = has + 1) AS missing_for_ms,
             sentence FROM answers WHERE lag_s IS NOT NULL AND lag_s * 1000 + $LOOK_TAKES < missing_for_ms"
}

@test "last_sync never goes backwards while one Litestream lives" {
    holds 'forwards' \
        "SELECT * FROM (SELECT begin_ms, state, last_sync_ms, life, sentence,
             max(last_sync_ms) OVER (PARTITION BY life ORDER BY begin_ms ROWS UNBOUNDED PRECEDING) AS highest FROM answers
             WHERE life IS NOT NULL) WHERE last_sync_ms IS NULL AND highest IS NOT NULL OR last_sync_ms < highest"
}

@test "each cause is named within 10 s, by its own sentence, and when it is gone, that is seen" {
    holds 'named' \
        "SELECT name, state FROM faults f WHERE state <> '' AND NOT EXISTS (SELECT * FROM answers a
         WHERE a.state = f.state AND instr(a.sentence, f.sentence)
         AND a.begin_ms BETWEEN f.begin_ms AND min(f.end_ms, f.begin_ms + $NAMED_WITHIN))"
    holds 'recovered' \
        "SELECT name FROM faults f WHERE NOT EXISTS (SELECT * FROM answers a WHERE a.state = 'active'
         AND a.begin_ms BETWEEN f.end_ms AND f.end_ms + $RECOVERED_WITHIN)"
    note "named and recovered after: $(among "SELECT group_concat(name || ' ' || ifnull((SELECT min(end_ms) FROM answers a
        WHERE a.state = f.state AND a.begin_ms >= f.begin_ms) - f.begin_ms, '-') || ' and ' || ((SELECT min(end_ms)
        FROM answers a WHERE a.state = 'active' AND a.begin_ms >= f.end_ms) - f.end_ms) || ' ms', ', ') FROM faults f")"
}

@test "the lag grows while the store is stopped, in seconds and in bytes, and is none afterwards" {
    local during="FROM answers a, faults f WHERE f.name = 'the store is stopped' AND a.state = 'unreachable'
        AND a.begin_ms BETWEEN f.begin_ms AND f.end_ms"
    [[ $(among "SELECT count(*) > 20 $during") == 1 ]]
    holds 'known' "SELECT a.begin_ms, lag_s, lag_bytes, a.sentence $during AND (lag_s IS NULL OR lag_bytes IS NULL)"
    [[ $(among "SELECT max(lag_s) - min(lag_s) > 2 AND max(lag_bytes) - min(lag_bytes) > 10000 $during") == 1 ]]
    holds 'growing' "SELECT * FROM (SELECT a.begin_ms, lag_s, lag_bytes, lag(lag_s) OVER (ORDER BY a.begin_ms) AS before_s,
         lag(lag_bytes) OVER (ORDER BY a.begin_ms) AS before_bytes $during) WHERE lag_s < before_s OR lag_bytes < before_bytes"
    [[ $(among "SELECT count(*) > 0 FROM answers a, faults f WHERE f.name = 'the store is stopped'
        AND a.begin_ms BETWEEN f.end_ms AND f.end_ms + $RECOVERED_WITHIN AND lag_s = 0 AND lag_bytes = 0") == 1 ]]
}

@test "each answer came in less than 2 s" {
    holds 'fast' "SELECT begin_ms, took_ms, state, sentence FROM answers WHERE took_ms >= $CALL_LIMIT"
    note "the slowest answers: $(among "SELECT group_concat(state || ' ' || worst || ' ms', ', ') FROM
        (SELECT state, max(took_ms) AS worst FROM answers GROUP BY state)")"
}

# ---- Idle -----------------------------------------------------------------------------------------------------------

@test "idle for long, it is active, with a last sync of now; also after a restart, when Litestream knows no position" {
    export DATABASE_PATH=$BATS_FILE_TMPDIR/idle/show.db LITESTREAM_CONFIG=$BATS_FILE_TMPDIR/idle.yml
    ((EPOCHSECONDS - IDLE_SINCE >= IDLE)) || sleep $((IDLE - EPOCHSECONDS + IDLE_SINCE))
    local uploaded
    uploaded=$(objects idle/)
    says active 'Everything is in the replica'
    fresh='(now - (.last_sync | sub("[.].*"; "Z") | fromdate) < 4) and .lag_seconds == 0 and .lag_bytes == 0'
    answers "$fresh" || fail "$answer"
    kill -KILL "$IDLE_PID"
    # The note of what was seen must not be needed.
    rm -f "$BATS_FILE_TMPDIR/idle/backups/.replicas/"*.json
    says stopped
    start_litestream "$LITESTREAM_CONFIG"
    wait_until answers ".status == \"active\" and $fresh"
    curl --silent --fail "$METRICS_URL" >"$home/metrics"
    grep --quiet litestream_sync_count "$home/metrics"
    [[ $(<"$home/metrics") != *'litestream_replica_wal_offset{'* ]] || fail 'it tells a position'
    # Nothing was uploaded for it.
    [[ $(objects idle/) == "$uploaded" ]]
}

# ---- What the object store refuses ----------------------------------------------------------------------------------

# refused PART_OF_THE_SENTENCE: Litestream and the programs run with what is in the environment now.
refused() {
    start_litestream "$LITESTREAM_CONFIG"
    write_row "$DATABASE_PATH"
    says unreachable "$1"
    # Over HTTP it is an answer, not an error.
    ((status == 0))
    kill_litestream
}

@test "a wrong secret, a wrong key, no credentials: each has its own sentence; with the right ones it is active again" {
    local key=$LITESTREAM_ACCESS_KEY_ID secret=$LITESTREAM_SECRET_ACCESS_KEY
    prepare
    LITESTREAM_SECRET_ACCESS_KEY=wrong$secret refused 'the secret key is wrong'
    LITESTREAM_ACCESS_KEY_ID=NOBODYSKEY refused 'does not know the access key'
    unset LITESTREAM_ACCESS_KEY_ID LITESTREAM_SECRET_ACCESS_KEY
    refused 'There are no credentials: set LITESTREAM_ACCESS_KEY_ID'
    export LITESTREAM_ACCESS_KEY_ID=$key LITESTREAM_SECRET_ACCESS_KEY=$secret
    start_litestream "$LITESTREAM_CONFIG"
    says active
}

@test "a bucket that is missing is named, and when it is there it is active by itself" {
    prepare
    sed -i "s|s3://$BUCKET|s3://not-there|" "$LITESTREAM_CONFIG"
    start_litestream "$LITESTREAM_CONFIG"
    start_writer "$DATABASE_PATH" 200
    says unreachable 'There is no such bucket'
    object_store bucket create not-there
    says active
    stop_writer
}

@test "a bucket that is deleted while all is idle is named; made anew, it is not active before it can be restored from" {
    local restored=$home/restored.db
    prepare
    sed -i "s|s3://$BUCKET|s3://to-be-lost|" "$LITESTREAM_CONFIG"
    object_store bucket create to-be-lost
    start_litestream "$LITESTREAM_CONFIG"
    write_row "$DATABASE_PATH"
    says active 'Everything is in the replica'
    object_store bucket delete to-be-lost
    says unreachable 'There is no such bucket'
    object_store bucket create to-be-lost
    says behind
    # Litestream does not know that what it has uploaded is gone, and goes on behind it.
    write_row "$DATABASE_PATH"
    sleep 3
    ask
    litestream restore -config "$LITESTREAM_CONFIG" -o "$restored" "$DATABASE_PATH" >"$home/restore.log" 2>&1 || true
    [[ $(field .status) != active || $(sqlite3 "$restored" 'SELECT count(*) FROM commits') == 2 ]] ||
        fail "active, but it cannot be restored: $(tail -n 1 "$home/restore.log")"
}

# ---- Configurations -------------------------------------------------------------------------------------------------

@test "not configured, for this database or at all, it is disabled; a file that is no YAML is an error" {
    prepare
    make_database "$home/data/other.db"
    LITESTREAM_CONFIG=$home/nowhere.yml says disabled "there is no $home/nowhere.yml"
    ask --database other
    jq --exit-status '.status == "disabled" and .replica_url == null and .last_sync == null and .replicas == []
        and (.detail | contains("does not name"))' <<<"$answer"
    printf 'dbs: [ {path: "\n' >"$LITESTREAM_CONFIG"
    ask
    ((status == 69))
    [[ -z $answer && $(<"$home/messages") == *"$LITESTREAM_CONFIG cannot be read as YAML"* ]]
}

# Two databases, one of them reached by a link, in a folder with a space; two replicas, one of them without a name; a
# folder of Litestream's own elsewhere; no metrics.
write_rich_config() { # [addr LINE]
    cat >"$LITESTREAM_CONFIG" <<YAML
$1
dbs:
  - path: $home/link to data/show.db
    meta-path: $home/meta of show
    replicas:
      - url: s3://$BUCKET/rich
        endpoint: $OBJECT_STORE_URL
        region: us-east-1
        sync-interval: 1s
      - name: folder
        path: $home/replica of show
        sync-interval: 1s
  - path: $home/data with spaces/other.db
    replicas:
      - url: file://$home/replica-of-other
        sync-interval: 1s
YAML
}

@test "two databases, two replicas, links, spaces, a meta-path: with metrics and without them" {
    local addr
    export DATABASE_PATH="$home/link to data/show.db" LITESTREAM_CONFIG=$home/litestream.yml
    make_database "$home/data with spaces/show.db"
    make_database "$home/data with spaces/other.db"
    ln -s "data with spaces" "$home/link to data"
    for addr in "addr: 127.0.0.1:$(free_port)" ''; do
        write_rich_config "$addr"
        start_litestream "$LITESTREAM_CONFIG"
        write_row "$DATABASE_PATH"
        sleep 1.2
        says active
        answers "[.replicas[] | .name, .url, .status] ==
            [\"s3\", \"s3://$BUCKET/rich\", \"active\", \"folder\", \"file://$home/replica of show\", \"active\"]" ||
            fail "$answer"
        ask --database other
        jq --exit-status ".status == \"active\" and .replica_url == \"file://$home/replica-of-other\"" <<<"$answer"
        # The worse of the two is what the whole is.
        object_store stop
        says unreachable 'Nobody answers there'
        answers '[.replicas[].status] == ["unreachable", "active"]' || fail "$answer"
        ask --database other
        [[ $(field .status) == active ]]
        object_store start
        write_row "$DATABASE_PATH"
        says active
        kill_litestream
    done
    says stopped
    answers '[.replicas[].status] == ["stopped", "stopped"]' || fail "$answer"
}

# ---- Secrets --------------------------------------------------------------------------------------------------------

# Notes the arguments of all processes, as often as that can be done, until $home/seen-enough.
watch_processes() {
    while [[ ! -e $home/seen-enough ]]; do
        cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' >>"$home/arguments"
        printf '\n' >>"$home/arguments"
    done
}

# Everything that is asked of the replica; what it says is in $home/said.
ask_for_everything() {
    local made
    for arguments in "litestream-status" "litestream-status --json" "litestream-points" "litestream-points --json" \
        "litestream-fetch latest" "litestream-fetch 2001-01-01T00:00:00Z"; do
        # shellcheck disable=SC2086 # a program and its arguments
        timeout 60 "$PROGRAMS"/$arguments 3>&- 4>&- || true
    done
    made=$("$PROGRAMS/litestream-fetch" latest | jq --raw-output .filename) || return 0
    timeout 60 "$PROGRAMS/backup-restore" "$made" --yes || true
}

shows_no_secret() { # FILE...
    ! grep --fixed-strings --files-with-matches -e "$secret" -e "$wrong" "$@" || fail "that shows a secret"
}

@test "no secret, right or wrong, is in an answer, an error, a file or a process's arguments" {
    local secret=$LITESTREAM_SECRET_ACCESS_KEY wrong=NobodysSecretKey0123456789 watching
    prepare
    start_litestream "$LITESTREAM_CONFIG"
    write_row "$DATABASE_PATH"
    says active
    watch_processes 3>&- 4>&- &
    watching=$!
    background+=("$watching")
    ask_for_everything >"$home/said" 2>&1
    grep '"status":.*"restored"' "$home/said"
    LITESTREAM_SECRET_ACCESS_KEY=$wrong ask_for_everything >"$home/said-with-wrong" 2>&1
    grep 'the secret key is wrong' "$home/said-with-wrong"
    # In the configuration itself, too, and where that is broken.
    printf '        %s\n' 'access-key-id: X' "secret-access-key: $wrong" >>"$LITESTREAM_CONFIG"
    ask_for_everything >>"$home/said-with-wrong" 2>&1
    printf '        %s\n' "more: [$wrong" >>"$LITESTREAM_CONFIG"
    ask_for_everything >>"$home/said-with-wrong" 2>&1
    grep 'cannot be read as YAML' "$home/said-with-wrong"
    : >"$home/seen-enough"
    wait "$watching"
    shows_no_secret "$home/said" "$home/said-with-wrong" "$home/arguments"
    shows_no_secret -r "$home/data"
    # What was looked for could have been found.
    grep --quiet 'litestream restore' "$home/arguments"
    grep --quiet litestream-fetch "$home/arguments"
}

# ---- Through nginx --------------------------------------------------------------------------------------------------

over_http() { # METHOD [CURL ARGUMENT...]
    curl --silent --max-time 10 --request "$1" "${@:2}" "$URL/api/backups/litestream/status"
}

@test "over HTTP it is what the shell says: GET, HEAD, 405 for POST, 503 for a broken configuration; no secret in the log" {
    local secret=$LITESTREAM_SECRET_ACCESS_KEY wrong=unused-here
    unset LITESTREAM_CONFIG DATABASE_PATH
    export REPLICATE=yes LITESTREAM_REPLICA_URL=s3://$BUCKET/site LITESTREAM_ENDPOINT=$OBJECT_STORE_URL
    cp "$repository/litestream.yml" "$home/site.yml"
    export LITESTREAM_CONFIG=$home/site.yml
    URL=$("$repository/tests/site" up "$home/site")
    wait_until site_is active
    over_http GET | jq --exit-status ".replica_url == \"s3://$BUCKET/site\" and .lag_seconds == 0 and .sync_interval_seconds == 1"
    over_http HEAD --head | grep '^HTTP/1.1 200'
    over_http HEAD --head | grep -i '^content-type: application/json'
    over_http POST --output /dev/null --write-out '%{http_code} %header{allow}' | grep '^405 GET'
    same_in_the_shell
    object_store pause
    wait_until site_is unreachable
    same_in_the_shell
    object_store resume
    wait_until site_is active
    printf 'dbs: [\n' >"$home/site.yml"
    over_http GET --write-out '%{http_code}' | grep '^503\|}503'
    over_http GET | jq --exit-status '.status == 503 and (.detail | contains("cannot be read as YAML"))'
    "$repository/tests/site" down "$home/site"
    rm "$home/site/site.pid"
    shows_no_secret "$home/site/site.log"
}

site_is() { # STATE
    [[ $(over_http GET | jq --raw-output .status) == "$1" ]]
}

# But for the times, which go on.
same_in_the_shell() {
    local fields='[.status, .detail, .replica_url, [.replicas[] | .name, .url, .status]]'
    local from_http from_shell
    from_http=$(over_http GET | jq --compact-output "$fields")
    from_shell=$(in_the_shell | jq --compact-output "$fields")
    [[ $from_http == "$from_shell" ]] || fail "$from_http but $from_shell"
}

# The programs of the site have these from serve.sh.
in_the_shell() {
    DATABASE_PATH=$home/site/data/camera_assignments.db LITESTREAM_REGION='' LITESTREAM_SYNC_INTERVAL=1s \
        LITESTREAM_SNAPSHOT_INTERVAL=24h LITESTREAM_RETENTION=168h LITESTREAM_ADDR=127.0.0.1:$(metrics_port) \
        "$PROGRAMS/litestream-status"
}

metrics_port() {
    local port=${URL##*:}
    ((port > 20000)) && echo $((port - 10000)) || echo $((port + 10000))
}
