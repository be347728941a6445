#!/usr/bin/env bats
# Two databases whose names differ in upper and lower case only.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 300 100 wal
    "$TOOLS/ledger_create" "$home/data/Show.db" 2 300 100 wal
}

teardown() {
    clean_up
}

# As on a file system that takes both for one.
folding() {
    LD_PRELOAD=$BUILD/tests/preload/fold_case.so "$@"
}

refused() { # STATUS WORDS COMMAND...
    run "${@:3}"
    [[ $status -eq $1 && $output == *"$2"* ]] || fail "status $status: $output"
}

@test "each has its own backups, and is restored from them" {
    local upper lower
    "$TOOLS/ledger_create" "$home/data/show.db" 3 300 100 wal
    upper=$(create --database Show)
    lower=$(create --database show)
    list --database Show | jq -e 'length == 1 and .[0].database == "Show"'
    program backup-delete "$lower" --database show
    list --database Show | jq -e --arg name "$upper" 'length == 1 and .[0].filename == $name'
    list --database show | jq -e 'length == 0'
    create --database show
    program backup-restore "$upper" --yes --database Show
    [ "$("$TOOLS/ledger_check" "$home/data/show.db")" = 3 ]
    program database-list | jq -e '[.[].name] == ["ledger", "Show", "show"]'
}

@test "where case is not told apart, backups of the two are not mixed but refused" {
    local name
    "$TOOLS/ledger_create" "$home/data/show.db" 3 300 100 wal
    name=$(folding create --database Show)
    for command in "backup-list" "backup-create" "backup-delete $name" "backup-restore $name --yes" \
        "backup-verify $name" "backup-download $name --output $home/file"; do
        # shellcheck disable=SC2086
        refused 74 'upper and lower case' folding program $command --database show
    done
    folding list --database Show | jq -e --arg name "$name" '[.[].filename] == [$name]'
    [ "$(find "$BACKUP_DIR" -name '*.db' | wc -l)" -eq 1 ]
}

@test "where case is not told apart, a database has one name only" {
    refused 66 'upper and lower case' folding program backup-create --database SHOW
    refused 66 'upper and lower case' folding program backup-create --database LEDGER
    folding create --database Show
    folding create
    [ "$(find "$BACKUP_DIR" -name '*.db' | wc -l)" -eq 2 ]
}
