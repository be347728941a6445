#!/bin/bash
# Measures what this project promises about speed and memory, and compares it with what else would do
# the work. Prints one line a figure; exits 1 if a goal is missed.
#
#   BENCH_SIZE_MB  the size of the live database; 1024
#   TMPDIR         where it works; it needs about five times that size there
#
# What is compared runs in turn, once to warm up and then three times each; the middle one counts.
# shellcheck disable=SC2317 # in_turn and trap call functions by their names
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly top=$PWD
# shellcheck source=tests/build.bash
source "$top/tests/build.bash"
readonly programs=$PROGRAMS tools=$TOOLS copy_time=$BUILD/tests/bench/copy_time
readonly size_mb=${BENCH_SIZE_MB:-1024}
readonly rounds=3 listed_backups=1000 memory_limit_kib=16384

folder=$(mktemp -d)
readonly folder
readonly live=$folder/data/live.db
missed=0
site=""
address=""
holder=""

clean_up() {
    [[ -z $site ]] || tests/site down "$site" || true
    [[ -z $holder ]] || kill "$holder" || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

unset GATEWAY_INTERFACE "${!BACKUP_@}" BUSY_TIMEOUT
export DATABASE_PATH=$live BACKUP_DIR=$folder/backups BACKUP_KEEP=1 BACKUP_KEEP_PRE_RESTORE=1

# --- measuring ---------------------------------------------------------------------------------

# Runs a command with nothing left to write from what came before; prints its milliseconds.
time_of() {
    local begun_us
    sync -f "$folder"
    begun_us=${EPOCHREALTIME//[!0-9]/}
    "$@" >"$folder/output" 2>&1 || { cat "$folder/output" >&2; return 1; }
    echo $(((${EPOCHREALTIME//[!0-9]/} - begun_us) / 1000))
}

# The middle one of the numbers in a list.
middle() {
    tr -s ' ' '\n' <<<"${1# }" | sort -n | sed -n "$(((rounds + 1) / 2))p"
}

# report FIGURE VALUE UNIT LIMIT EXPLANATION: the goal is to stay under LIMIT; - is none.
report() {
    local verdict=""
    if [[ $4 != - ]]; then
        verdict="goal: under $4 $3, met"
        if ! awk -v value="$2" -v limit="$4" 'BEGIN { exit !(value < limit) }'; then
            verdict="goal: under $4 $3, MISSED"
            missed=1
        fi
    fi
    printf '%-44s %9s %-4s %-30s %s\n' "$1" "$2" "$3" "$verdict" "$5"
}

# report_ratio FIGURE LIMIT OURS_MS THEIRS_MS
report_ratio() {
    report "$1" "$(awk -v ours="$3" -v theirs="$4" 'BEGIN { printf "%.2f", ours / theirs }')" x "$2" \
        "$3 ms against $4 ms"
}

# in_turn NAME...: runs functions that print milliseconds in turn; middle_ms[NAME] gets the middle one.
# The first round does not count: on a virtual machine, memory that is used for the first time is
# several times slower.
declare -A middle_ms
in_turn() {
    local -A times
    local name round
    for ((round = 0; round <= rounds; round++)); do
        for name in "$@"; do
            if ((round == 0)); then
                "$name" >/dev/null
            else
                times[$name]+=" $("$name")"
            fi
        done
    done
    for name in "$@"; do
        middle_ms[$name]=$(middle "${times[$name]}")
    done
}

newest_backup() {
    "$programs/backup-list" | jq -r '.[0].filename'
}

# --- backups -----------------------------------------------------------------------------------

# What the round before has made goes first, here and below, and not as a part of what is measured:
# .backup removes nothing, as retention would; and memory that has just become free is the fastest.
create() {
    "$programs/backup-list" | jq -r '.[].filename' | xargs -r -n 1 "$programs/backup-delete" >/dev/null
    time_of "$programs/backup-create"
}

# Every night over the copy of the night before: SQLite then saves each old page first.
sqlite_backup_over() {
    time_of sqlite3 "$live" ".backup '$folder/sqlite.db'"
}

sqlite_backup_new() {
    rm -f "$folder/new.db"
    time_of sqlite3 "$live" ".backup '$folder/new.db'"
}

snapshot() {
    sync -f "$folder"
    "$copy_time" snapshot "$live" "$BACKUP_DIR"
}

plain_copy() {
    sync -f "$folder"
    "$copy_time" plain "$live" "$BACKUP_DIR"
}

restore() {
    local filename
    filename=$("$programs/backup-list" | jq -r 'map(select(.kind == "manual"))[0].filename')
    time_of "$programs/backup-restore" "$filename" --yes
    # The application's part, which no restore does for it.
    sqlite3 "$live" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
}

measure_backups() {
    in_turn sqlite_backup_over sqlite_backup_new create
    rm "$folder/sqlite.db" "$folder/new.db"
    report_ratio "backup-create / .backup over an old out.db" 0.5 \
        "${middle_ms[create]}" "${middle_ms[sqlite_backup_over]}"
    report_ratio "backup-create / .backup to a new out.db" - \
        "${middle_ms[create]}" "${middle_ms[sqlite_backup_new]}"
    in_turn plain_copy snapshot
    report_ratio "its copy, synced / copy_file_range + fsync" 1.3 \
        "${middle_ms[snapshot]}" "${middle_ms[plain_copy]}"
}

measure_restore() {
    in_turn restore
    report "restore, with its safety backup" "${middle_ms[restore]}" ms 10000 "$size_mb MB"
}

# --- sharing blocks ----------------------------------------------------------------------------

# Mounts an XFS in a mount namespace of its own, which ends with its holder.
mount_xfs() {
    [[ $(id -u) -eq 0 ]] && command -v mkfs.xfs >/dev/null || return 1
    truncate -s "$((size_mb * 2 + 400))M" "$folder/volume.xfs"
    mkfs.xfs -q -m reflink=1 "$folder/volume.xfs" || return 1
    mkdir "$folder/volume"
    mkfifo "$folder/mounted"
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount sh -c 'mount -o loop "$1" "$2" && echo yes >"$3" || { echo no >"$3"; exit; }
        exec sleep infinity' sh "$folder/volume.xfs" "$folder/volume" "$folder/mounted" &
    holder=$!
    [[ $(<"$folder/mounted") == yes ]]
}

inside() {
    nsenter --target "$holder" --mount "$@"
}

clone() {
    inside "$copy_time" clone "$folder/volume/live.db" "$folder/volume"
}

measure_clone() {
    if ! mount_xfs; then
        report "snapshot on XFS with reflink" - ms - "not measured: mounting an XFS needs root"
        return
    fi
    inside cp "$live" "$folder/volume/live.db"
    inside sync -f "$folder/volume"
    in_turn clone
    kill "$holder"
    holder=""
    rm -f "$folder/volume.xfs"
    report "snapshot on XFS with reflink" "${middle_ms[clone]}" ms 20 "$size_mb MB"
}

# --- listing -----------------------------------------------------------------------------------

make_small_backups() {
    local name number day
    export DATABASE_PATH=$folder/data/small.db BACKUP_DIR=$folder/many
    "$tools/ledger_create" "$DATABASE_PATH" 1 100 10 wal
    "$programs/backup-create" >/dev/null
    name=$(newest_backup)
    for ((number = 0; number < listed_backups - 1; number++)); do
        day=$((number / 24 + 1))
        day=$(printf '20%02d-%02d-%02d' $((10 + day / 336)) $((day / 28 % 12 + 1)) $((day % 28 + 1)))
        cp "$BACKUP_DIR/$name" "$BACKUP_DIR/${day}_$(printf %02d $((number % 24)))-00-00.db"
        sed "s/\"20[^\"T]*T[^\"]*Z\"/\"${day}T$(printf %02d $((number % 24))):00:00.000Z\"/" \
            "$BACKUP_DIR/$name.json" >"$BACKUP_DIR/${day}_$(printf %02d $((number % 24)))-00-00.db.json"
    done
}

list_in_shell() {
    time_of "$programs/backup-list"
}

list_through_nginx() {
    curl --silent --fail --output "$folder/output" --write-out '%{time_total}\n' "$address/api/backups" |
        awk '{ printf "%.1f\n", $1 * 1000 }'
}

all_are_listed() {
    [[ $(jq length "$folder/output") -eq $listed_backups ]]
}

measure_listing() {
    make_small_backups
    site=$folder/site
    address=$(CHECK_ANSWERS=no tests/site up "$site")
    in_turn list_in_shell
    all_are_listed
    report "listing $listed_backups backups in the shell" "${middle_ms[list_in_shell]}" ms 50 ""
    in_turn list_through_nginx
    all_are_listed
    report "listing $listed_backups backups through nginx" "${middle_ms[list_through_nginx]}" ms 50 ""
}

# --- memory ------------------------------------------------------------------------------------

memory_of() {
    "$tools/peak_memory" "$folder/peak" "$programs/$1" "${@:2}" >"$folder/output" 2>&1 ||
        { cat "$folder/output" >&2; return 1; }
    report "peak memory of $1" "$(<"$folder/peak")" KiB "$memory_limit_kib" ""
}

measure_memory() {
    local filename
    memory_of backup-create
    filename=$(newest_backup)
    memory_of backup-list
    memory_of backup-verify "$filename"
    memory_of backup-update "$filename" --label measured
    memory_of backup-download "$filename" --output "$folder/downloaded.db"
    rm "$folder/downloaded.db"
    memory_of backup-tables live
    memory_of backup-restore "$filename" --yes
    memory_of backup-delete "$filename"
    memory_of database-list
    memory_of health
}

mkdir "$folder/data"
"$tools/ledger_create" "$live" 1 500 $((size_mb * 1024)) wal
printf 'A live database of %s MB; %s\n\n' "$size_mb" "$(sqlite3 --version | cut -d' ' -f1,2)"
measure_backups
measure_restore
measure_clone
measure_memory
measure_listing
exit "$missed"
