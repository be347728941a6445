# A long list is still quick.
# alone: it measures how quick.
# shellcheck disable=SC2153,SC2154 # what helper.bash sets
load helper

readonly backups=1000 limit_ms=50 attempts=15

setup_file() {
    export DATABASE_PATH=$BATS_FILE_TMPDIR/small.db
    sqlite3 "$DATABASE_PATH" 'PRAGMA journal_mode=WAL; CREATE TABLE cues (id INTEGER PRIMARY KEY)' >"$BATS_FILE_TMPDIR/sqlite"
    # What is measured is the site, and nothing before it.
    CHECK_ANSWERS=no start_site
    new_backup '{"label":"one of a thousand"}'
    local number
    for ((number = 2; number <= backups; number++)); do
        cp "$BACKUPS/$backup" "$BACKUPS/${backup%.db}-$number.db"
        cp "$BACKUPS/$backup.json" "$BACKUPS/${backup%.db}-$number.db.json"
    done
}
teardown_file() { stop_site; }

@test "listing 1,000 backups takes under 50 ms through nginx" {
    local attempt median_ms
    require_plain_build 'how quick a list is'
    ask GET /api/backups
    expect_json "length == $backups"
    for ((attempt = 0; attempt < attempts; attempt++)); do
        curl --silent --output "$body" --write-out '%{time_total}\n' "$URL/api/backups"
    done | sort --numeric-sort >"$scratch/seconds"
    median_ms=$(awk -v middle=$((attempts / 2 + 1)) 'NR == middle { print int($1 * 1000) }' "$scratch/seconds")
    echo "# median of $attempts: $median_ms ms" >&3
    ((median_ms < limit_ms)) || fail "it took $median_ms ms: $(<"$scratch/seconds")"
}
