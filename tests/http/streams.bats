# Progress as an event stream: create, restore and verify with Accept: text/event-stream.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() { start_site; }
teardown_file() { stop_site; }
setup() { new_backup; }

readonly stream='Accept: text/event-stream'

# Events of progress, each whole, and then exactly one last event of this name, whose data is then in $body.
expect_stream() { # LAST EVENT
    expect_code 200
    [[ $(header Content-Type) == text/event-stream* ]] || fail "not a stream: $(header Content-Type)"
    [[ $(header Cache-Control) == *no-store* ]]
    local events=$scratch/events
    cp "$body" "$events"
    [[ $(grep '^event: ' "$events" | grep --invert-match '^event: progress$') == "event: $1" ]] || fail "$(<"$events")"
    [[ $(tail --lines 3 "$events" | head --lines 1) == "event: $1" ]] || fail "$1 is not the last: $(<"$events")"
    sed -n '/^event: progress$/{n;s/^data: //p}' "$events" >"$body"
    [[ $(wc --lines <"$body") -eq $(grep --count '^event: progress$' "$events") ]]
    jq --slurp --exit-status "length >= 1 or \"$1\" == \"error\"" "$body" >"$scratch/jq"
    jq --slurp --exit-status 'all(.[]; (.phase | length > 0) and .done >= 0 and .done <= .total)' "$body" >"$scratch/jq"
    tail --lines 2 "$events" | sed -n 's/^data: //p' >"$body"
}

@test "creating streams its progress and ends with the backup" {
    ask_json POST /api/backups '{"label":"streamed"}' --header "$stream"
    expect_stream 'done'
    expect_json '.label == "streamed" and (.sha256 | length == 64)'
    local answer
    answer=$(<"$body")
    ask GET /api/backups
    expect_json ".[0] == $answer"
}

@test "restoring streams its progress and ends with the answer of a restore" {
    ask POST "/api/backups/$backup/restore" --header "$stream"
    expect_stream 'done'
    expect_json ".status == \"restored\" and .filename == \"$backup\" and (.safety_backup | startswith(\"pre-restore_\"))"
}

@test "verifying streams its progress and ends with the verdict" {
    ask POST "/api/backups/$backup/verify" --header "$stream"
    expect_stream 'done'
    expect_json ".status == \"ok\" and .filename == \"$backup\""
}

@test "what goes wrong after the stream has begun ends it with the problem" {
    sqlite3 "$BACKUPS/other.db" 'CREATE TABLE IF NOT EXISTS other (a)'
    ask POST /api/backups/other.db/restore --header "$stream"
    expect_stream error
    expect_json '.type == "urn:camera-sheet-backup:error:schema-differs" and .status == 409 and (.detail | length > 10)'
}

@test "a malformed request is refused before any stream begins" {
    ask_json POST /api/backups '{"label":7}' --header "$stream"
    expect_problem 400 bad-request
    ask POST /api/backups/%2e%2e%2fx.db/restore --header "$stream"
    expect_problem 400 bad-request
    ask_json POST "/api/backups/$backup/verify?nonsense=1" '{}' --header "$stream"
    expect_problem 400 bad-request
}

@test "progress arrives while the work goes on" {
    hold_lock
    begin_asking POST "/api/backups/$backup/restore" --header "$stream"
    await grep --quiet '^event: progress' "$body"
    [[ $(grep --count '^event: done' "$body") -eq 0 ]]
    release_lock
    await_answer
    expect_stream 'done'
}

@test "a restore goes on to its end when the browser that asked for it is closed" {
    local before
    before=$(content "$DATABASE")
    live "UPDATE shows SET name = 'Oops ' || id"
    hold_lock
    begin_asking POST "/api/backups/$backup/restore" --header "$stream"
    await grep --quiet '^event: progress' "$body"
    kill "$asking"
    release_lock
    is_restored() { [[ $(content "$DATABASE") == "$before" ]]; }
    await is_restored
}
