# Who may only read: sees everything, changes nothing, and downloads what is allowed to readers.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    htpasswd -cbB "$BATS_FILE_TMPDIR/passwords" anna horse 2>"$BATS_FILE_TMPDIR/htpasswd"
    htpasswd -bB "$BATS_FILE_TMPDIR/passwords" rita viola 2>>"$BATS_FILE_TMPDIR/htpasswd"
    htpasswd -bB "$BATS_FILE_TMPDIR/passwords" include drum 2>>"$BATS_FILE_TMPDIR/htpasswd"
    PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords READERS='rita include' READERS_MAY_DOWNLOAD='scheduled upload' start_site
    anna POST /api/backups
    manual=$(json .filename)
    anna POST /api/backups --header 'Content-Type: application/json' --data '{"kind":"scheduled"}'
    scheduled=$(json .filename)
    export manual scheduled
}
teardown_file() { stop_site; }

anna() { ask "$@" --user anna:horse; }
rita() { ask "$@" --user rita:viola; }

@test "a reader sees what there is" {
    local path
    for path in / /api/backups "/api/backups/$manual/tables" "/api/backups/$manual/compare" /api/backups/live/tables /api/backups/litestream/status \
        /api/audit /api/databases /api/health /metrics /api/openapi.json; do
        rita GET "$path"
        expect_code 200
    done
}

@test "a reader changes nothing" {
    local before
    before=$(content "$DATABASE")$(ls "$BACKUPS")
    rita POST /api/backups
    expect_problem 403 forbidden
    rita DELETE "/api/backups/$manual"
    expect_problem 403 forbidden
    rita PATCH "/api/backups/$manual" --header 'Content-Type: application/json' --data '{"pinned":true}'
    expect_problem 403 forbidden
    rita POST "/api/backups/$manual/restore"
    expect_problem 403 forbidden
    rita POST "/api/backups/$manual/verify"
    expect_problem 403 forbidden
    rita POST /api/backups/litestream/fetch
    expect_problem 403 forbidden
    rita POST /api/backups/litestream/drill
    expect_problem 403 forbidden
    rita GET '/api/audit?limit=1'
    expect_json '.[0] | .actor == "rita" and .action == "drill" and .result == "forbidden"'
    rita POST /api/backups --header 'Accept: text/event-stream'
    [[ $code == 403 || $(grep '^data:' "$body") == *error:forbidden* ]]
    [[ $(content "$DATABASE")$(ls "$BACKUPS") == "$before" ]]
}

@test "a reader may have a name that nginx has a meaning for" {
    ask POST /api/backups --user include:drum
    expect_problem 403 forbidden
}

@test "a reader downloads the kinds that are allowed" {
    rita GET "/api/backups/$scheduled"
    expect_code 200
    cmp "$body" "$BACKUPS/$scheduled"
    rita HEAD "/api/backups/$scheduled"
    expect_code 200
    cp "$BACKUPS/$scheduled" "$BACKUPS/upload_2025-01-06_14-30-00.db"
    rita GET /api/backups/upload_2025-01-06_14-30-00.db --header 'Range: bytes=0-14'
    expect_code 206
}

@test "and no other, however it is asked for" {
    local path
    for path in "$manual" "%32${manual:1}" "$manual?database=camera_assignments" "$manual?database=%63amera_assignments"; do
        rita GET "/api/backups/$path"
        expect_problem 403 forbidden
        rita GET "/api/backups/$path" --header 'Range: bytes=0-9' --header 'If-None-Match: "x"'
        expect_problem 403 forbidden
        rita HEAD "/api/backups/$path"
        expect_code 403
    done
    for path in "${manual/.db/.DB}" "./$manual" "x/../$manual" "/$manual" "scheduled_/../$manual" "$scheduled/../$manual" \
        "$scheduled%2f..%2f$manual" "$scheduled?database=../x" "$scheduled;$manual" ".backups/$manual"; do
        rita GET "/api/backups/$path"
        expect_code 400 404
    done
    rita GET "/.backups/$manual"
    expect_code 404
}

@test "a table is exported from what may be downloaded, and from nothing else" {
    rita GET "/api/backups/$scheduled/tables/shows.csv"
    expect_code 200
    local name
    for name in "$manual" live "%6cive" "%32${manual:1}"; do
        rita GET "/api/backups/$name/tables/shows.csv"
        expect_problem 403 forbidden
        rita HEAD "/api/backups/$name/tables/shows.csv"
        expect_code 403
    done
    anna GET /api/backups/live/tables/shows.csv
    expect_code 200
}

@test "a kind is what the name and the manifest say; of a name that says none, the manifest" {
    # The kind of a backup that somebody renamed, and of one whose manifest somebody changed.
    cp "$BACKUPS/$manual" "$BACKUPS/scheduled_2025-01-01_00-00-00.db"
    jq '.kind = "manual"' "$BACKUPS/$scheduled.json" >"$BACKUPS/scheduled_2025-01-01_00-00-00.db.json"
    rita GET /api/backups/scheduled_2025-01-01_00-00-00.db
    expect_problem 403 forbidden
    cp "$BACKUPS/$manual" "$BACKUPS/2025-01-01_00-00-00.db"
    cp "$BACKUPS/$scheduled.json" "$BACKUPS/2025-01-01_00-00-00.db.json"
    rita GET /api/backups/2025-01-01_00-00-00.db
    expect_problem 403 forbidden
    cp "$BACKUPS/$manual" "$BACKUPS/by hand.db"
    rita GET '/api/backups/by%20hand.db'
    expect_problem 403 forbidden
    rita GET /api/backups/nothing.db
    expect_problem 404 not-found
}

@test "an administrator does all of it" {
    anna GET "/api/backups/$manual"
    expect_code 200
    anna POST "/api/backups/$manual/verify"
    expect_code 200
    anna DELETE "/api/backups/$manual"
    expect_code 200
}
