#!/usr/bin/env bats
# Every change has one line in the audit log, whatever came of it, and no change goes by without it.

load helper

log() {
    printf '%s' "$backups/.audit/log.jsonl"
}

# The newest line must be so.
expect_last() { # JQ FILTER
    tail -n 1 "$(log)" | jq --exit-status "$1" >/dev/null || {
        echo "not so: $1: $(tail -n 1 "$(log)")"
        return 1
    }
}

expect_lines() { # NUMBER
    [[ $(wc -l <"$(log)") -eq $1 ]] || {
        echo "not $1 lines: $(cat "$(log)")"
        return 1
    }
}

@test "each kind of change is one line, with who, what, and what came of it" {
    name=$(make_backup --label 'before "import"')
    expect_lines 1
    expect_last '.action == "create" and .result == "done" and .actor == "'"$(id -un)"'" and .address == null and
        .database == "camera_assignments" and .asked == {label: "before \"import\""} and .detail == null and
        .duration_ms >= 0 and (.time | test("^20.*Z$"))'
    expect_last ".file == \"$name\""
    backup-update "$name" --pinned
    expect_last ".action == \"update\" and .asked == {pinned: true} and .file == \"$name\""
    backup-verify "$name"
    expect_last ".action == \"verify\" and .result == \"done\""
    backup-restore "$name" --yes
    expect_last ".action == \"restore\" and .result == \"done\" and .file == \"$name\""
    refused 77 pinned backup-delete "$name"
    expect_last '.action == "delete" and .result == "pinned" and (.detail | contains("Unpin"))'
    backup-update "$name" --no-pinned
    backup-delete "$name"
    expect_last '.action == "delete" and .result == "done"'
    refused 66 'There is no' backup-restore "$name" --yes
    expect_last '.action == "restore" and .result == "not-found"'
    expect_lines 8
}

@test "what changes nothing has no line" {
    name=$(make_backup)
    for program in backup-list health database-list audit-list "backup-tables live" "backup-tables $name" \
        "backup-export live cues" "backup-compare $name" \
        "backup-download $name --output $folder/copy.db"; do
        read -ra words <<<"$program"
        "${words[@]}" >"$folder/answer"
    done
    refused 64 'no option' backup-create --nonsense
    expect_lines 1
}

@test "audit-list tells the newest first, of one database or of all" {
    make_backup
    sqlite3 "$folder/second_show.db" 'CREATE TABLE t (a)'
    make_backup --database second_show
    [[ $(audit-list | jq --compact-output 'map(.database)') == '["second_show","camera_assignments"]' ]]
    [[ $(audit-list --database second_show | jq length) -eq 1 ]]
    [[ $(audit-list --limit 1 | jq --raw-output '.[0].database') == second_show ]]
    # A table for people.
    script --quiet --command audit-list /dev/null </dev/null | grep --quiet '^TIME  *ACTION  *RESULT'
}

@test "without a log there is nothing to tell, and no folder is made for it" {
    [[ $(audit-list) == '[]' ]]
    [[ ! -e $backups ]]
}

@test "a change whose line cannot be written is not made" {
    name=$(make_backup)
    before=$(live '.dump')
    mv "$backups/.audit" "$backups/.audit-aside"
    printf 'in the way' >"$backups/.audit"
    for change in backup-create "backup-delete $name" "backup-restore $name --yes" "backup-update $name --pinned"; do
        read -ra words <<<"$change"
        run "${words[@]}"
        [[ $status -eq 73 || $status -eq 74 || $status -eq 66 ]] || fail "$change: $status $output"
    done
    rm "$backups/.audit"
    mv "$backups/.audit-aside" "$backups/.audit"
    [[ $(backup-list | jq --raw-output '.[] | "\(.filename) \(.pinned)"') == "$name false" ]]
    [[ $(live '.dump') == "$before" ]]
    expect_lines 1
}

@test "a program that is killed at its change leaves a line all the same" {
    name=$(make_backup)
    # In the middle: when the backup's file has gone, and its manifest has not.
    strace -f -o "$folder/trace" -P "$name" -e inject=unlinkat:signal=SIGKILL:when=1 backup-delete "$name" || true
    [[ $(find "$backups/.audit" -name '*.begun' | wc -l) -eq 1 ]]
    make_backup
    [[ $(audit-list | jq --compact-output 'map([.action, .result])') == \
        '[["create","done"],["delete","interrupted"],["create","done"]]' ]]
    [[ -z $(find "$backups/.audit" -name '*.begun') ]]
}

@test "on a full disk, what is there can still be deleted, and the log says so" {
    [[ $EUID -eq 0 ]] || skip 'mounting a file system needs root'
    unshare --mount true 2>/dev/null || skip 'this machine allows no mount namespace'
    mkdir "$backups"
    export backups
    # shellcheck disable=SC2016
    unshare --mount bash -euo pipefail -c '
        mount -t tmpfs -o size=1m none "$backups"
        name=$(backup-create | jq --raw-output .filename)
        cat /dev/zero >"$backups/filler" || true
        [[ $(df --output=avail "$backups" | tail -n 1) -eq 0 ]]
        ! backup-create
        backup-delete "$name"
        audit-list | jq --exit-status '\''map([.action, .result]) ==
            [["delete","done"],["create","no-room"],["create","done"]]'\''' 2>"$folder/complaints"
}
