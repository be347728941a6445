#!/usr/bin/env bats
# File systems that the tests mount for themselves: one that is full, and one that shares blocks.

load support
load mounts

setup() {
    prepare
}

teardown() {
    chmod u+w "$BACKUP_DIR"
    clean_up
}

@test "a backup that does not fit: exit status 73, and nothing of it is left" {
    local used
    mount_privately "$BACKUP_DIR" -t tmpfs -o size=16m none
    "$TOOLS/ledger_create" "$live" 1 300 10000 wal
    inside "$PROGRAMS/backup-create"
    run inside "$PROGRAMS/backup-create"
    echo "$output"
    [ "$status" -eq 73 ]
    [ "$(inside "$PROGRAMS/backup-list" | jq length)" -eq 1 ]
    [ -z "$(inside find "$BACKUP_DIR" -path '*/.work/*')" ]
    used=$(inside du -sk "$BACKUP_DIR" | cut -f 1)
    [ "$used" -lt 12000 ]
}

@test "a restore whose transaction does not fit: exit status 73, and nothing has changed" {
    local name before
    mount_privately "$home/data" -t tmpfs -o size=16m none
    inside "$TOOLS/ledger_create" "$live" 1 300 10000 wal
    name=$(inside "$PROGRAMS/backup-create" | jq -r .filename)
    inside sqlite3 "$live" "UPDATE account SET balance = balance + 1"
    before=$(inside "$TOOLS/content_hash" "$live")
    run inside "$PROGRAMS/backup-restore" "$name" --yes
    echo "$output"
    [ "$status" -eq 73 ]
    [ "$(inside "$TOOLS/content_hash" "$live")" = "$before" ]
    assert_no_litter
}

@test "a backups folder on another file system than the database works" {
    local name
    mount_privately "$BACKUP_DIR" -t tmpfs -o size=64m none
    "$TOOLS/ledger_create" "$live" 1 300 10000 wal
    name=$(inside "$PROGRAMS/backup-create" | jq -r .filename)
    inside "$TOOLS/ledger_check" "$BACKUP_DIR/$name"
    sqlite3 "$live" "UPDATE account SET balance = balance + 1"
    inside "$PROGRAMS/backup-restore" "$name" --yes
    [ "$(content "$live")" = "$(inside "$TOOLS/content_hash" "$BACKUP_DIR/$name")" ]
    head -c 100000 /dev/urandom >"$live"
    rm -f "$live-wal" "$live-shm"
    inside "$PROGRAMS/backup-restore" "$name" --yes | jq -e .reopen_required
    [ "$(content "$live")" = "$(inside "$TOOLS/content_hash" "$BACKUP_DIR/$name")" ]
    inside "$PROGRAMS/backup-update" "$name" --label changed
    inside "$PROGRAMS/backup-delete" "$name"
    [ -z "$(inside find "$BACKUP_DIR" -path '*/.work/*')" ]
}

# refused WORDS COMMAND...: nothing can be written, and the sentence says what to do.
refused() {
    run "${@:2}"
    [[ $status -eq 73 && $output == *"$1"* ]] || fail "status $status: $output"
}

# Reading works; whatever changes something is refused, and has changed nothing.
check_read_only() { # RUNNER...
    local before name
    before=$(content "$live")
    name=$("$@" "$PROGRAMS/backup-list" | jq -r '.[0].filename')
    "$@" "$PROGRAMS/backup-download" "$name" | cmp - <("$@" cat "$BACKUP_DIR/$name")
    "$@" "$PROGRAMS/backup-tables" "$name" | jq -e 'length > 0'
    for command in "backup-create" "backup-delete $name" "backup-update $name --pinned" \
        "backup-verify $name" "backup-restore $name --yes"; do
        # shellcheck disable=SC2086
        refused 'Mount it for writing' "$@" "$PROGRAMS/"$command
    done
    [ "$(content "$live")" = "$before" ]
    run "$@" "$PROGRAMS/health" --json
    jq -e '.checks.backups_folder | .status == "failing" and (.detail | test("cannot be written"))' \
        <<<"$output"
}

@test "a backups folder that is mounted read-only: reading works, changing is refused" {
    local name
    mount_privately "$BACKUP_DIR" -t tmpfs -o size=16m none
    "$TOOLS/ledger_create" "$live" 1 300 100 wal
    inside "$PROGRAMS/backup-create"
    sqlite3 "$live" "UPDATE account SET balance = balance + 1"
    inside mount -o remount,ro "$BACKUP_DIR"
    check_read_only inside
    inside mount -o remount,rw "$BACKUP_DIR"
    name=$(inside "$PROGRAMS/backup-list" | jq -r '.[0].filename')
    inside "$PROGRAMS/backup-restore" "$name" --yes
    inside "$PROGRAMS/backup-delete" "$name"
}

# Rights on files hold for root as for anybody.
bound_by_rights() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --bounding-set -dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}

@test "a backups folder without the right to write there: reading works, changing is refused" {
    "$TOOLS/ledger_create" "$live" 1 300 100 wal
    create
    sqlite3 "$live" "UPDATE account SET balance = balance + 1"
    chmod a-w "$BACKUP_DIR"
    check_read_only bound_by_rights
    chmod u+w "$BACKUP_DIR"
    bound_by_rights "$PROGRAMS/backup-create"
}

# Leaves not one block.
fill() {
    inside sh -c "cat /dev/zero >'$1' 2>/dev/null" || true
}

@test "a full backups folder: nothing half-done, deleting works, and the room that it frees is used" {
    local first second before listed
    mount_privately "$BACKUP_DIR" -t tmpfs -o size=8m none
    "$TOOLS/ledger_create" "$live" 1 300 2000 wal
    first=$(inside "$PROGRAMS/backup-create" | jq -r .filename)
    second=$(inside "$PROGRAMS/backup-create" --pinned | jq -r .filename)
    sqlite3 "$live" "UPDATE account SET balance = balance + 1"
    before=$(content "$live")
    listed=$(inside "$PROGRAMS/backup-list")
    fill "$BACKUP_DIR/filler"
    for command in "backup-create" "backup-update $second --no-pinned" "backup-update $first --pinned" \
        "backup-restore $first --yes"; do
        # shellcheck disable=SC2086
        refused 'Delete old backups or make the volume larger' inside "$PROGRAMS/"$command
    done
    [ "$(content "$live")" = "$before" ]
    [ "$(inside "$PROGRAMS/backup-list")" = "$listed" ]
    [ -z "$(inside find "$BACKUP_DIR/.work" -mindepth 1)" ]
    inside "$PROGRAMS/health" --json | jq -e '.checks.free_space.status == "degraded"'

    inside "$PROGRAMS/backup-delete" "$first"
    inside "$PROGRAMS/backup-list" | jq -e --arg name "$second" '[.[].filename] == [$name]'
    inside "$PROGRAMS/backup-update" "$second" --no-pinned
    inside "$PROGRAMS/backup-delete" "$second"
    inside "$PROGRAMS/backup-create"
}

@test "a restore whose safety backup does not fit: exit status 73, and nothing has changed" {
    local name before listed
    # Room for the backup and for its staged copy, and not for a third one.
    mount_privately "$BACKUP_DIR" -t tmpfs -o size=28m none
    "$TOOLS/ledger_create" "$live" 1 300 10000 wal
    name=$(inside "$PROGRAMS/backup-create" | jq -r .filename)
    sqlite3 "$live" "UPDATE account SET balance = balance + 1"
    before=$(content "$live")
    listed=$(inside "$PROGRAMS/backup-list")
    refused 'no room' inside "$PROGRAMS/backup-restore" "$name" --yes
    [ "$(content "$live")" = "$before" ]
    [ "$(inside "$PROGRAMS/backup-list")" = "$listed" ]
    inside mount -o remount,size=64m "$BACKUP_DIR"
    inside "$PROGRAMS/backup-restore" "$name" --yes
}

free_kibibytes() {
    inside df --output=avail -k "$1" | tail -n 1
}

# The seconds that the copy of the database file took, from the trace of a run.
seconds_of_clone() {
    sed -n 's/.*FICLONE.* = 0 <\([0-9.]*\)>$/\1/p' "$1" | sort -n | tail -n 1
}

@test "where the file system can, a backup shares its blocks with the database, in under 20 ms" {
    local volume=$home/volume free name seconds
    command -v mkfs.xfs >/dev/null || skip "mkfs.xfs is not installed"
    command -v strace >/dev/null || skip "strace is not installed"
    truncate -s 400M "$home/volume.xfs"
    mkfs.xfs -q -m reflink=1 "$home/volume.xfs"
    mount_privately "$volume" -o loop "$home/volume.xfs"
    live=$volume/ledger.db
    export DATABASE_PATH=$live BACKUP_DIR=$volume/backups
    inside mkdir "$BACKUP_DIR"
    inside "$TOOLS/ledger_create" "$live" 1 300 100000 wal
    inside sync -f "$volume"
    free=$(free_kibibytes "$volume")

    name=$(inside strace -f -T -e trace=ioctl -o "$home/trace" "$PROGRAMS/backup-create" |
        jq -r .filename)

    inside "$TOOLS/ledger_check" "$BACKUP_DIR/$name"
    inside sync -f "$volume"
    [ $((free - $(free_kibibytes "$volume"))) -lt 10000 ]
    seconds=$(seconds_of_clone "$home/trace")
    note "the copy of 100 MB took $seconds s"
    [ -n "$seconds" ]
    awk -v seconds="$seconds" 'BEGIN { exit !(seconds < 0.020) }'
}
