#!/usr/bin/env bats
# What docs/recovery.md tells to do when something is lost. Each procedure is a test under its heading, which runs every
# command that stands there, as it stands there.
# shellcheck disable=SC2154 # what support.bash and replication.bash set
# shellcheck disable=SC2016 # what is for the shell that runs the commands of the guide
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load support
load ../replication

readonly GUIDE=$repository/docs/recovery.md
# What may be lost with a volume, beyond the sync interval.
readonly SYNC_INTERVAL_MS=1000 LOSS_LIMIT_MS=2000
# The app writes a row so often.
readonly PERIOD_MS=20
# A start that cannot find out what the replica has gives up within this many seconds.
readonly REFUSAL_LIMIT=45
readonly DATA_UNUSABLE=65 PART_MISSING=69

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
    choose_site "$home/site"
}

teardown() {
    local folder
    object_store resume
    object_store start
    for folder in "$home"/site*/site.pid; do
        [ ! -e "$folder" ] || "$repository/tests/site" down "$(dirname "$folder")"
    done
    clean_up
}

# ---- The guide --------------------------------------------------------------------------------------------------

# The part of the guide under the heading of this test, and the commands in it.
procedure() {
    awk -v heading="### $BATS_TEST_DESCRIPTION" '/^##/ { on = $0 == heading; next } on' "$GUIDE"
}

commands() {
    procedure | sed -n 's/^    //p'
}

# step COMMAND: runs a command of this procedure, in a shell of its own and with the settings alone, as the guide says.
# What it says is in $output; that it fails with STATUS is expected by step_fails STATUS COMMAND.
step() {
    step_fails 0 "$1"
}

step_fails() {
    local command=$2 status=0
    commands | grep --quiet --line-regexp --fixed-strings -e "$command" || fail "not in the guide: $command"
    printf '%s\n' "$command" >>"$home/steps"
    command=${command//FILENAME/"${filename:-}"}
    command=${command//MOMENT/"${moment:-}"}
    command=${command//\/data\//"$site/data/"}
    command=${command//\/usr\/local\/lib\/camera-sheet-backup/"$repository"}
    if [ "$command" = "$repository/serve.sh" ]; then
        start_site
        return
    fi
    output=$(in_shell "$command" 2>"$home/complaint") || status=$?
    [ "$status" -eq "$1" ] || fail "status $status, not $1: $command: $output $(cat "$home/complaint")"
}

in_shell() {
    cd "$home" && env -i HOME="$home" PATH="$PROGRAMS:$PATH" SITE="${URL:-}" timeout "$PROGRAM_LIMIT" \
        bash -c 'set -a; . "$0"; set +a; eval "$1"' "$settings" "$1" 3>&- 4>&-
}

# Nothing stands in the procedure that was not done.
all_is_done() {
    diff <(commands | sort -u) <(sort -u "$home/steps") || fail "not all of the procedure was done"
}

answered() { # JQ EXPRESSION
    jq -e "$1" <<<"$output" >/dev/null || fail "expected $1: $output"
}

take_name() {
    filename=$(jq -er .filename <<<"$output")
}

# ---- The site and its app ---------------------------------------------------------------------------------------

# Where it lies; each test has a place of its own in the bucket.
choose_site() { # FOLDER
    site=$1
    live=$site/data/camera_assignments.db
    settings=$home/settings.env
    cat >"$settings" <<END
DATABASE_PATH=$live
RUN_DIR=$site
REPLICATE=yes
LITESTREAM_BIN=$(litestream_program)
LITESTREAM_CONFIG=$repository/litestream.yml
LITESTREAM_REPLICA_URL=s3://$BUCKET/$BATS_TEST_NUMBER
LITESTREAM_ENDPOINT=$OBJECT_STORE_URL
LITESTREAM_ACCESS_KEY_ID=$LITESTREAM_ACCESS_KEY_ID
LITESTREAM_SECRET_ACCESS_KEY=$LITESTREAM_SECRET_ACCESS_KEY
LITESTREAM_ADDR=127.0.0.1:$(free_port)
END
}

start_site() {
    URL=$(in_shell "'$repository/tests/site' up '$site'") || fail "the site does not start: $(cat "$site/site.log")"
    site_is_active
}

stop_site() {
    "$repository/tests/site" down "$site"
}

status_is() {
    [ "$(curl --silent "$URL/api/backups/litestream/status" | jq -r .status)" = "$1" ]
}

site_is_active() {
    wait_until status_is active || fail "$(curl --silent "$URL/api/backups/litestream/status")"
}

status_is_not() {
    ! status_is "$1"
}

is_synced_since() { # TIME
    curl --silent "$URL/api/backups/litestream/status" |
        jq -e --arg since "$1" '.status == "active" and .lag_seconds == 0 and .last_sync > $since' >/dev/null
}

# Until everything that is in the database now is in the replica.
wait_for_sync() {
    wait_until is_synced_since "$(now)"
}

milliseconds() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

now() {
    date --utc +%Y-%m-%dT%H:%M:%S.%3NZ
}

start_app() {
    rm -f "$home/app"
    start replication_restore_clock "$live" "$home/app" "$PERIOD_MS"
    await counter_is_over sequence "$home/app" 0
}

new_backup() {
    curl --silent --fail -X POST "$URL/api/backups" | jq -er .filename
}

number() { # SQL
    sqlite3 "file:$live?mode=ro" ".timeout 5000" "$1"
}

cues() {
    number "SELECT count(*) FROM cues"
}

# Every process of the pod at once, the app too.
crash() {
    local processes
    mapfile -t processes < <(ps --sid "$(<"$site/site.pid")" --format pid=)
    crashed_ms=$(milliseconds)
    kill -KILL "${started[@]}" "${processes[@]}"
    wait "${started[@]}" || true
    started=()
    wait_until no_process_is_left
}

no_process_is_left() {
    # shellcheck disable=SC2009 # pgrep knows no states
    ! ps --sid "$(<"$site/site.pid")" --format state= | grep -qv Z
}

lose_the_volume() {
    rm -rf "$site/data"
}

# refused PART OF THE SENTENCE...: the site does not start, says why, and makes nothing.
refused() {
    local status=0 begin=$SECONDS part
    rm -f "$site/supervisord.pid"
    in_shell "PORT=$(free_port) SAMPLE='$repository/tests/sample/camera_sheet.sql' '$repository/serve.sh' $start_argument" \
        >"$home/refusal" 2>&1 || status=$?
    [ "$status" -eq "$PART_MISSING" ] || fail "ended with $status: $(cat "$home/refusal")"
    refused_seconds=$((SECONDS - begin))
    [ "$refused_seconds" -le "$REFUSAL_LIMIT" ] || fail "it took $refused_seconds s"
    for part in "$@" "Nothing was started"; do
        grep --quiet --fixed-strings -e "$part" "$home/refusal" || fail "not said: $part: $(cat "$home/refusal")"
    done
    ! grep --quiet --fixed-strings -e "$LITESTREAM_SECRET_ACCESS_KEY" "$home/refusal" || fail "it tells the secret"
    [ -z "$(find "$site/data" -name '*.db*')" ] || fail "it has made $(find "$site/data" -name '*.db*')"
    [ ! -e "$site/supervisord.pid" ] || fail "the supervisor was started"
}

# ---- The procedures ---------------------------------------------------------------------------------------------

@test "each procedure of the guide is a test here, and is reached from its table" {
    local heading anchor
    while read -r heading; do
        grep --quiet --line-regexp --fixed-strings -e "@test \"$heading\" {" "$BATS_TEST_FILENAME" ||
            fail "not tested: $heading"
        anchor=$(tr -d ',.' <<<"${heading,,}" | tr ' ' '-')
        grep --quiet --fixed-strings -e "| [$heading](#$anchor) |" "$GUIDE" || fail "not in the table: $heading"
    done < <(sed -n 's/^### //p' "$GUIDE")
    [ "$(grep --count '^### ' "$GUIDE")" -ge 12 ]
}

@test "the settings that the guide names are those that these tests run with" {
    diff <(sed -n 's/^    \([A-Z_]*\)=.*/\1/p' "$GUIDE" | grep -v '^SITE$' | sort) \
        <(sed 's/=.*//' "$settings" | grep -v '^LITESTREAM_ADDR$' | sort)
    grep --quiet --line-regexp '    set -a; \. /etc/camera-sheet-backup.env; set +a' "$GUIDE"
}

@test "the page has every button and word that the guide names in bold" {
    local word words=0
    while read -r word; do
        grep --quiet --recursive --fixed-strings -e "$word" "$repository/html" || fail "not in the page: $word"
        words=$((words + 1))
    done < <(grep -o '\*\*[^*]*\*\*' "$GUIDE" | tr -d '*' | sort -u)
    [ "$words" -ge 8 ]
}

@test "A wrong import" {
    start_site
    start_app
    before=$(cues)
    filename=$(new_backup)
    sqlite3 "$live" ".timeout 5000" "INSERT INTO operators VALUES (900, 'nobody', 'no@example.com'); DELETE FROM cues WHERE id % 3 = 0"
    step "backup-list"
    answered ".[0].filename == \"$filename\""
    step "backup-restore FILENAME --yes"
    answered '.replica == "in sync"'
    [ "$(cues)" -eq "$before" ] && [ "$(number "SELECT count(*) FROM operators WHERE id = 900")" -eq 0 ]
    sqlite3 "$live" ".timeout 5000" "DELETE FROM cues"
    step 'curl -fsS -X POST "$SITE/api/backups/FILENAME/restore"'
    answered '.replica == "in sync"'
    [ "$(cues)" -eq "$before" ]
    stop
    all_is_done
}

@test "Rows were deleted, and it is noticed later" {
    start_site
    start_app
    before=$(cues)
    wait_for_sync
    moment=$(now)
    sqlite3 "$live" ".timeout 5000" "DELETE FROM cues WHERE id BETWEEN 100 AND 300"
    wait_for_sync
    step "litestream-points"
    answered ".earliest < \"$moment\" and .latest > \"$moment\""
    step 'curl -fsS "$SITE/api/backups/litestream/restore-points"'
    answered ".latest > \"$moment\""
    step "litestream-fetch MOMENT"
    step 'curl -fsS -X POST "$SITE/api/backups/litestream/fetch" -H '"'Content-Type: application/json' -d '"'{"timestamp": "MOMENT"}'"'"
    take_name
    step 'sqlite3 -readonly "/data/backups/FILENAME" "SELECT count(*) FROM cues"'
    [ "$output" -eq "$before" ]

    ticks=$(number "SELECT max(id) FROM tick")
    step "backup-create --label 'before the rows are brought back'"
    step 'sqlite3 -bail /data/camera_assignments.db ".timeout 5000" "ATTACH '"'/data/backups/FILENAME'"' AS old" "INSERT INTO cues SELECT * FROM old.cues WHERE id NOT IN (SELECT id FROM cues)"'
    [ "$(cues)" -eq "$before" ] && [ "$(number "SELECT count(*) FROM tick")" -ge "$ticks" ]

    sqlite3 "$live" ".timeout 5000" "DELETE FROM cues WHERE id BETWEEN 100 AND 300"
    step "backup-restore FILENAME --yes"
    answered '.replica == "in sync"'
    [ "$(cues)" -eq "$before" ]
    site_is_active
    stop
    all_is_done
}

@test "The wrong backup was restored" {
    start_site
    wrong=$(new_backup)
    sqlite3 "$live" "UPDATE cues SET description = 'rehearsed' WHERE id % 2 = 0"
    expected=$(content "$live")
    curl --silent --fail -X POST "$URL/api/backups/$wrong/restore"
    [ "$(content "$live")" != "$expected" ]
    step "backup-list"
    filename=$(jq -er '[.[] | select(.kind == "pre-restore")][0].filename' <<<"$output")
    step "backup-restore FILENAME --yes"
    [ "$(content "$live")" = "$expected" ]
    sqlite3 "$live" "DELETE FROM cues"
    step 'curl -fsS -X POST "$SITE/api/backups/FILENAME/restore"'
    answered '.replica == "in sync"'
    [ "$(content "$live")" = "$expected" ]
    all_is_done
}

# Everything that is there now is in the replica; then noise is written over the live file.
damage_the_live_database() {
    start_app
    wait_for_sync
    stop
    wait_for_sync
    expected=$(number "SELECT count(*) FROM tick")
    head -c 200000 /dev/urandom >"$live"
    [ "$(curl --silent "$URL/api/health" | jq -r .status)" = failing ]
}

@test "The live database is damaged" {
    start_site
    damage_the_live_database
    step 'curl -fsS -X POST "$SITE/api/backups/litestream/fetch"'
    take_name
    step 'curl -fsS -X POST "$SITE/api/backups/FILENAME/restore"'
    answered '.reopen_required == true and (.kept_aside | type) == "string" and .replica != "in sync"'
    stop_site
    start_site
    restored=$(number "SELECT count(*) FROM tick")
    [ "$restored" -eq "$expected" ] || fail "$restored rows, not $expected"
    step "litestream-status"
    answered '.status == "active"'
    step "health"
    answered '.status == "ok"'
    step "backup-create --label 'after the damage'"

    start_app
    step "litestream-fetch latest"
    take_name
    step "backup-restore FILENAME --yes"
    answered '.replica == "in sync"'
    stop
    all_is_done
}

@test "A backup is damaged" {
    start_site
    filename=$(new_backup)
    moment=$(curl --silent "$URL/api/backups" | jq -er '.[0].created')
    expected=$(content "$site/data/backups/$filename")
    head -c 8192 /dev/urandom | dd of="$site/data/backups/$filename" bs=4096 seek=20 conv=notrunc status=none
    step_fails "$DATA_UNUSABLE" "backup-verify FILENAME"
    step_fails "$DATA_UNUSABLE" "backup-verify --oldest 100"
    damaged=$filename
    step "litestream-fetch MOMENT"
    take_name
    [ "$(content "$site/data/backups/$filename")" = "$expected" ]
    step "backup-verify FILENAME"
    answered '.status == "ok"'
    filename=$damaged
    step "backup-delete FILENAME"
    all_is_done
}

@test "S3 is down during the show" {
    start_site
    start_app
    object_store stop
    wait_until status_is unreachable
    step "backup-create --label 'while S3 is down'"
    take_name
    step "litestream-status"
    answered '.status == "unreachable" and (.detail | length) > 0'
    step 'curl -fsS "$SITE/api/backups/litestream/status"'
    answered '.status == "unreachable"'
    step 'curl -fsS "$SITE/api/backups/FILENAME" -o FILENAME'
    cmp "$home/$filename" "$site/data/backups/$filename"
    object_store start
    site_is_active
    stop
    wait_for_sync
    filename=$(curl --silent --fail -X POST "$URL/api/backups/litestream/fetch" | jq -er .filename)
    [ "$(content "$site/data/backups/$filename")" = "$(content "$live")" ]
    all_is_done
}

# The app goes on, so that the database's WAL outlives the restart: with it, and with its notes, Litestream would go on
# where it was, and never upload again what came before.
begin_again() { # NEWEST ROW THAT IS TO BE THERE
    stop_site
    step "rm -r /data/.camera_assignments.db-litestream"
    start_site
    wait_for_sync
    step "litestream-status"
    answered '.status == "active"'
    step "litestream-fetch latest"
    take_name
    [ "$(sqlite3 "$site/data/backups/$filename" "SELECT max(id) FROM tick")" -ge "$1" ]
}

@test "The bucket is lost" {
    start_site
    start_app
    object_store bucket delete "$BUCKET"
    wait_until status_is unreachable
    curl --silent "$URL/api/backups/litestream/status" | jq -e '.detail | contains("There is no such bucket.")'
    step "backup-create --label 'the bucket is lost'"
    take_name
    step 'curl -fsS "$SITE/api/backups/FILENAME" -o FILENAME'
    cmp "$home/$filename" "$site/data/backups/$filename"
    object_store bucket create "$BUCKET"
    begin_again "$(number "SELECT max(id) FROM tick")"

    object_store list "$BATS_TEST_NUMBER/" | while read -r key; do object_store delete "$key"; done
    wait_until status_is_not active
    begin_again "$(number "SELECT max(id) FROM tick")"
    stop
    all_is_done
}

@test "The pod has crashed" {
    start_site
    start_app
    filename=$(new_backup)
    crash
    step "/usr/local/lib/camera-sheet-backup/serve.sh"
    [ "$(number "SELECT max(id) FROM tick")" -ge "$(counter sequence "$home/app")" ]
    [ -e "$site/data/backups/$filename" ]
    step "litestream-status"
    answered '.status == "active"'
    step "health"
    answered '.status == "ok"'
    step 'curl -fsS "$SITE/api/health"'
    answered '.status == "ok"'
    all_is_done
}

# What was written up to the crash is there, without a gap, but for the youngest; how old that was is told.
assert_little_is_lost() {
    local last rows newest_ms committed
    IFS='|' read -r last rows newest_ms < <(number "SELECT max(id), count(*), max(at) FROM tick")
    committed=$(counter sequence "$home/app")
    [ "$rows" -eq "$last" ] || fail "$rows rows up to number $last"
    note "lost: $((committed - last)) of $committed rows, all younger than $((crashed_ms - newest_ms)) ms (limit $LOSS_LIMIT_MS)"
    [ $((crashed_ms - newest_ms)) -le "$LOSS_LIMIT_MS" ] || fail "what was lost was too old"
    [ "$(number "PRAGMA integrity_check")" = ok ]
}

# The app was faster than the site: its tables are there, and nothing in them.
start_with_an_empty_database() {
    sqlite3 "$home/schema.db" .schema | grep -v -e sqlite_ -e _litestream_ | sqlite3 "$live"
    sqlite3 "$live" "PRAGMA journal_mode = WAL"
    start_site
    [ "$(cues)" -eq 0 ]
}

@test "The volume is lost" {
    # A replica without anything in it: nothing is restored, and the site starts with its sample.
    step "/usr/local/lib/camera-sheet-backup/serve.sh restore-lost"
    [ ! -e "$live" ]
    start_site
    [ "$(cues)" -gt 1000 ]

    start_app
    sleep "1.$((RANDOM % 10))"
    crash
    lose_the_volume
    step "/usr/local/lib/camera-sheet-backup/serve.sh"
    grep --quiet "the live database was missing and is restored from its replica" "$site/site.log"
    assert_little_is_lost
    step "litestream-status"
    answered '.status == "active"'
    step "backup-create --label 'after the volume was lost'"

    start_app
    sleep "1.$((RANDOM % 10))"
    crash
    moment=$(now)
    lose_the_volume
    rm -f "$site/supervisord.pid"
    step "/usr/local/lib/camera-sheet-backup/serve.sh restore-lost"
    [ ! -e "$site/supervisord.pid" ] || fail "the supervisor was started"
    assert_little_is_lost
    sha256sum "$live" >"$home/before"
    step "/usr/local/lib/camera-sheet-backup/serve.sh restore-lost"
    sha256sum --check --quiet "$home/before"

    sqlite3 "$live" "VACUUM INTO '$home/schema.db'"
    lose_the_volume
    mkdir -p "$site/data"
    start_with_an_empty_database
    step "litestream-fetch MOMENT"
    take_name
    step "backup-restore FILENAME --yes"
    assert_little_is_lost
    start_app
    wait_for_sync
    new_backup
    curl --silent "$URL/api/backups/litestream/restore-points" | jq -e '.points | length > 0'
    stop
    all_is_done
}

@test "Everything is lost but S3" {
    start_site
    start_app
    wait_for_sync
    moment=$(now)
    then=$(counter sequence "$home/app")
    sleep 1
    crash
    rm -rf "$site"

    choose_site "$home/site-2"
    step "mkdir -p /data/"
    step "litestream-points"
    step "litestream-fetch MOMENT"
    take_name
    step "backup-restore FILENAME --yes"
    [ "$(number "SELECT max(at) FROM tick")" -le "$(date --date "$moment" +%s%3N)" ]
    [ "$(number "SELECT max(id) FROM tick")" -ge $((then - 2 * SYNC_INTERVAL_MS / PERIOD_MS)) ]

    choose_site "$home/site-3"
    step "/usr/local/lib/camera-sheet-backup/serve.sh"
    assert_little_is_lost
    step "litestream-status"
    answered '.status == "active"'
    step "backup-tables live"
    answered '[.[] | select(.name == "cues")][0].rows > 1000'
    start_app
    wait_for_sync
    stop
    all_is_done
}

change_setting() { # NAME VALUE
    sed -i "s|^$1=.*|$1=$2|" "$settings"
}

@test "The start is refused because S3 does not answer" {
    local cannot="what its replica has cannot be found out"
    start_site
    start_app
    filename=$(new_backup)
    cp "$site/data/backups/$filename" "$home/"
    wait_for_sync
    crash
    rm -rf "$site"
    object_store stop
    for start_argument in "" restore-lost; do
        refused "$cannot" "Nobody answers there"
    done
    object_store start
    object_store pause
    refused "$cannot"
    note "while S3 hangs, it gave up within $refused_seconds s: $(head -1 "$home/refusal")"
    object_store resume
    change_setting LITESTREAM_SECRET_ACCESS_KEY wrong
    refused "$cannot"
    note "with a wrong secret: $(head -1 "$home/refusal")"
    step_fails "$PART_MISSING" "litestream-points"
    change_setting LITESTREAM_SECRET_ACCESS_KEY "$LITESTREAM_SECRET_ACCESS_KEY"
    change_setting LITESTREAM_REPLICA_URL s3://nowhere/1
    refused "$cannot" "There is no such bucket"
    change_setting LITESTREAM_REPLICA_URL "s3://$BUCKET/$BATS_TEST_NUMBER"
    step "litestream-points"
    answered '.points | length > 0'
    step "/usr/local/lib/camera-sheet-backup/serve.sh"
    assert_little_is_lost

    stop_site
    lose_the_volume
    mkdir -p "$site/data/backups"
    cp "$home/$filename" "$site/data/backups/"
    object_store stop
    step "backup-restore FILENAME --yes"
    URL=$(in_shell "'$repository/tests/site' up '$site'")
    [ "$(cues)" -gt 1000 ]
    object_store start
    site_is_active
    all_is_done
}

segments() {
    object_store list "$BATS_TEST_NUMBER/" | grep /wal/
}

segments_are() { # COUNT
    [ "$(segments | wc -l)" -ge "$1" ]
}

@test "The start is refused because the replica is damaged" {
    start_site
    start_app
    wait_for_sync
    moment=$(now)
    then=$(counter sequence "$home/app")
    wait_until segments_are "$(($(segments | wc -l) + 3))"
    crash
    lose_the_volume
    object_store delete "$(segments | tail -2 | head -1)"
    for start_argument in "" restore-lost; do
        refused "cannot be fetched from its replica" "litestream-fetch TIME fetches an earlier moment"
    done
    step "litestream-points"
    answered ".earliest < \"$moment\""
    step "litestream-fetch MOMENT"
    take_name
    step "backup-restore FILENAME --yes"
    [ "$(number "SELECT max(id) FROM tick")" -ge $((then - 2 * SYNC_INTERVAL_MS / PERIOD_MS)) ]
    step "/usr/local/lib/camera-sheet-backup/serve.sh"
    start_app
    wait_for_sync
    filename=$(curl --silent --fail -X POST "$URL/api/backups/litestream/fetch" | jq -er .filename)
    stop
    all_is_done
}

# As cron does it: the fields of the time, then a command for sh with next to nothing in its environment.
step_of_cron() {
    local line command
    line=$(commands | grep -E '^([0-9*]+ ){5} ') || fail "there is no line for cron in the guide"
    printf '%s\n' "$line" >>"$home/steps"
    command=$(sed -E 's/^([0-9*]+ ){5} *//' <<<"$line")
    command=${command//\/etc\/camera-sheet-backup.env/"$settings"}
    command=${command//\/usr\/local\/bin/"$PROGRAMS"}
    output=$(cd "$home" && env -i HOME="$home" PATH=/usr/bin:/bin timeout "$PROGRAM_LIMIT" sh -c "$command" 2>&1 3>&- 4>&-)
}

drill_is() { # STATUS
    curl --silent "$URL/api/health" | jq -e --arg status "$1" '.checks.restore_drill.status == $status' >/dev/null ||
        fail "$(curl --silent "$URL/api/health")"
}

@test "Prove it weekly" {
    local status=0
    start_site
    start_app
    wait_for_sync
    step "litestream-drill"
    answered '.status == "proven" and .tables >= 6 and .rows > 1000'
    step 'curl -fsS -X POST "$SITE/api/backups/litestream/drill"'
    answered '.status == "proven"'
    step_of_cron
    [ -z "$output" ] || fail "cron would mail: $output"
    step "health"
    answered '.checks.restore_drill.status == "ok"'
    object_store stop
    step_of_cron || status=$?
    [ "$status" -eq "$PART_MISSING" ] && [ -n "$output" ] || fail "status $status: $output"
    drill_is degraded
    step "backup-create --label 'S3 is not proven'"
    take_name
    step 'curl -fsS "$SITE/api/backups/FILENAME" -o FILENAME'
    object_store start
    site_is_active
    step "litestream-drill"
    drill_is ok
    stop
    all_is_done
}
