# What the fault tests share: worlds to begin from, and what is run in them.
# shellcheck disable=SC2034 # what the tests read

# shellcheck source=tests/build.bash
source "$BATS_TEST_DIRNAME/../build.bash"
LIVE_TOOLS=$TOOLS
TOOLS=$BUILD/tests/fault

# What is restored, deleted, changed, verified; and one that is pinned.
SECOND=2024-01-01_00-00-00.db
FIRST=2024-02-01_00-00-00.db

# A file system in memory, where there is one: the disk's own time is no part of these tests.
make_worlds() {
    unset GATEWAY_INTERFACE "${!BACKUP_@}" BUSY_TIMEOUT WEBHOOK_URL
    export LITESTREAM_CONFIG=/nonexistent/litestream.yml
    local memory=/dev/shm
    [[ -d $memory && -w $memory ]] || memory=$BATS_FILE_TMPDIR
    WORLDS=$(mktemp -d "$memory/faults.XXXXXX")
    export WORLDS
    make_world wal wal
    make_world rollback delete
    lose_database
    damage_database
    make_database_unreadable
}

remove_worlds() {
    rm -rf "${WORLDS:?}"
}

# make_database GENERATION MODE: a ledger, in which nothing is added by a restore under Litestream.
make_database() {
    rm -f "$DATABASE_PATH"*
    "$LIVE_TOOLS/ledger_create" "$DATABASE_PATH" "$1" 20 20 "$2"
    sqlite3 "$DATABASE_PATH" 'CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
        CREATE TABLE _litestream_lock (id INTEGER);'
}

# make_backup NAME FILTER OPTION...: a backup under a name of its own, its manifest changed by FILTER.
make_backup() {
    local made
    made=$("$PROGRAMS/backup-create" "${@:3}" | jq -er .filename)
    mv "$BACKUP_DIR/$made" "$BACKUP_DIR/$1"
    jq ".created = \"${1:0:10}T00:00:00.000Z\" | $2" "$BACKUP_DIR/$made.json" >"$BACKUP_DIR/$1.json"
    rm "$BACKUP_DIR/$made.json"
}

# make_world NAME MODE: the live database is another than the backup SECOND, and in WAL mode a part of it is in
# the WAL alone.
make_world() {
    local -x DATABASE_PATH=$WORLDS/$1/data/ledger.db BACKUP_DIR=$WORLDS/$1/backups
    mkdir -p "$WORLDS/$1/data" "$BACKUP_DIR"
    make_database 2 "$2"
    make_backup "$SECOND" '.verified = null' --label second
    make_database 1 "$2"
    make_backup "$FIRST" . --pinned
    [[ $2 != wal ]] || sqlite3 "$DATABASE_PATH" '.dbconfig no_ckpt_on_close on' \
        'UPDATE filler SET data = randomblob(1000) WHERE id < 4' >/dev/null
    rm -f "$DATABASE_PATH-shm"
}

lose_database() {
    cp -a "$WORLDS/wal" "$WORLDS/missing"
    rm "$WORLDS/missing/data/"*
}

# A page in the middle: transactions can begin on it.
damage_database() {
    cp -a "$WORLDS/rollback" "$WORLDS/damaged"
    head -c 4096 /dev/zero | tr '\0' x | dd of="$WORLDS/damaged/data/ledger.db" bs=4096 seek=5 conv=notrunc status=none
}

# Its header, with a WAL beside it: none can.
make_database_unreadable() {
    cp -a "$WORLDS/wal" "$WORLDS/unreadable"
    head -c 4096 /dev/zero | tr '\0' x | dd of="$WORLDS/unreadable/data/ledger.db" bs=4096 conv=notrunc status=none
}

# sweep MODE WORLD [OPTION...] -- PROGRAM ARGUMENT...: see sweep.c. Notes how many runs there were. FAULT_STRIDE=N
# takes one fault of every N; it is 1, but 7 for memory, of which SQLite asks for more than a thousand pieces a run.
sweep() {
    local mode=$1 world=$2 counted
    local -a options=()
    local stride=${FAULT_STRIDE:-1}
    [[ $mode != memory ]] || stride=${FAULT_STRIDE:-7}
    require_plain_build "the number of system calls"
    [[ $(uname -m) == x86_64 ]] || skip "the tracer knows the registers of x86-64 only"
    shift 2
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    local home=$WORLDS/home-$BATS_TEST_NUMBER
    mkdir -p "$home"
    counted=$("$TOOLS/sweep" --template "$WORLDS/$world" --home "$home" --tools "$LIVE_TOOLS" \
        --shim "$BUILD/tests/preload/refuse_memory.so" --jobs "$(nproc)" --stride "$stride" "${options[@]}" \
        -- "$mode" "$PROGRAMS/$2" "${@:3}" 3>&-)
    printf '# %s, %s: %s\n' "$world" "${*:2}" "$counted" >&3
}
