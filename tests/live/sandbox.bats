#!/usr/bin/env bats
# What each program may not touch, tried from inside its own process: the kernel says EACCES. What it
# may touch it does, and the other tests show that it is enough.

load support

setup() {
    prepare
    "$PROGRAMS/health" --json | jq --exit-status '.checks.sandbox.status == "ok"' >"$home/landlock" ||
        skip 'this kernel has no Landlock'
    # The default place of the backups, where they are nested in what a program may read.
    unset BACKUP_DIR
    BACKUP_DIR=$home/data/backups
    "$TOOLS/ledger_create" "$live" 1 30 100 wal
    # The app has the database open.
    keep_open 'SELECT count(*) FROM account;'
    name=$(create)
    backup=$BACKUP_DIR/$name
    audit=$BACKUP_DIR/.audit/log.jsonl
    printf secret >"$home/secret"
    listen
}

teardown() {
    clean_up
    [[ -z ${listener:-} ]] || kill "$listener" 2>/dev/null || true
}

# A server to connect to; its port is in $port.
listen() {
    # shellcheck disable=SC2016
    node -e 'const s = require("net").createServer((c) => c.end()).listen(0, "127.0.0.1", () => console.log(s.address().port))' \
        >"$home/port" 3>&- &
    listener=$!
    await test -s "$home/port"
    port=$(<"$home/port")
}

# inside PROGRAM ARGUMENT...: runs it, trying all of $attempts when it ends.
inside() {
    : >"$home/report"
    timeout "$PROGRAM_LIMIT" env PROBE="$attempts" PROBE_REPORT="$home/report" \
        LD_PRELOAD="$TOOLS/../preload/sandbox_probe.so" "$PROGRAMS/$1" "${@:2}" >"$home/answer" 2>"$home/complaint" ||
        grep --quiet "${complaint:-^no complaint}" "$home/complaint" ||
        fail "$1 itself failed: $(cat "$home/complaint")"
}

# Each attempt's outcome must be the one that is expected of this program: `done` for what stands in
# the list of what it may, EACCES for everything else.
expect_only() { # ATTEMPT...
    local what target outcome expected
    [[ $(wc -l <"$home/report") -eq $(wc -l <<<"$attempts") ]] || fail "not all was tried: $(cat "$home/report")"
    while read -r what target outcome; do
        expected=EACCES
        [[ " $* " != *" $what:$target "* ]] || expected=done
        [[ $outcome == "$expected" ]] || fail "$what $target: $outcome, not $expected"
    done <"$home/report"
}

# Names of what is tried, in the order in which the harmless ones come first.
every_attempt() {
    printf '%s\n' "read $live" "write $live" "make $live" "read $backup" "write $backup" "make $backup" \
        "write $audit" "read $home/secret" "write $home/secret" "make $home/secret" "list $home" "read /etc/passwd" \
        "connect $port" "execute /usr/bin/true" "rename $live" "remove $live"
}

allowed_read_backups() {
    printf '%s ' "read:$backup"
}

# A program may do to the files of a folder what it may do to any: the log lies among the backups.
allowed_write_backups() {
    printf '%s ' "read:$backup" "write:$backup" "make:$backup" "write:$audit"
}

@test "what reads backups can do nothing else" {
    attempts=$(every_attempt)
    # shellcheck disable=SC2046
    for program in backup-list audit-list "backup-download $name --output -"; do
        read -ra words <<<"$program"
        inside "${words[@]}"
        expect_only $(allowed_read_backups)
    done
}

@test "database-list reads backups and the names of databases" {
    attempts=$(every_attempt)$'\n'"list $home/data"
    inside database-list
    # shellcheck disable=SC2046
    expect_only $(allowed_read_backups) "list:$home/data"
}

@test "what changes backups cannot touch the live database" {
    attempts=$(every_attempt)
    # shellcheck disable=SC2046
    for program in "backup-update $name --label x" "backup-verify $name"; do
        read -ra words <<<"$program"
        inside "${words[@]}"
        expect_only $(allowed_write_backups)
        rm "$backup.probe"
    done
    other=$(create)
    inside backup-delete "$other"
    # shellcheck disable=SC2046
    expect_only $(allowed_write_backups)
}

@test "what looks at the live database can write nowhere" {
    attempts=$(every_attempt)
    # shellcheck disable=SC2046
    for program in health "backup-tables live" "backup-tables $name" "backup-export live account" "backup-export $name account" \
        "backup-compare $name" "backup-compare $name $name"; do
        read -ra words <<<"$program"
        inside "${words[@]}"
        expect_only $(allowed_read_backups) "read:$live"
    done
}

@test "backup-create can neither remove nor replace the live database" {
    attempts=$(every_attempt)
    inside backup-create
    # SQLite's locks have to be written: see lib/sandbox.h.
    # shellcheck disable=SC2046
    expect_only $(allowed_write_backups) "read:$live" "write:$live" "make:$live"
    rm "$live.probe"
}

@test "backup-create connects where a webhook is set, and only there" {
    attempts="connect $port"
    inside backup-create
    expect_only
    WEBHOOK_URL=http://127.0.0.1:$port/ inside backup-create
    expect_only "connect:$port"
}

@test "backup-restore writes the live database and connects, but runs nothing, and writes nowhere else" {
    attempts=$(every_attempt | grep -v -e '^rename' -e '^remove')
    inside backup-restore "$name" --yes
    # shellcheck disable=SC2046
    expect_only $(allowed_write_backups) "read:$live" "write:$live" "make:$live" "read:$home/secret" "list:$home" \
        "read:/etc/passwd" "connect:$port"
}

@test "what deals with the replica reads it wherever it is, and writes nothing live" {
    cat >"$home/litestream.yml" <<END
dbs: [{path: "$live", replicas: [{type: file, path: "$home/replica"}]}]
END
    mkdir "$home/replica"
    export LITESTREAM_CONFIG=$home/litestream.yml
    attempts=$(every_attempt)
    inside litestream-status
    # shellcheck disable=SC2046
    expect_only $(allowed_read_backups) "read:$live" "read:$home/secret" "list:$home" "read:/etc/passwd" "connect:$port"
    inside health --metrics
    # shellcheck disable=SC2046
    expect_only $(allowed_read_backups) "read:$live" "read:$home/secret" "list:$home" "read:/etc/passwd" "connect:$port"
    inside litestream-points
    # shellcheck disable=SC2046
    expect_only $(allowed_read_backups) "read:$live" "read:$home/secret" "list:$home" "read:/etc/passwd" "connect:$port" \
        "execute:/usr/bin/true"
    complaint='The replica has nothing to restore yet' inside litestream-fetch
    # shellcheck disable=SC2046
    expect_only $(allowed_write_backups) "read:$live" "read:$home/secret" "list:$home" "read:/etc/passwd" \
        "connect:$port" "execute:/usr/bin/true"
    rm "$backup.probe"
    complaint='The replica has nothing to restore yet' inside litestream-drill
    # shellcheck disable=SC2046
    expect_only $(allowed_write_backups) "read:$live" "read:$home/secret" "list:$home" "read:/etc/passwd" \
        "connect:$port" "execute:/usr/bin/true"
}

@test "no program can get rights by starting another one" {
    # What setuid programs give is given to nobody (no_new_privs), and the rules go along.
    for program in backup-list backup-create; do
        strace -f -e trace=prctl,landlock_restrict_self -o "$home/trace" "$PROGRAMS/$program" >"$home/answer"
        grep --quiet 'prctl(PR_SET_NO_NEW_PRIVS, 1.*= 0' "$home/trace"
        grep --quiet 'landlock_restrict_self(.*= 0' "$home/trace"
    done
}

@test "where the kernel lacks Landlock, the programs work, and health says so" {
    strace -f -o "$home/trace" -e inject=landlock_create_ruleset:error=ENOSYS "$PROGRAMS/backup-create" >"$home/answer"
    jq --exit-status .filename "$home/answer"
    strace -f -o "$home/trace" -e inject=landlock_create_ruleset:error=EOPNOTSUPP "$PROGRAMS/health" --json |
        jq --exit-status '.status == "degraded" and .checks.sandbox.status == "degraded"'
}
