# What the tests with live writers share: each test has a folder of its own with a database, a
# backups folder and the processes that it started, all gone at its end.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/build.bash
source "$repository/tests/build.bash"

# Far longer than any program should take: a test ends even where one hangs.
PROGRAM_LIMIT=120

# The offset of each number in the counters file of a tool (tool.h).
declare -gA COUNTER_OFFSET=([sequence]=0 [commits]=8 [reads]=16 [busy]=24 [generation]=32 [replaced]=40)

prepare() {
    home=$BATS_TEST_TMPDIR
    live=$home/data/ledger.db
    started=()
    unset GATEWAY_INTERFACE "${!BACKUP_@}" BUSY_TIMEOUT
    export DATABASE_PATH=$live BACKUP_DIR=$home/backups
    mkdir -p "$home/data" "$BACKUP_DIR"
}

clean_up() {
    local pid
    for pid in "${started[@]}"; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "${home:?}"/*
}

# Ends the test, also from where bash would not stop at a command that fails, as within run.
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Says something worth knowing about a test that passes.
note() {
    printf '# %s\n' "$*" >&3
}

program() {
    timeout "$PROGRAM_LIMIT" "$PROGRAMS/$1" "${@:2}"
}

# Takes a backup and prints its name.
create() {
    program backup-create "$@" | jq -er .filename
}

list() {
    program backup-list "$@"
}

# start TOOL ARGUMENT...: runs one of the tools of this folder until stop.
start() {
    "$TOOLS/$1" "${@:2}" 3>&- 2>>"$home/tools.log" >&2 &
    started+=($!)
}

# Ends the tools; each of them must have come so far without a complaint.
stop() {
    local pid status
    for pid in "${started[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "${started[@]}"; do
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq 0 ] || fail "a tool ended with status $status: $(cat "$home/tools.log")"
    done
    started=()
}

# counter NAME FILE: one number that a tool counts.
counter() {
    local number
    number=$(od -An -td8 -j "${COUNTER_OFFSET[$1]}" -N 8 "$2")
    echo $((number))
}

counter_is_over() {
    [ -s "$2" ] && [ "$(counter "$1" "$2")" -gt "$3" ]
}

counter_is() {
    [ "$(counter "$1" "$2")" -eq "$3" ]
}

# await COMMAND...: waits, a minute at most, until COMMAND succeeds.
await() {
    local deadline=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "waited for a minute: $*"
        sleep 0.01
    done
}

hold_lock() {
    start lock_holder "$live" "$1" "$home/held"
    await test -e "$home/held"
}

content() {
    "$TOOLS/content_hash" "$1"
}

# As SQLite sees it: after a restore the file's first page may still be in the -wal.
is_in_wal_mode() {
    [ "$(sqlite3 "$1" "PRAGMA journal_mode")" = wal ]
}

is_in_rollback_mode() {
    [ "$(sqlite3 "$1" "PRAGMA journal_mode")" = delete ]
}

# Nothing that a killed or refused program began is left.
assert_no_litter() {
    local litter manifest
    litter=$(find "$BACKUP_DIR" -mindepth 2 -path '*/.work/*')
    [ -z "$litter" ] || fail "left behind: $litter"
    for manifest in "$BACKUP_DIR"/*.json; do
        [ ! -e "$manifest" ] || [ -e "${manifest%.json}" ] || fail "without its backup: $manifest"
    done
}

# keep_open SQL: a connection that runs this and stays open, idle.
keep_open() {
    mkfifo "$home/sql"
    sqlite3 "$live" <"$home/sql" >"$home/answer" 3>&- &
    started+=($!)
    exec 4>"$home/sql"
    printf '%s\n' "$1" "SELECT 'opened';" >&4
    await grep -q opened "$home/answer"
}

# How many frames somebody has checkpointed (nBackfill in the shared memory of the WAL index).
checkpointed_frames() {
    od -An -td4 -j 96 -N 4 "$live-shm" | tr -d ' '
}

assert_wal_untouched_by() {
    local frames
    frames=$(checkpointed_frames)
    sha256sum "$live" "$live-wal" >"$home/before"
    "$@"
    sha256sum --check --quiet "$home/before"
    [ "$(checkpointed_frames)" -eq "$frames" ]
}
