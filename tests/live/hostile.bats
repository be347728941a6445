#!/usr/bin/env bats
# Files that no honest program makes, as backups and as the live database: every program answers with a
# documented status, one sentence or a bounded document, within bounded time and memory; nothing runs
# that a file asks for; and what is live stays whole.
#
# HOSTILE_FLIPPED (1000): how many files with flipped bits are tried; HOSTILE_FIRST (0): from which seed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # jq, and what the helpers set and read, each test in a process of its own

load support

# Processor time is what is limited; on a busy machine a second of it takes many.
PROGRAM_LIMIT=600

# A program that joins these tests is added here: what runs on a backup, and what runs on what is live.
ON_BACKUP=('backup-list' 'backup-verify x.db' 'backup-tables x.db' 'backup-compare x.db' 'backup-export x.db cues' 'backup-download x.db --output copy'
    'backup-restore x.db --yes' 'backup-restore x.db --yes --force' 'health')
ON_LIVE=('backup-tables live' 'backup-export live cues' 'health' 'backup-create')

# What a program may answer, as CONTRACT.md has it, without those that mean a fault of ours.
ALLOWED=' 0 65 66 69 73 75 '
ANSWER_MAX_BYTES=$((16 << 20))
MEMORY_MAX_KIB=$((96 << 10))
# Seconds of processor time that a program may use by itself. What checks a file does so in a process
# of its own, which ends with the program's own limit, or earlier: with SHORT_CHECK_S, to save time.
PROCESSOR_MAX_S=20
SHORT_CHECK_S=2

setup() {
    home=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "$BATS_TEST_TMPDIR")")
    live=$home/data/sheet.db
    unset GATEWAY_INTERFACE "${!BACKUP_@}" BUSY_TIMEOUT
    export DATABASE_PATH=$live BACKUP_DIR=$home/backups LITESTREAM_CONFIG=$home/none.yml BUSY_TIMEOUT=5
    mkdir -p "$home/data" "$BACKUP_DIR" "$home/cwd"
    make_hostile whole "$home/good.db"
    cd "$home/cwd" || return
}

teardown() {
    cd / && rm -rf "${home:?}"
}

make_hostile() { # KIND FILE [SEED]
    "$TOOLS/hostile_make" "$@"
}

kinds() {
    [[ -z ${HOSTILE_KINDS:-} ]] || { printf "%s\n" $HOSTILE_KINDS && return; }
    "$TOOLS/hostile_make"
}

reset_live() {
    rm -rf "$home/data" && mkdir "$home/data"
    cp "$home/good.db" "$live"
    sqlite3 "$live" "PRAGMA journal_mode = WAL; INSERT INTO cues VALUES (2000, 'only live')" >"$home/mode"
}

put_backup() { # FILE
    rm -rf "$BACKUP_DIR" && mkdir "$BACKUP_DIR"
    cp "$1" "$BACKUP_DIR/x.db"
}

# Runs one program, with its arguments, on a KIND of file; $status and the files out and err are what came of it.
run_on() { # KIND COMMAND
    local limit=$PROCESSOR_MAX_S
    [[ $2 != *verify* && $2 != *restore* && $2 != *create* ]] || limit=${CHECK_S:-$SHORT_CHECK_S}
    rm -f copy
    status=0
    # shellcheck disable=SC2086 # words
    (ulimit -S -t "$limit" && exec timeout "$PROGRAM_LIMIT" "$TOOLS/peak_memory" "$home/peak" "$PROGRAMS/"$2) \
        >"$home/out" 2>"$home/err" || status=$?
    [[ $ALLOWED == *" $status "* ]] || fail "$*: status $status: $(head -c 500 "$home/err")"
    # What is streamed is limited by its time.
    [[ $2 == *export* || $(stat -c %s "$home/out") -le $ANSWER_MAX_BYTES ]] || fail "$*: the answer is too large"
    [ "$(cat "$home/peak")" -le $MEMORY_MAX_KIB ] || fail "$*: $(cat "$home/peak") KiB of memory"
    if [ -s "$home/out" ] && [[ $2 == *export* ]]; then
        iconv -f UTF-8 -t UTF-8 "$home/out" >"$home/parsed" || fail "$*: no UTF-8"
        [[ $status -eq 0 || $(cat "$home/err") == *.* ]] || fail "$*: no sentence: $(cat "$home/err")"
    elif [ -s "$home/out" ]; then
        jq --exit-status . "$home/out" >"$home/parsed" || fail "$*: no JSON: $(head -c 500 "$home/out")"
    else
        [ "$status" -ne 0 ] || fail "$*: says nothing"
        [[ $(wc -l <"$home/err") -eq 1 && $(cat "$home/err") == *.* ]] ||
            fail "$*: no sentence: $(head -c 500 "$home/err")"
    fi
    rm -f copy
    [ -z "$(ls -A)" ] || fail "$*: it made $(ls -A)"
}

rows_of() { # FILE
    sqlite3 "file:$1?mode=ro" "PRAGMA writable_schema = ON; SELECT count(*), total(id), total(length(name)) FROM cues"
}

# What is live is what it was, or, after a status of 0, what the backup holds.
assert_live_is_whole() { # KIND
    [ "$(sqlite3 "$live" 'PRAGMA journal_mode')" = wal ] || fail "$1: the journal mode changed"
    if [ "$status" -eq 0 ]; then
        [ "$(rows_of "$live")" = "$(rows_of "$home/immutable.db")" ] || fail "$1: restored, but to something else"
    else
        [ "$(sqlite3 "$live" 'PRAGMA integrity_check')" = ok ] || fail "$1: the live database is damaged"
        [ "$(sqlite3 "$live" 'SELECT name FROM cues WHERE id = 2000')" = 'only live' ] || fail "$1: the live database changed"
    fi
}

try_as_backup() { # KIND
    local command
    put_backup "$home/hostile.db"
    cp "$home/hostile.db" "$home/immutable.db"
    reset_live
    for command in "${ON_BACKUP[@]}"; do
        run_on "$1" "$command"
        [[ $command != *restore* ]] || assert_live_is_whole "$1"
        cmp -s "$home/hostile.db" "$BACKUP_DIR/x.db" || fail "$1: $command changed the backup"
        [[ $command != *restore* || $status -ne 0 ]] || reset_live
    done
    assert_no_litter
}

@test "each kind as a backup: a documented answer of every program, and what is live stays whole" {
    local kind
    for kind in $(kinds); do
        make_hostile "$kind" "$home/hostile.db"
        try_as_backup "$kind"
    done
}

# Restoring a good backup over it works whatever it is.
try_as_live() { # KIND
    local command
    for command in "${ON_LIVE[@]}"; do
        rm -rf "$home/data" && mkdir "$home/data"
        cp "$home/hostile.db" "$live"
        run_on "$1" "$command"
        cmp -s "$home/hostile.db" "$live" || fail "$1: $command changed the live database"
    done
    put_backup "$home/good.db"
    # It reads what is live, its copy and the backup, each with a limit of its own.
    CHECK_S=$((3 * PROCESSOR_MAX_S)) run_on "$1" 'backup-restore x.db --yes --force'
    [ "$status" -eq 0 ] || fail "$1: not restored: $(cat "$home/err")"
    [ "$(sqlite3 "$live" 'PRAGMA integrity_check')" = ok ] || fail "$1: not whole after the restore"
    [ "$(rows_of "$live")" = "$(rows_of "$home/good.db")" ] || fail "$1: not the backup's rows after the restore"
}

@test "each kind as the live database: documented answers, and a good backup is restored over it" {
    local kind
    for kind in $(kinds); do
        make_hostile "$kind" "$home/hostile.db"
        try_as_live "$kind"
    done
}

# ---- Flipped bits ------------------------------------------------------------------------------------------------

# All of them lie in one folder: one program verifies them, and none keeps it from the others.
make_flipped() { # FIRST COUNT
    local seed
    for ((seed = $1; seed < $1 + $2; seed++)); do
        make_hostile flipped "$BACKUP_DIR/flipped-$seed.db" "$seed"
    done
}

list_tables() { # FILE
    status=0
    timeout "$PROGRAM_LIMIT" "$PROGRAMS/backup-tables" "$1" >>"$home/tables" 2>"$home/err" || status=$?
    [[ $ALLOWED == *" $status "* ]] || fail "$1: status $status: $(cat "$home/err")"
    [[ $status -eq 0 || $(cat "$home/err") == *.* ]] || fail "$1: no sentence: $(cat "$home/err")"
}

# What was found whole is restored, and nothing else is.
restore_flipped() { # FILE
    cp "$BACKUP_DIR/$1" "$home/immutable.db"
    run_on "$1" "backup-restore $1 --yes --force"
    [ "$((status == 0))" -eq "$(grep -cxF "$1" "$home/whole")" ] || fail "$1: verify thought otherwise: $(cat "$home/err")"
    assert_live_is_whole "$1"
    [ "$status" -ne 0 ] || reset_live
}

@test "${HOSTILE_FLIPPED:-1000} files with flipped bits: verified and listed; every tenth restored" {
    local seed first=${HOSTILE_FIRST:-0} count=${HOSTILE_FLIPPED:-1000}
    reset_live
    make_flipped "$first" "$count"
    status=0
    timeout "$PROGRAM_LIMIT" "$PROGRAMS/backup-verify" --oldest 10000 >"$home/out" || status=$?
    [ "$status" -eq 65 ]
    jq --exit-status "length == $count and all(.status == \"ok\" or (.problems | length) > 0)" "$home/out"
    jq --raw-output '.[] | select(.status == "ok").filename' "$home/out" >"$home/whole"
    note "$(wc -l <"$home/whole") of $count are whole"
    for ((seed = first; seed < first + count; seed++)); do
        list_tables "flipped-$seed.db"
        ((seed % 10 != 0)) || restore_flipped "flipped-$seed.db"
    done
    jq --slurp --exit-status 'length > 0' "$home/tables" >"$home/parsed"
}

# ---- Nothing runs ------------------------------------------------------------------------------------------------

# What a program opens besides its own parts: the test's folder, and what the C library and SQLite look at.
assert_opens_only_its_own() { # LOG
    local strange
    # O_PATH: the rules of the sandbox name these folders.
    strange=$(grep -v O_PATH "$1" | sed -nE 's/.*open(at)?\((AT_FDCWD, )?"(\/[^"]*)".*/\3/p' | sort -u |
        grep -vE "^($home/|/dev/shm/[^/]*$|/lib|/usr/lib|/etc/(ld.so|localtime|nsswitch.conf$|passwd$|ssl$)|/proc/self|/dev/(null|urandom)$|/sys/devices/system/cpu/|$repository/build/)" | grep -vE "^($home|/|/dev|/dev/shm|/usr)$") || true
    [ -z "$strange" ] || fail "it opened $strange"
    [ "$(grep -c 'execve(' "$1")" -eq 1 ] || fail "it ran something: $(grep 'execve(' "$1")"
    ! grep 'connect(' "$1" | grep -qv /nscd/ || fail "it connected: $(grep 'connect(' "$1")"
}

@test "no program opens, runs or connects to anything that a file asks for" {
    local kind command
    for kind in triggers view_calls virtual_fts5 virtual_others schema_attach schema_select check_calls; do
        make_hostile "$kind" "$home/hostile.db"
        put_backup "$home/hostile.db"
        for command in 'backup-verify x.db' 'backup-tables x.db' 'backup-restore x.db --yes --force' 'backup-tables live' backup-create health; do
            [[ $command == *live* ]] || reset_live
            [[ $command != *live* && $command != backup-create && $command != health ]] || { rm "$live"* && cp "$home/hostile.db" "$live"; }
            # shellcheck disable=SC2086 # words
            strace --follow-forks --quiet=all --output "$home/log" --trace=execve,open,openat,connect "$PROGRAMS/"$command \
                >"$home/out" 2>"$home/err" || [[ $ALLOWED == *" $? "* ]] || fail "$kind: $command"
            assert_opens_only_its_own "$home/log"
            [ -z "$(ls -A)" ] || fail "$kind: $command: it made $(ls -A)"
        done
    done
}

# ---- Companions --------------------------------------------------------------------------------------------------

# A backup is one file: whatever lies beside it is nobody's.
beside_backup_is_ignored() { # SUFFIX
    cp "$BACKUP_DIR/x.db$1" "$home/companion"
    run_on "$1" 'backup-verify x.db'
    [ "$status" -eq 0 ]
    run_on "$1" 'backup-restore x.db --yes'
    [ "$status" -eq 0 ]
    assert_live_is_whole "$1"
    cmp "$home/good.db" "$BACKUP_DIR/x.db"
    cmp "$home/companion" "$BACKUP_DIR/x.db$1"
}

# A database whose last transaction is in its -wal.
make_wal() { # FILE
    cp "$home/good.db" "$1"
    sqlite3 -cmd '.dbconfig no_ckpt_on_close on' "$1" "PRAGMA journal_mode = WAL; INSERT INTO cues VALUES (3000, 'first');
        INSERT INTO cues VALUES (3001, 'second'); DELETE FROM cues WHERE id < 100; INSERT INTO cues VALUES (3002, 'third')" >"$home/mode"
    [ -s "$1-wal" ]
}

@test "a -wal, a hot -journal and an -shm beside a backup are ignored, and stay as they are" {
    reset_live
    put_backup "$home/good.db"
    cp "$home/good.db" "$home/immutable.db"
    make_wal "$home/other.db"
    cp "$home/other.db-wal" "$BACKUP_DIR/x.db-wal"
    beside_backup_is_ignored -wal
    rm "$BACKUP_DIR/x.db-wal"

    # A journal as a killed writer leaves it: SQLite itself would roll it back.
    {
        printf '\331\325\005\371\040\241\143\327\0\0\0\1\0\0\0\0\0\0\0\012\0\0\002\0\0\0\020\0'
        head -c $((512 - 28)) /dev/zero
        printf '\0\0\0\2'
        head -c 4096 /dev/zero
        printf '\0\0\0\0'
    } >"$BACKUP_DIR/x.db-journal"
    reset_live
    beside_backup_is_ignored -journal
    rm "$BACKUP_DIR/x.db-journal"

    head -c 32768 /dev/urandom >"$BACKUP_DIR/x.db-shm"
    reset_live
    beside_backup_is_ignored -shm
}

# ---- WAL files ---------------------------------------------------------------------------------------------------

# patch FILE OFFSET BYTES (in printf's escapes)
patch() {
    # shellcheck disable=SC2059 # escapes
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# How each WAL is spoiled: the header is 32 bytes, a frame 24 and a page.
spoil() { # HOW WAL
    local frame=$((24 + 4096))
    case $1 in
    header_salts) patch "$2" 16 '\1\2\3\4\5\6\7\010' ;;
    first_frame_salts) patch "$2" $((32 + 8)) '\1\2\3\4\5\6\7\010' ;;
    second_frame_salts) patch "$2" $((32 + frame + 8)) '\1\2\3\4\5\6\7\010' ;;
    last_frame_salts) patch "$2" $(($(stat -c %s "$2") - frame + 8)) '\1\2\3\4\5\6\7\010' ;;
    last_frame_sums) patch "$2" $(($(stat -c %s "$2") - frame + 16)) '\1\2\3\4' ;;
    last_frame_page) patch "$2" $(($(stat -c %s "$2") - 100)) '\377' ;;
    frame_size_lie) patch "$2" $((32 + 4)) '\177\377\377\377' ;;
    page_number) patch "$2" 32 '\0\0\0\0' ;;
    magic) patch "$2" 0 '\0\0\0\0' ;;
    page_size) patch "$2" 8 '\0\0\002\0' ;;
    cut) truncate -s -1000 "$2" ;;
    garbage_behind) head -c 50000 /dev/urandom >>"$2" ;;
    only_header) truncate -s 32 "$2" ;;
    less_than_header) truncate -s 20 "$2" ;;
    esac
}

@test "a live WAL with wrong salts, sums or sizes: create and restore have what SQLite itself reads" {
    local how expected
    make_wal "$home/wal.db"
    for how in none header_salts first_frame_salts second_frame_salts last_frame_salts last_frame_sums last_frame_page \
        frame_size_lie page_number magic page_size cut garbage_behind only_header less_than_header; do
        rm -rf "$home/data" "$BACKUP_DIR" "$home/read" && mkdir "$home/data" "$BACKUP_DIR" "$home/read"
        cp "$home/wal.db" "$live" && cp "$home/wal.db-wal" "$live-wal"
        spoil $how "$live-wal"
        cp "$live" "$live-wal" "$home/read/"
        expected=$(content "$home/read/sheet.db")
        run_on $how backup-create
        [ "$status" -eq 0 ] || fail "$how: $(cat "$home/err")"
        [ "$(content "$BACKUP_DIR/$(jq -r .filename "$home/out")")" = "$expected" ] || fail "$how: the backup is another state"
        cp "$home/good.db" "$BACKUP_DIR/x.db"
        run_on $how 'backup-restore x.db --yes'
        [ "$status" -eq 0 ] || fail "$how: $(cat "$home/err")"
        [ "$(content "$BACKUP_DIR/$(jq -r .safety_backup "$home/out")")" = "$expected" ] || fail "$how: the safety backup is another state"
        [ "$(content "$live")" = "$(content "$home/good.db")" ] || fail "$how: not restored"
    done
}
