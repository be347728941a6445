# Creating, listing, changing and deleting backups.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() { BACKUP_KEEP=3 start_site; }
teardown_file() { stop_site; }
teardown() { find "$BACKUPS" -maxdepth 1 -name '*.db*' -delete; }

@test "an empty folder lists as an empty array" {
    ask GET /api/backups
    expect_code 200
    expect_header Content-Type application/json
    expect_json '. == []'
}

@test "creating answers 201, the backup and where it is" {
    ask_json POST /api/backups '{"label":"before import","pinned":true}'
    expect_code 201
    expect_json '.filename | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}(-[0-9]+)?[.]db$")'
    expect_json '.label == "before import" and .pinned and .kind == "manual" and .database == "camera_assignments"'
    expect_json '.created | test("^[0-9-]{10}T[0-9:]{8}[.][0-9]{3}Z$")'
    expect_json '.verified | test("^[0-9-]{10}T[0-9:]{8}Z$")'
    expect_header Location "/api/backups/$(json .filename)"

    local file
    file=$BACKUPS/$(json .filename)
    expect_json ".size == $(stat --format %s "$file") and .sha256 == \"$(sha256sum "$file" | cut -d ' ' -f 1)\""
    [[ $(content "$file") == "$(content "$DATABASE")" ]]
}

@test "the status line has its reason, as HTTP asks for" {
    ask POST /api/backups
    [[ $(head --lines 1 "$headers") == $'HTTP/1.1 201 Created\r' ]] || fail "$(head --lines 1 "$headers")"
}

@test "creating needs no body, no label and no content type" {
    ask POST /api/backups
    expect_code 201
    expect_json '.label == null and .pinned == false and .kind == "manual"'
}

@test "a scheduled backup is named and listed as one" {
    new_backup '{"kind":"scheduled"}'
    [[ $backup == scheduled_* ]]
    expect_json '.kind == "scheduled"'
}

@test "what was answered is what is listed, the newest first" {
    local created
    new_backup '{"label":"one"}'
    created=$(json .)
    new_backup '{"label":"two"}'
    ask GET /api/backups
    expect_json "length == 2 and .[0].label == \"two\" and .[1] == $created"
}

@test "two backups within one second are two files" {
    local names=()
    for _ in 1 2 3; do
        new_backup
        names+=("$backup")
    done
    [[ $(printf '%s\n' "${names[@]}" | sort -u | wc -l) -eq 3 ]]
    ask GET /api/backups
    expect_json "map(.filename) == [\"${names[2]}\", \"${names[1]}\", \"${names[0]}\"]"
}

@test "only the newest BACKUP_KEEP manual backups stay, and the pinned ones" {
    new_backup '{"pinned":true,"label":"pinned"}'
    for number in 1 2 3 4 5; do
        new_backup "{\"label\":\"$number\"}"
    done
    ask GET /api/backups
    expect_json 'map(.label) == ["5", "4", "3", "pinned"]'
    [[ $(find "$BACKUPS" -maxdepth 1 -name '*.json' | wc -l) -eq 4 ]]
}

@test "quotes, markup and other scripts in a label are stored as they are" {
    local label="a \"quoted\" <script>alert('x')</script> & Größe 写真 \\ end"
    ask_json POST /api/backups "$(jq --null-input --arg text "$label" '{label: $text}')"
    expect_code 201
    [[ $(json .label) == "$label" ]]
    ask GET /api/backups
    [[ $(json '.[0].label') == "$label" ]]
}

@test "a label has at most 200 characters, whatever their bytes" {
    local label
    label=$(printf 'ä%.0s' {1..200})
    ask_json POST /api/backups "{\"label\":\"$label\"}"
    expect_code 201
    ask_json POST /api/backups "{\"label\":\"${label}x\"}"
    expect_problem 400 bad-request
}

@test "a label with a control character is refused" {
    ask_json POST /api/backups '{"label":"two\nlines"}'
    expect_problem 400 bad-request
    ask_json POST /api/backups '{"label":"nul\u0000"}'
    expect_problem 400 bad-request
}

@test "label and pin can be changed, each without the other" {
    new_backup '{"label":"old"}'
    ask_json PATCH "/api/backups/$backup" '{"label":"new"}'
    expect_code 200
    expect_json '.label == "new" and .pinned == false'
    ask_json PATCH "/api/backups/$backup" '{"pinned":true}'
    expect_json '.label == "new" and .pinned'
    ask_json PATCH "/api/backups/$backup" '{"label":null,"pinned":false}'
    expect_json '.label == null and .pinned == false'
    ask GET /api/backups
    expect_json '.[0].label == null and .[0].pinned == false'
}

@test "a change of nothing is refused" {
    new_backup
    ask_json PATCH "/api/backups/$backup" '{}'
    expect_problem 400 bad-request
}

@test "deleting removes the backup and its manifest" {
    new_backup
    ask DELETE "/api/backups/$backup"
    expect_code 200
    expect_json ". == {\"status\":\"deleted\",\"filename\":\"$backup\"}"
    [[ ! -e $BACKUPS/$backup && ! -e $BACKUPS/$backup.json ]]
    ask DELETE "/api/backups/$backup"
    expect_problem 404 not-found
}

@test "a pinned backup is not deleted" {
    new_backup '{"pinned":true}'
    ask DELETE "/api/backups/$backup"
    expect_problem 409 pinned
    [[ -e $BACKUPS/$backup ]]
}

@test "a file put there by hand is listed, not verified until it is" {
    sqlite3 "$BACKUPS/from elsewhere.db" 'CREATE TABLE t (a)'
    ask GET /api/backups
    expect_json 'length == 1 and .[0].filename == "from elsewhere.db" and .[0].sha256 == null and .[0].verified == null'
    ask POST '/api/backups/from%20elsewhere.db/verify'
    expect_code 200
    expect_json '.status == "ok" and (.sha256 | length == 64)'
    ask GET /api/backups
    expect_json '.[0].verified != null'
}

@test "verifying finds a damaged backup and says what is wrong" {
    new_backup
    printf 'not these bytes' | dd of="$BACKUPS/$backup" bs=1 seek=5000 conv=notrunc status=none
    ask POST "/api/backups/$backup/verify"
    expect_code 200
    expect_json '.status == "damaged" and (.problems | length > 0)'
}

@test "what does not exist is 404, however it is asked for" {
    local gone=/api/backups/2025-01-06_14-30-00.db
    ask GET $gone
    expect_problem 404 not-found
    ask GET $gone/tables
    expect_problem 404 not-found
    ask_json PATCH $gone '{"label":"x"}'
    expect_problem 404 not-found
    ask DELETE $gone
    expect_problem 404 not-found
    ask POST $gone/restore
    expect_problem 404 not-found
    ask POST $gone/verify
    expect_problem 404 not-found
}
