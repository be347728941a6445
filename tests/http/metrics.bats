# GET /metrics: what it tells is what is so; nothing that is broken or hangs keeps it, or /api/health, from answering.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() { start_site; }
teardown_file() { stop_site; }

teardown() {
    [[ -z ${silent:-} ]] || kill "$silent"
    [[ -z ${other_site:-} ]] || "$repository/tests/site" down "$other_site"
}

ask_metrics() { # [CURL ARGUMENT...]
    ask GET /metrics "$@"
    expect_code 200
}

# The sample of a family without its prefix, with labels as they stand there; empty if there is none.
value() { # FAMILY[{LABELS}]
    awk -v name="camera_sheet_backup_$1" 'substr($0, 1, length(name) + 1) == name " " { print substr($0, length(name) + 2) }' "$body"
}

expect_value() { # FAMILY[{LABELS}] VALUE
    [[ $(value "$1") == "$2" ]] || fail "expected $1 $2, got '$(value "$1")' in: $(grep "^camera_sheet_backup_${1%%\{*}" "$body")"
}

seconds() { # RFC 3339
    date --date "$1" +%s.%3N
}

@test "it tells what the API tells" {
    local default='{database="camera_assignments"' backup created
    new_backup
    new_backup
    ask_json POST /api/backups '{"kind": "scheduled"}'
    expect_code 201
    created=$(json .created)
    ask_metrics
    expect_header Content-Type 'text/plain; version=0.0.4; charset=utf-8'
    expect_header Cache-Control no-store
    expect_value "backups$default,kind=\"manual\"}" 2
    expect_value "backups$default,kind=\"scheduled\"}" 1
    expect_value "backups$default,kind=\"upload\"}" 0
    expect_value "backups_bytes$default,kind=\"manual\"}" "$((2 * $(stat --format %s "$BACKUPS/$backup")))"
    expect_value "newest_backup_timestamp_seconds$default,kind=\"scheduled\"}" "$(seconds "$created")"
    expect_value "newest_backup_timestamp_seconds$default,kind=\"upload\"}" ''
    expect_value "newest_verified_backup_timestamp_seconds$default}" "$(seconds "$created")"
    expect_value "backups_checked$default,state=\"verified\"}" 3
    expect_value "database_bytes$default}" "$(stat --format %s "$DATABASE")"
    expect_value "file_system_size_bytes$default}" "$(stat --file-system --format '%b * %S' "$BACKUPS" | sed 's/^/print(/; s/$/)/' | /usr/bin/python3)"
    (($(value "file_system_available_bytes$default}") <= $(value "file_system_size_bytes$default}")))
    expect_value "health$default,status=\"ok\"}" 1
    expect_value "health$default,status=\"failing\"}" 0
    expect_value "check$default,check=\"database\",status=\"ok\"}" 1
    expect_value "replication_state$default,replica=\"\",state=\"disabled\"}" 1
    expect_value "changes_last_day$default,action=\"create\",result=\"done\"}" 3
    expect_value databases 1
    [[ -n $(value "build_info{version=\"$("$PROGRAMS/health" --version | cut -d ' ' -f 2)\"}") ]]
    ! grep 'look_success.* 0$' "$body" || fail 'something was not looked at'
}

@test "what is damaged, unreadable or never checked is counted as that" {
    local default='{database="camera_assignments"'
    ask_metrics
    local verified
    verified=$(value "backups_checked$default,state=\"verified\"}")
    new_backup
    printf 'x' | dd of="$BACKUPS/$backup" bs=1 seek=5000 conv=notrunc status=none
    ask POST "/api/backups/$backup/verify"
    expect_json '.status == "damaged"'
    new_backup
    cp "$BACKUPS/$backup" "$BACKUPS/by hand.db"
    printf '{' >"$BACKUPS/$backup.json"
    ask POST "/api/backups/none.db/restore"
    expect_code 404
    ask_metrics
    expect_value "backups_checked$default,state=\"verified\"}" "$verified"
    expect_value "backups_checked$default,state=\"damaged\"}" 1
    expect_value "backups_checked$default,state=\"unreadable\"}" 1
    expect_value "backups_checked$default,state=\"unverified\"}" 1
    expect_value "check$default,check=\"manifests\",status=\"degraded\"}" 1
    expect_value "changes_last_day$default,action=\"restore\",result=\"not-found\"}" 1
    expect_value "health$default,status=\"degraded\"}" 1
}

@test "it tells of every database, and what is broken of one spoils none of the others" {
    local folder=${DATABASE%/*}
    sqlite3 "$folder/Größe 写真.db" 'CREATE TABLE t (a)'
    cp "$folder/Größe 写真.db" "$folder/broken.db"
    printf 'noise' >"$folder/noise.db"
    mkdir -p "$BACKUPS/lost" "$BACKUPS/.drills"
    : >"$BACKUPS/broken"
    printf '{' >"$BACKUPS/.drills/broken.json"
    ask_metrics
    expect_value databases 5
    expect_value 'look_success{database="broken",part="backups"}' 0
    expect_value 'look_success{database="broken",part="drill"}' 0
    expect_value 'look_success{database="broken",part="space"}' 0
    expect_value 'backups{database="broken",kind="manual"}' ''
    expect_value 'health{database="broken",status="failing"}' 1
    expect_value 'health{database="noise",status="failing"}' 1
    expect_value 'health{database="lost",status="failing"}' 1
    expect_value 'database_bytes{database="lost"}' ''
    expect_value 'look_success{database="lost",part="backups"}' 1
    expect_value 'health{database="Größe 写真",status="ok"}' 1
    expect_value 'look_success{database="camera_assignments",part="backups"}' 1
    ask_metrics --get --data-urlencode 'database=Größe 写真'
    expect_value 'health{database="Größe 写真",status="ok"}' 1
    expect_value databases 1
    ! grep noise "$body" || fail 'it was not asked for'
    ask GET '/metrics?database=none'
    expect_problem 404 not-found
    rm -r "$folder"/{broken,noise,Größe*}.db "$BACKUPS"/{broken,lost,.drills}
}

@test "a folder of databases that is gone is told, too" {
    mv "${DATABASE%/*}" "$SITE/away"
    ask_metrics
    expect_value databases -1
    mv "$SITE/away" "${DATABASE%/*}"
    ask_metrics
    expect_value databases 1
}

@test "a drill proves something as long as its replica is the one that is configured" {
    local url="file://$scratch/replica" moment='2025-01-06T14:30:00.123Z'
    mkdir -p "$BACKUPS/.drills"
    cat >"$BACKUPS/.drills/camera_assignments.json" <<END
{"status": "failed", "time": "2025-02-06T14:30:00.000Z", "detail": "x", "last_proven": "$moment", "replica_url": "$url",
 "duration_ms": 1500, "database": "camera_assignments", "proven_url": "$url", "proven_endpoint": ""}
END
    printf 'dbs: [{path: "%s", replicas: [{name: "a\\"b\\\\c", url: "%s"}]}]\n' "$DATABASE" "$url" >"$scratch/litestream.yml"
    body=$scratch/body
    LITESTREAM_CONFIG=$scratch/litestream.yml DATABASE_PATH=$DATABASE "$PROGRAMS/health" --metrics >"$body"
    expect_value 'drill_timestamp_seconds{database="camera_assignments"}' "$(seconds 2025-02-06T14:30:00Z)"
    expect_value 'drill_proven_timestamp_seconds{database="camera_assignments"}' "$(seconds "$moment")"
    expect_value 'drill_success{database="camera_assignments"}' 0
    expect_value 'drill_duration_seconds{database="camera_assignments"}' 1.500
    grep --quiet --fixed-strings 'replication_state{database="camera_assignments",replica="a\"b\\c",state="stopped"} 1' "$body"
    sed -i s/replica/another/ "$scratch/litestream.yml"
    LITESTREAM_CONFIG=$scratch/litestream.yml DATABASE_PATH=$DATABASE "$PROGRAMS/health" --metrics >"$body"
    expect_value 'drill_timestamp_seconds{database="camera_assignments"}' "$(seconds 2025-02-06T14:30:00Z)"
    expect_value 'drill_proven_timestamp_seconds{database="camera_assignments"}' ''
    rm -r "$BACKUPS/.drills"
}

# A server that takes connections and says nothing; its port is in $port.
start_silent_server() {
    /usr/bin/python3 -c 'import signal, socket; s = socket.create_server(("127.0.0.1", 0), backlog=1000); print(s.getsockname()[1], flush=True); signal.pause()' \
        >"$scratch/port" 3>&- &
    silent=$!
    await test -s "$scratch/port"
    port=$(<"$scratch/port")
}

# Asks for the metrics, as one of many: "CODE SECONDS" and the headers.
scrape() { # NUMBER
    curl --silent --max-time 30 --output "$scratch/scrape.$1.body" --dump-header "$scratch/scrape.$1.headers" \
        --write-out '%{http_code} %{time_total}\n' "$URL/metrics" >"$scratch/scrape.$1"
}

@test "an S3 that hangs: an answer within 3 seconds, and /api/health waits for no scrape, however many come at once" {
    local i scrapes=() slowest
    start_silent_server
    other_site=$scratch/site
    URL=$(REPLICATE=yes LITESTREAM_REPLICA_URL=s3://bucket/path LITESTREAM_ENDPOINT=http://127.0.0.1:$port \
        LITESTREAM_ACCESS_KEY_ID=a LITESTREAM_SECRET_ACCESS_KEY=b DATABASE_PATH=$DATABASE "$repository/tests/site" up "$other_site")
    is_unreachable() { ask GET /metrics && [[ $(value 'replication_state{database="camera_assignments",replica="s3",state="unreachable"}') == 1 ]]; }
    await is_unreachable
    for i in {1..20}; do
        scrape "$i" &
        scrapes+=($!)
    done
    for i in {1..20}; do
        ask GET /api/health --max-time 2
        expect_code 200
    done
    wait "${scrapes[@]}"
    slowest=$(cat "$scratch"/scrape.?{,?} 2>/dev/null | sort --numeric-sort --key 2 | tail --lines 1)
    awk -v text="$slowest" 'BEGIN { split(text, words); exit !(words[2] > 0.5 && words[2] < 3) }' || fail "the slowest scrape: $slowest"
    for i in {1..20}; do
        read -r code _ <"$scratch/scrape.$i"
        body=$scratch/scrape.$i.body headers=$scratch/scrape.$i.headers
        expect_code 200 503
        [[ $code == 200 ]] || expect_problem 503 busy
    done
    grep --quiet '^200 ' "$scratch"/scrape.?
}

@test "in the shell it is the same text, for node_exporter's textfile collector" {
    DATABASE_PATH=$DATABASE "$PROGRAMS/health" --metrics >"$scratch/shell"
    ask_metrics
    sed 's/[{ ].*//' "$body" | sort --unique >"$scratch/http.names"
    sed 's/[{ ].*//' "$scratch/shell" | sort --unique | diff - "$scratch/http.names"
    DATABASE_PATH=$DATABASE run "$PROGRAMS/health" --metrics --database none
    [[ $status -eq 66 && $output == 'health: There is no database none.' ]]
}
