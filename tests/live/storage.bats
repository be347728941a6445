#!/usr/bin/env bats
# File systems that the tests mount for themselves: one that is full, and one that shares blocks.

load support
load mounts

setup() {
    prepare
}

teardown() {
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
