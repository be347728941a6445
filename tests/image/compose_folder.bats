# docker-compose.yml by itself: the replica is a folder in a volume.
load support

setup_file() {
    choose_project folder
    bring_up
}
teardown_file() { remove_project; }

setup() { cd "$repository" || return; }

@test "without S3 the page works, and every change is in the folder" {
    [[ $(ask POST /api/backups | jq --raw-output .kind) == manual ]]
    await replication_is_active
    [[ $(ask GET /api/backups/litestream/status | jq --raw-output .replica_url) == file:///replica ]]
}

@test "without S3 a lost volume comes back from the folder" {
    local before
    await replication_is_active
    add_cue 'the last one before the loss' >"$scratch/cue"
    before=$(count_cues)
    lose_volume
    bring_up
    [[ $(count_cues) -eq $before ]]
    compose logs restore-lost | grep --quiet 'is restored from its replica'
}
