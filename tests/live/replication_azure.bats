#!/usr/bin/env bats
# A replica that only Litestream itself can read: Azure Blob Storage, by azurite. What status knows it has from
# Litestream's metrics; points and fetch go through Litestream's own commands.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
replication_home=$BATS_TEST_TMPDIR
CONTAINER=tests
ACCOUNT=devstoreaccount1
# The key that every azurite has.
ACCOUNT_KEY=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==

load ../build
load ../replication

setup() {
    home=$BATS_TEST_TMPDIR
    unset GATEWAY_INTERFACE "${!BACKUP_@}"
    azurite_pid=
    require_litestream
    start_azurite
    export DATABASE_PATH=$home/data/show.db LITESTREAM_CONFIG=$home/litestream.yml LITESTREAM_BIN
    export LITESTREAM_AZURE_ACCOUNT_KEY=$ACCOUNT_KEY
    LITESTREAM_BIN=$(litestream_program)
    mkdir -p "$home/data/backups"
    sqlite3 "$DATABASE_PATH" 'PRAGMA journal_mode = WAL; CREATE TABLE commits (id INTEGER PRIMARY KEY)' >/dev/null
    write_litestream_config "$LITESTREAM_CONFIG" "$DATABASE_PATH" "abs://$ACCOUNT@$CONTAINER/sheet" \
        "endpoint: http://127.0.0.1:$azurite_port/$ACCOUNT"
    start_litestream "$LITESTREAM_CONFIG"
    write_row
    says active 'Everything is in the replica.'
}

teardown() {
    end_replication
    [[ -z $azurite_pid ]] || kill -KILL "$azurite_pid" 2>/dev/null || true
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# ---- Azure's emulator -----------------------------------------------------------------------------------------------

start_azurite() {
    local program=$repository/node_modules/azurite/dist/src/blob/main.js tries=0
    [[ -e $program ]] || skip 'azurite is not installed: npm ci installs it'
    until [[ -n $azurite_pid ]] && process_runs "$azurite_pid"; do
        # The port may be taken meanwhile, but not each time.
        ((tries++ < 5)) || fail "azurite does not start: $(<"$home/azurite.log")"
        azurite_port=$(free_port)
        node "$program" --inMemoryPersistence --silent --blobPort "$azurite_port" \
            >"$home/azurite.log" 2>&1 </dev/null 3>&- 4>&- &
        azurite_pid=$!
        wait_until azurite_answers_or_ended
    done
    make_container
}

azurite_answers_or_ended() {
    ! process_runs "$azurite_pid" || (exec 3<>"/dev/tcp/127.0.0.1/$azurite_port") 2>/dev/null
}

# One request, signed by the account's key.
make_container() {
    node --input-type=module - "$azurite_port" "$ACCOUNT" "$ACCOUNT_KEY" "$CONTAINER" 3>&- 4>&- <<'SCRIPT'
import { createHmac } from 'node:crypto';
const [port, account, key, container] = process.argv.slice(2);
const date = new Date().toUTCString();
const version = '2020-10-02';
const text = `PUT${'\n'.repeat(12)}x-ms-date:${date}\nx-ms-version:${version}\n`
    + `/${account}/${account}/${container}\nrestype:container`;
const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
const answer = await fetch(`http://127.0.0.1:${port}/${account}/${container}?restype=container`, {
    method: 'PUT',
    headers: { 'x-ms-date': date, 'x-ms-version': version, authorization: `SharedKey ${account}:${signature}` },
});
if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
SCRIPT
}

# ---- Asking ---------------------------------------------------------------------------------------------------------

write_row() {
    sqlite3 -cmd '.timeout 5000' "$DATABASE_PATH" 'INSERT INTO commits DEFAULT VALUES'
}

status_is() { # STATE
    answer=$(timeout 2 "$PROGRAMS/litestream-status") || fail "exit status $?: $answer"
    [[ $(jq --raw-output .status <<<"$answer") == "$1" ]]
}

says() { # STATE SENTENCE
    wait_until status_is "$1"
    [[ $(jq --raw-output .detail <<<"$answer") == *"$2"* ]] || fail "$answer"
}

# ---- The tests ------------------------------------------------------------------------------------------------------

@test "status: active, behind while Azure hangs, active again, stopped; by Litestream's metrics" {
    jq --exit-status '.replica_url == "abs://tests/sheet" and .lag_seconds == 0 and .lag_bytes == 0' <<<"$answer"
    kill -STOP "$azurite_pid"
    write_row
    says behind 'may not be in the replica'
    jq --exit-status '.lag_seconds > 6 and .lag_bytes > 0' <<<"$answer"
    kill -CONT "$azurite_pid"
    says active 'Everything is in the replica.'
    kill_litestream
    says stopped 'Litestream does not run'
    # A restarted one has no gauges before it uploads; what was seen is in the store's note.
    start_litestream "$LITESTREAM_CONFIG"
    says active 'Everything is in the replica.'
}

@test "the restore points are those that Litestream lists" {
    local points
    sleep 1.1
    write_row
    wait_until status_is active
    points=$("$PROGRAMS/litestream-points")
    jq --exit-status '(.points | map(.kind) | unique) == ["snapshot", "wal"] and .earliest <= .latest
        and .points[0].time == .latest and (.points | map(.time) == (map(.time) | sort | reverse))' <<<"$points"
    litestream wal -config "$LITESTREAM_CONFIG" "$DATABASE_PATH" >"$home/listed"
    [[ $(jq '[.points[] | select(.kind == "wal")] | length' <<<"$points") -eq $(($(wc -l <"$home/listed") - 1)) ]]
}

@test "fetch: the latest, and a moment before a row, through Litestream; a time before all is refused with the range" {
    local made moment
    sleep 1.5
    moment=$(date --utc +%FT%T.%3NZ)
    sleep 1.5
    write_row
    says active ''
    wait_until last_row_is_there
    made=$("$PROGRAMS/litestream-fetch" latest | jq --raw-output .filename)
    [[ $(sqlite3 "$home/data/backups/$made" 'SELECT max(id) FROM commits') == 2 ]]
    made=$("$PROGRAMS/litestream-fetch" "$moment" | jq --raw-output .filename)
    [[ $(sqlite3 "$home/data/backups/$made" 'SELECT max(id) FROM commits') == 1 ]]
    run "$PROGRAMS/litestream-fetch" 2001-01-01T00:00:00Z
    [[ $status -eq 65 && $output == *'does not reach back that far: ask for a time from '* ]] || fail "$status $output"
}

# Its own word: the second segment is listed.
last_row_is_there() {
    litestream wal -config "$LITESTREAM_CONFIG" "$DATABASE_PATH" >"$home/listed"
    [[ $(wc -l <"$home/listed") -ge 3 ]]
}

@test "with a wrong account key nothing is listed, and the key is in no answer" {
    export LITESTREAM_AZURE_ACCOUNT_KEY=Tm9ib2R5c1NlY3JldEtleQ==
    run "$PROGRAMS/litestream-points"
    [[ $status -eq 69 && $output == *'it is empty, or cannot be reached'* ]] || fail "$status $output"
    [[ $output != *"$LITESTREAM_AZURE_ACCOUNT_KEY"* && $output != *"$ACCOUNT_KEY"* ]]
    run "$PROGRAMS/litestream-fetch" latest
    [[ $status -eq 69 && $output != *"$LITESTREAM_AZURE_ACCOUNT_KEY"* ]] || fail "$status $output"
}
