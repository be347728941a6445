#!/usr/bin/env bats
# Power loss, on real file systems: each lies on a loop device, and what it has not given to the
# device by some moment is lost. The device's content at that moment, mounted again, is checked.

load support
load mounts
load power

setup() {
    prepare
    export BACKUP_KEEP=1
    mkdir "$home/disk" "$home/state"
    use_tree "$home/disk"
}

teardown() {
    clean_up
}

# make_disk TYPE SIZE OPTIONS...: a file system that writes nothing by itself within the test.
make_disk() {
    command -v "mkfs.$1" >/dev/null || skip "mkfs.$1 is not installed"
    truncate -s "$2" "$home/image"
    "mkfs.$1" -q "$home/image"
    mount_options=(-t "$1" -o "loop${3:+,$3}")
    mount_privately "$home/disk" "${mount_options[@]}" "$home/image"
}

# Btrfs knows a file system that it has seen by its number, and so takes a copy for the other.
mount_again() { # IMAGE FOLDER
    ! command -v btrfs >/dev/null || btrfs device scan --forget >/dev/null || true
    inside mount "${mount_options[@]}" "$1" "$2"
}

# Runs one of the functions of power.bash where the file system is mounted.
within() {
    inside bash -c '
        set -euo pipefail
        BATS_TEST_DIRNAME=$1 started=()
        source "$1/support.bash"
        source "$1/power.bash"
        "${@:2}"' bash "$BATS_TEST_DIRNAME" "$@"
}

# run_in_steps SETTING...: runs it, from the same state each time.
run_in_steps() {
    local command
    ! inside mountpoint -q "$home/disk" || inside umount "$home/disk"
    rm -f "$home"/copy.*
    [ -e "$home/image-before" ] || cp --sparse=always "$home/image" "$home/image-before"
    cp --sparse=always "$home/image-before" "$home/image"
    mount_again "$home/image" "$home/disk"
    mapfile -t command < <(scenario_command POWER_STOPS=1 "$@")
    inside timeout "$PROGRAM_LIMIT" "$TOOLS/power_steps" "$home/image" "$home/copy" \
        "${command[@]}" >"$home/answer"
    inside umount "$home/disk"
    copies=$(find "$home" -name 'copy.*' | wc -l)
}

check_copy() { # NUMBER answered|unanswered
    mount_again "$home/copy.$1" "$home/state"
    local status=0
    within check "$home/state/tree" "$2" >"$home/check" 2>&1 || status=1
    inside umount "$home/state"
    return "$status"
}

# Somebody else's sync on this machine may save what our own program has not synced: tried again.
is_lost_without_syncs() {
    local try
    for try in 1 2 3; do
        run_in_steps POWER_NO_SYNC=1
        check_copy "$copies" answered || return 0
    done
    return 1
}

survives() { # SCENARIO...
    local scenario number
    for scenario in "$@"; do
        within prepare_scenario "$scenario"
        run_in_steps
        for ((number = 1; number < copies; number++)); do
            check_copy "$number" unanswered || fail "$scenario, disk $number: $(cat "$home/check")"
        done
        check_copy "$copies" answered || fail "$scenario, answered: $(cat "$home/check")"
        note "$scenario: $copies states of the disk"
        is_lost_without_syncs || fail "$scenario: without its syncs nothing is lost"
        mount_again "$home/image" "$home/disk"
        inside rm -r "$tree"
        rm -f "$home/image-before" "$home/old_is_lost" "$home/sql"
    done
}

@test "ext4" {
    make_disk ext4 32M commit=300
    survives create first retention delete update restore rollback replace
}

@test "xfs" {
    make_disk xfs 300M
    survives create retention delete restore replace
}

@test "btrfs" {
    make_disk btrfs 128M commit=300
    survives create retention delete restore replace
}
