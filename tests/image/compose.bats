# docker-compose.yml with S3, as it is brought up by who tries it: the app, the backups, Litestream and a store.
# Each test goes on where the one before it has ended.
load support

setup_file() {
    choose_project s3 docker-compose.s3.yml tests/image/compose.s3.yml
    bring_up
}
teardown_file() { remove_project; }

setup() { cd "$repository" || return; }

# A test that has failed leaves the writer to go on.
teardown() {
    [[ -z ${writer:-} ]] || kill "$writer" 2>/dev/null || true
}

# From now on somebody works with the app: a cue every tenth of a second; what became of each is in $scratch/written.
start_writer() {
    (
        while [[ ! -e $scratch/stop ]]; do
            add_cue 'while a restore runs' >>"$scratch/written" || echo failed >>"$scratch/written"
            sleep 0.1
        done
    ) 3>&- 2>>"$scratch/complaints" &
    writer=$!
}

stop_writer() {
    touch "$scratch/stop"
    wait "$writer"
    ! grep --quiet failed "$scratch/written" || fail "the app's users saw errors: $(<"$scratch/complaints")"
}

restore() { # FILENAME
    ask POST "/api/backups/$1/restore" >"$scratch/restored" || fail "$(<"$scratch/restored")"
    jq --exit-status '.status == "restored" and .notified' "$scratch/restored" >"$scratch/judged" || fail "$(<"$scratch/restored")"
}

# docker-compose pulls, or fails to, what the service that comes first does not tell how to build.
@test "each service whose image is made here tells how" {
    compose config >"$scratch/config"
    awk '/^  [a-z-]+:$/ { service = $1; built = 0 } /^    build:/ { built = 1 }
        /^    image: camera-sheet-/ { found++; if (!built) print service } END { if (!found) print "none" }' \
        "$scratch/config" >"$scratch/wrong"
    [[ ! -s $scratch/wrong ]] || fail "$(<"$scratch/wrong")"
}

@test "everything starts in its order, and the page, the app and the programs answer" {
    (($(when restore-lost FinishedAt) <= $(when litestream StartedAt)))
    (($(when litestream StartedAt) <= $(when app StartedAt)))
    (($(when app StartedAt) <= $(when backup StartedAt)))
    ask GET / | grep --quiet '<title>'
    ask_app GET / | grep --quiet 'Camera sheet'
    [[ $(ask GET /api/health | jq --raw-output .checks.database.status) == ok ]]
    [[ $(count_cues) -gt 0 ]]
}

@test "the main job, while the app's users go on: back up, break, restore, undo; the app is told" {
    local backup before safety
    start_writer
    before=$(count_cues)
    backup=$(ask POST /api/backups --json '{"label": "before the import"}' | jq --raw-output .filename)
    ask_app DELETE /cues >"$scratch/deleted"
    restore "$backup"
    (($(count_cues) >= before)) || fail "not all cues came back"
    safety=$(jq --raw-output .safety_backup "$scratch/restored")
    stop_writer
    restore "$safety"
    (($(count_cues) < before)) || fail "the undo did not undo"
    restore "$backup"
    ask_app GET /events >"$scratch/events"
    jq --exit-status '.[0] == "backup.created" and index("restore.started") < index("restore.finished")' "$scratch/events" ||
        fail "$(<"$scratch/events")"
}

@test "every change is in S3" {
    await replication_is_active
    [[ $(ask GET /api/backups/litestream/status | jq --raw-output .replica_url) == s3://camera-sheet/camera-sheet ]]
    [[ -n $(restore_points) ]]
}

@test "the volume is lost: the database comes back from S3 with its last change, and the restore points are still there" {
    local before last
    await replication_is_active
    restore_points >"$scratch/points"
    # Nobody waits until it is replicated: what ends first leaves Litestream the time.
    last=$(add_cue 'the last one before the loss')
    before=$(count_cues)
    lose_volume
    bring_up
    [[ $(count_cues) -eq $before ]] || fail "$before cues were there, $(count_cues) have come back"
    ask_app GET /cues | jq --exit-status --argjson last "$last" 'map(.id) | index($last)' >"$scratch/found" || fail "the last cue is lost"
    compose logs restore-lost | grep --quiet 'is restored from its replica'
    await replication_is_active
    comm -23 "$scratch/points" <(restore_points) >"$scratch/lost"
    [[ ! -s $scratch/lost ]] || fail "restore points are gone: $(<"$scratch/lost")"
}

@test "down and up again keeps everything" {
    local backup cues
    backup=$(ask POST /api/backups | jq --raw-output .filename)
    cues=$(count_cues)
    await replication_is_active
    restore_points >"$scratch/points"
    compose down >"$scratch/down" 2>&1 || fail "$(<"$scratch/down")"
    bring_up
    [[ $(count_cues) -eq $cues ]]
    ask GET /api/backups | jq --exit-status --arg name "$backup" 'map(.filename) | index($name) != null' >"$scratch/found"
    comm -23 "$scratch/points" <(restore_points) >"$scratch/lost"
    [[ ! -s $scratch/lost ]] || fail "restore points are gone: $(<"$scratch/lost")"
}
