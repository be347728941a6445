# Several databases: every other *.db beside the default one, each with backups of its own.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    start_site
    sqlite3 "$SITE/data/spring gala.db" 'PRAGMA journal_mode=WAL; CREATE TABLE cues (id INTEGER PRIMARY KEY, name);
        INSERT INTO cues VALUES (1, "opening")' >"$BATS_FILE_TMPDIR/sqlite"
}
teardown_file() { stop_site; }

readonly gala='database=spring%20gala'

@test "all databases are listed, the default one marked" {
    ask GET /api/databases
    expect_code 200
    expect_json 'map(.name) | sort == ["camera_assignments", "spring gala"]'
    expect_json 'map(select(.default) | .name) == ["camera_assignments"]'
    expect_json 'all(.[]; .size > 0 and .backups == 0 and .last_backup == null)'
}

@test "each database has its own backups" {
    new_backup
    ask_json POST "/api/backups?$gala" '{"label":"gala"}'
    expect_code 201
    expect_json '.database == "spring gala"'
    local filename location
    filename=$(json .filename) location=$(header Location)
    [[ -e "$BACKUPS/spring gala/$filename" ]]

    ask GET "$location"
    expect_code 200
    cmp "$body" "$BACKUPS/spring gala/$filename"
    ask HEAD "/api/backups/$filename?$gala" --header 'Range: bytes=0-9'
    expect_code 206

    ask GET "/api/backups?$gala"
    expect_json "map(.filename) == [\"$filename\"]"
    ask GET /api/backups
    expect_json "map(.filename) == [\"$backup\"]"
    ask GET /api/databases
    expect_json 'all(.[]; .backups == 1 and (.last_backup | length == 24))'
}

@test "a restore goes into the database that was named, and into no other" {
    local others
    others=$(content "$DATABASE")
    ask POST "/api/backups?$gala"
    local filename
    filename=$(json .filename)
    sqlite3 "$SITE/data/spring gala.db" 'UPDATE cues SET name = "broken"'
    ask POST "/api/backups/$filename/restore?$gala"
    expect_code 200
    [[ $(sqlite3 "$SITE/data/spring gala.db" 'SELECT name FROM cues') == opening ]]
    [[ $(content "$DATABASE") == "$others" ]]
    ask GET "/api/backups/live/tables?$gala"
    expect_json 'map(.name) == ["cues"]'
}

@test "changes, checks and deletes go to the database that was named" {
    ask POST "/api/backups?$gala"
    local filename
    filename=$(json .filename)
    ask_json PATCH "/api/backups/$filename?$gala" '{"label":"kept"}'
    expect_json '.label == "kept" and .database == "spring gala"'
    ask POST "/api/backups/$filename/verify?$gala"
    expect_json '.status == "ok" and .database == "spring gala"'
    ask GET "/api/backups/$filename/tables?$gala"
    expect_json '.[0].rows == 1'
    ask DELETE "/api/backups/$filename?$gala"
    expect_code 200
}

@test "a database that is not there is 404" {
    ask GET '/api/backups?database=nothing'
    expect_problem 404 not-found
    ask POST '/api/backups?database=nothing'
    expect_problem 404 not-found
    [[ ! -e $BACKUPS/nothing && ! -e $SITE/data/nothing.db ]]
}

@test "a database is named, never a path to one" {
    local name
    for name in ../data/camera_assignments %2e%2e%2fdata%2fcamera_assignments /etc/passwd . .. -x '' %00 x%0a \
        %ff camera_assignments.db 'a%5cb' backups%2f "$(printf 'x%.0s' {1..300})"; do
        ask GET "/api/backups?database=$name"
        expect_code 400 404
        expect_header Content-Type application/problem+json
        ask POST "/api/backups?database=$name"
        expect_code 400 404
    done
}
