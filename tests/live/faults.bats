#!/usr/bin/env bats
# What happens when a system call fails, or is the last one: strace makes it so.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 300 2000 wal
    strace -o "$home/trace" true || skip 'strace may not trace here'
}

teardown() {
    clean_up
}

# faulty INJECTION PROGRAM ARGUMENT...
faulty() {
    timeout "$PROGRAM_LIMIT" strace -f -o "$home/trace" -e "inject=$1" "$PROGRAMS/$2" "${@:3}"
}

@test "a delete killed between the backup and its manifest leaves no manifest for long" {
    name=$(create)
    for call in 1 2 3; do
        faulty "unlinkat:signal=SIGKILL:when=$call" backup-delete "$name" || true
        program backup-create --kind scheduled >"$home/next"
        assert_no_litter
    done
    list | jq -e --arg name "$name" 'all(.filename != $name)'
}

@test "a WAL that cannot be read is an error, not a backup without it" {
    keep_open 'PRAGMA wal_autocheckpoint = 0; CREATE TABLE only_in_the_wal (a); INSERT INTO only_in_the_wal VALUES (1);'
    for call in 1 2 3 4; do
        if timeout "$PROGRAM_LIMIT" strace -f -o "$home/trace" -P "$live-wal" \
            -e "inject=pread64:error=EIO:when=$call" "$PROGRAMS/backup-create" >"$home/answer"; then
            name=$(jq -r .filename "$home/answer")
            [ "$(sqlite3 "$BACKUP_DIR/$name" 'SELECT count(*) FROM only_in_the_wal')" -eq 1 ]
        fi
    done
    grep -q EIO "$home/trace" || [ "$call" -eq 4 ]
}

@test "where the file system has no links, an old WAL is still not replayed" {
    good=$(create)
    expected=$(content "$BACKUP_DIR/$good")
    start ledger_write "$live" 1 "$home/writer"
    await counter_is_over commits "$home/writer" 50
    kill -KILL "${started[0]}"
    wait "${started[0]}" || true
    started=()
    rm "$live"
    sha256sum "$live-wal" >"$home/before"
    answer=$(faulty linkat:error=EPERM backup-restore "$good" --yes)
    [ "$(content "$live")" = "$expected" ]
    kept=$(jq -er .kept_aside <<<"$answer")
    [ "$(sha256sum <"$home/data/$kept-wal")" = "$(cut -d' ' -f1 "$home/before")  -" ]
}

@test "a database made anew belongs to whom its folder belongs to" {
    [ "$EUID" -eq 0 ] || skip 'only root can give files away'
    good=$(create)
    rm "$live"*
    chown 65534:65534 "$home/data"
    program backup-restore "$good" --yes
    [ "$(stat --format %u:%g "$live")" = 65534:65534 ]
}

@test "a restore of a missing database that fails leaves it missing" {
    good=$(create)
    rm "$live"*
    faulty renameat2:error=EIO backup-restore "$good" --yes && fail 'it went well'
    [ -z "$(ls -A "$home/data")" ]
}
