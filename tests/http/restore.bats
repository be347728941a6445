# Restoring over HTTP: what it does, what it refuses, and that refusing changes nothing.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() { BUSY_TIMEOUT=1 start_site; }
teardown_file() { stop_site; }

setup() {
    new_backup
}

# The next test begins with the database of the first one.
teardown() {
    rm -f "$DATABASE" "$DATABASE-wal" "$DATABASE-shm" "$DATABASE".*
    sqlite3 "$DATABASE" <"$repository/tests/sample/camera_sheet.sql" >"$scratch/sample"
    find "$BACKUPS" -maxdepth 1 -name '*.db*' -delete
}

expect_nothing_changed_by() { # COMMAND...
    local before
    before=$(content "$DATABASE")
    "$@"
    [[ $(content "$DATABASE") == "$before" ]] || fail "the live database has changed"
}

@test "a restore brings the data back, undo brings back what was there before it" {
    local before broken safety
    before=$(content "$DATABASE")
    live "DELETE FROM assignments WHERE id % 2; UPDATE shows SET name = 'Oops ' || id"
    broken=$(content "$DATABASE")

    ask POST "/api/backups/$backup/restore"
    expect_code 200
    expect_json ".status == \"restored\" and .filename == \"$backup\" and .notified == null and .duration_ms >= 0"
    [[ $(content "$DATABASE") == "$before" ]]

    safety=$(json .safety_backup)
    [[ $safety == pre-restore_* ]]
    ask GET /api/backups
    expect_json ".[0].filename == \"$safety\" and .[0].kind == \"pre-restore\" and .[0].verified != null"
    ask POST "/api/backups/$safety/restore"
    expect_code 200
    [[ $(content "$DATABASE") == "$broken" ]]
}

@test "the app keeps its connection, its file and its WAL mode" {
    local inode
    inode=$(stat --format %i "$DATABASE")
    coproc APP { sqlite3 -bail -cmd '.timeout 10000' "$DATABASE" 3>&-; }
    ask_app() { printf '%s;\n' "$1" >&"${APP[1]}" && read -r -u "${APP[0]}" answer; }
    live 'DELETE FROM shows'
    ask_app 'SELECT count(*) FROM shows'
    [[ $answer == 0 ]]
    ask POST "/api/backups/$backup/restore"
    expect_code 200
    ask_app 'SELECT count(*) FROM shows'
    [[ $answer == 8 ]]
    ask_app 'PRAGMA journal_mode'
    [[ $answer == wal && $(stat --format %i "$DATABASE") == "$inode" ]]
    printf '.quit\n' >&"${APP[1]}"
}

@test "other tables than the live database's need force" {
    sqlite3 "$BACKUPS/other.db" 'CREATE TABLE other (a); INSERT INTO other VALUES (1)'
    expect_nothing_changed_by ask POST /api/backups/other.db/restore
    expect_problem 409 schema-differs
    expect_nothing_changed_by ask_json POST /api/backups/other.db/restore '{"force":false}'
    expect_problem 409 schema-differs
    ask_json POST /api/backups/other.db/restore '{"force":true}'
    expect_code 200
    [[ $(live 'SELECT a FROM other') == 1 ]]
}

@test "an empty file is refused" {
    : >"$BACKUPS/empty.db"
    expect_nothing_changed_by ask_json POST /api/backups/empty.db/restore '{"force":true}'
    expect_code 409 422
    expect_header Content-Type application/problem+json
}

@test "a file that is no database is refused" {
    head --bytes 100000 /dev/urandom >"$BACKUPS/noise.db"
    expect_nothing_changed_by ask_json POST /api/backups/noise.db/restore '{"force":true}'
    expect_code 409 422
    expect_header Content-Type application/problem+json
}

@test "a truncated backup is refused" {
    truncate --size 100000 "$BACKUPS/$backup"
    expect_nothing_changed_by ask_json POST "/api/backups/$backup/restore" '{"force":true}'
    expect_problem 409 damaged
}

@test "a damaged backup is refused" {
    printf 'not these bytes' | dd of="$BACKUPS/$backup" bs=1 seek=5000 conv=notrunc status=none
    expect_nothing_changed_by ask_json POST "/api/backups/$backup/restore" '{"force":true}'
    expect_problem 409 damaged
}

@test "a lock that is held longer than BUSY_TIMEOUT: 503, when to come back, and nothing has changed" {
    live "UPDATE shows SET name = 'newer ' || id"
    hold_lock
    expect_nothing_changed_by ask POST "/api/backups/$backup/restore"
    release_lock
    expect_problem 503 busy
    [[ $(header Retry-After) -ge 1 ]]
    ask POST "/api/backups/$backup/restore"
    expect_code 200
}

@test "a backup can be taken while the app holds its lock" {
    local before
    before=$(content "$DATABASE")
    hold_lock
    new_backup
    release_lock
    [[ $(content "$BACKUPS/$backup") == "$before" ]]
}

@test "a missing live database is restored, and the app told to open it again" {
    rm -f "$DATABASE" "$DATABASE-wal" "$DATABASE-shm"
    ask GET /api/health
    expect_code 503
    expect_json '.status == "failing" and .checks.database.status == "failing"'
    ask POST "/api/backups/$backup/restore"
    expect_code 200
    expect_json '.reopen_required and .kept_aside == null and .safety_backup == null'
    [[ $(content "$DATABASE") == "$(content "$BACKUPS/$backup")" ]]
    ask GET /api/health
    expect_code 200
}

@test "a corrupt live database is kept aside" {
    sqlite3 "$DATABASE" 'PRAGMA wal_checkpoint(TRUNCATE)' >"$scratch/checkpoint"
    printf 'not these bytes' | dd of="$DATABASE" bs=1 seek=0 conv=notrunc status=none
    ask POST "/api/backups/$backup/restore"
    expect_code 200
    expect_json '.reopen_required and (.kept_aside | length > 0)'
    [[ -e $(dirname "$DATABASE")/$(json '.kept_aside | sub(".*/"; "")') ]]
    [[ $(content "$DATABASE") == "$(content "$BACKUPS/$backup")" ]]
}
