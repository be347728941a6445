# serve.sh and the supervisor: starting, refusing to start, stopping, and a worker that dies.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

# The site of this file lies in a folder with a long name of odd characters: a socket's path has at most 107 bytes.
setup_file() {
    local folder
    folder="$BATS_FILE_TMPDIR/a site's \"own\" folder, 100% odd; $(printf 'x%.0s' {1..120})"
    ln -s "$folder" "$BATS_FILE_TMPDIR/site"
    mkdir "$folder"
    BUSY_TIMEOUT=60 start_site
    new_backup
    export backup
}
teardown_file() { stop_site; }

teardown() {
    [[ -z ${child:-} ]] || ! kill -TERM "$child" 2>/dev/null || wait "$child"
}

# Starts a site as a child of the test, which learns its exit status.
start_child() { # FOLDER
    local status=75
    while ((status == 75)); do
        RUN_DIR=$1 DATABASE_PATH=$1/data/camera_assignments.db PORT=$((20000 + RANDOM % 12000)) SAMPLE=$repository/tests/sample/camera_sheet.sql \
            "$repository/serve.sh" >"$1.log" 2>&1 3>&- &
        child=$!
        is_decided() { grep --quiet '^camera-sheet-backup: ' "$1.log" || ! kill -0 "$child" 2>/dev/null; }
        await is_decided "$1"
        ! kill -0 "$child" 2>/dev/null || return 0
        status=0
        wait "$child" || status=$?
    done
    fail "it does not start: $(<"$1.log")"
}

@test "it says in one line where it is, and only once it is there" {
    [[ $(grep --count '' "$SITE/site.log") -ge 1 ]]
    [[ $(head --lines 1 "$SITE/site.log") == "camera-sheet-backup: $(<"$SITE/site.url")/ (Ctrl-C stops it; state in $SITE)" ]]
    ask GET "/api/backups/$backup"
    expect_code 200
    cmp "$body" "$BACKUPS/$backup"
}

@test "what it makes is for nobody else on this machine" {
    # nginx lets everybody into its sockets; the folder around them does not.
    [[ -z $(find "$SITE/" ! -type l -perm /077 ! -name site.log ! -name site.pid ! -name login.sock ! -name probes.sock ! -path "$SITE/" -print) ]]
    [[ $(stat --format %a "$SITE/sockets") == 700 ]]
}

@test "a port in use: one sentence, and no try after try" {
    PORT=${URL##*:} expect_refusal 75 "Port ${URL##*:} of 127.0.0.1 is in use"
    PORT=1024 PROBE_PORT=${URL##*:} expect_refusal 75 "choose another PROBE_PORT"
}

@test "a RUN_DIR in use is left alone" {
    RUN_DIR=$SITE PORT=1024 expect_refusal 75 'Another site is running in'
    ask GET /api/health
    expect_code 200
}

@test "beyond this machine it listens only with a password file, or when told that it need not" {
    local address
    for address in 0.0.0.0 :: 192.0.2.1 backup.example 127.0.0.1.example; do
        LISTEN=$address expect_refusal 64 'set PASSWORD_FILE'
        AUTH=basic LISTEN=$address expect_refusal 64 'set PASSWORD_FILE'
    done
    # Not an address of this machine: it would have listened.
    status=0
    AUTH=none LISTEN=192.0.2.1 RUN_DIR=$scratch/run DATABASE_PATH=$scratch/show.db "$repository/serve.sh" >"$scratch/err" 2>&1 3>&- || status=$?
    [[ $status -eq 69 ]]
    grep --quiet 'Cannot assign requested address' "$scratch/err"
}

@test "settings that are none are named" {
    PORT=0 expect_refusal 64 'PORT must be'
    PORT=70000 expect_refusal 64 'PORT must be'
    PORT='80;' expect_refusal 64 'PORT must be'
    PROBE_PORT=0 expect_refusal 64 'PROBE_PORT must be a number'
    PROBE_PORT='81;' expect_refusal 64 'PROBE_PORT must be a number'
    PORT=1024 PROBE_PORT=1024 expect_refusal 64 'PROBE_PORT must be another port'
    REPLICATE=yes LITESTREAM_ADDR=127.0.0.1:1025 PORT=1024 PROBE_PORT=1025 expect_refusal 64 'PROBE_PORT must be another port'
    LISTEN='127.0.0.1;' expect_refusal 64 'LISTEN must be'
    SERVER_NAMES='a; } http {' expect_refusal 64 'SERVER_NAMES must be'
    SERVER_NAMES='~.*' expect_refusal 64 'SERVER_NAMES must be'
    PROGRAMS=$scratch/nothing expect_refusal 69 'run make first'
    BUSY_TIMEOUT=soon expect_refusal 64 'BUSY_TIMEOUT'
    BACKUP_KEEP=-1 expect_refusal 64 'BACKUP_KEEP'
}

@test "the sample is made where no database is, and an existing one is left alone" {
    [[ $(live 'PRAGMA journal_mode; SELECT count(*) > 1000 FROM assignments') == $'wal\n1' ]]
    mkdir -p "$scratch/run/data"
    sqlite3 "$scratch/run/data/camera_assignments.db" 'CREATE TABLE mine (a)'
    SAMPLE=$repository/tests/sample/camera_sheet.sql PORT=${URL##*:} expect_refusal 75 'is in use'
    [[ $(sqlite3 "$scratch/run/data/camera_assignments.db" .tables) == mine ]]
}

@test "nginx itself is back after it was killed" {
    local victim
    victim=$(<"$SITE/nginx.pid")
    kill -KILL "$victim"
    is_another() { [[ -s $SITE/nginx.pid && $(<"$SITE/nginx.pid") != "$victim" ]] && ask GET /api/health && [[ $code == 200 ]]; }
    await is_another
}

@test "a worker that was killed costs no request" {
    local victim
    victim=$(workers backup-list | head --lines 1)
    [[ -n $victim ]]
    kill -KILL "$victim"
    is_gone() { [[ $(workers backup-list) != *"$victim"* ]]; }
    await is_gone
    for _ in {1..10}; do
        ask GET /api/backups
        expect_code 200
    done
    are_two() { [[ $(workers backup-list | wc --lines) -eq 2 ]]; }
    await are_two
}

@test "a program whose workers were all killed is back by itself" {
    # shellcheck disable=SC2046
    kill -KILL $(workers database-list)
    is_back() { ask GET /api/databases && [[ $code == 200 ]]; }
    await is_back
}

@test "a worker that is killed in its work costs that request, which learns when to come back" {
    local before
    before=$(content "$DATABASE")
    hold_lock
    begin_asking POST "/api/backups/$backup/restore"
    await compgen -G "$BACKUPS/.work/*/staged.db" >"$scratch/staged"
    kill -KILL "$(busy_worker)"
    await_answer
    expect_problem 503 unavailable
    release_lock
    [[ $(content "$DATABASE") == "$before" ]]
    ask POST "/api/backups/$backup/restore"
    expect_code 200
}

@test "TERM lets the running request end, then everything ends, with status 0" {
    start_child "$scratch/run"
    URL=$(sed -n 's|^camera-sheet-backup: \(http://[^ ]*\)/ .*|\1|p' "$scratch/run.log")
    DATABASE=$scratch/run/data/camera_assignments.db BACKUPS=$scratch/run/data/backups
    new_backup
    hold_lock
    begin_asking POST "/api/backups/$backup/restore"
    await compgen -G "$BACKUPS/.work/*/staged.db" >"$scratch/staged"
    kill -TERM "$child"
    is_closed() { [[ $(curl --silent --output /dev/null --write-out '%{exitcode}' "$URL/healthz") == 7 ]]; }
    await is_closed
    [[ ! -s $body ]]
    release_lock
    await_answer
    expect_code 200
    expect_json '.status == "restored"'
    local status=0
    wait "$child" || status=$?
    [[ $status -eq 0 ]] || fail "status $status: $(<"$scratch/run.log")"
    [[ -z $(pgrep --full "$scratch") ]]
}

@test "Ctrl-C ends it with status 0, wherever its output goes" {
    # A socket, as the journal's is, cannot be opened again by its name.
    /usr/bin/python3 - "$repository/serve.sh" "$scratch/run" <<'END'
import os, random, signal, socket, subprocess, sys, time

ours, theirs = socket.socketpair()
os.environ.update(RUN_DIR=sys.argv[2], DATABASE_PATH=sys.argv[2] + ".db", PORT=str(20000 + random.randrange(12000)))
site = subprocess.Popen([sys.argv[1]], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
theirs.close()
output = ours.makefile()
line = output.readline()
assert line.startswith("camera-sheet-backup: http://127.0.0.1:"), line
site.send_signal(signal.SIGINT)
rest = output.read()
assert site.wait() == 0, rest
END
}

# The codes of creating, downloading and restoring.
main_job() {
    ask POST /api/backups
    printf '%s ' "$code"
    backup=$(json .filename)
    ask GET "/api/backups/$backup"
    printf '%s ' "$code"
    ask POST "/api/backups/$backup/restore"
    printf '%s' "$code"
}

@test "it needs no root" {
    ((EUID == 0)) || skip 'nothing of this ran as root'
    local as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    "${as_nobody[@]}" test -r "$PROGRAMS/health" || skip 'no other user can read this repository'
    local folder
    folder=$(mktemp --directory)
    chown 65534:65534 "$folder"
    URL=$("${as_nobody[@]}" "$repository/tests/site" up "$folder")
    main_job >"$folder/main-job"
    "$repository/tests/site" down "$folder"
    [[ $(<"$folder/main-job") == '201 200 200' ]]
    rm -r "$folder"
}

@test "folders that are made anew while it runs are noticed: no request fails" {
    local folder=$scratch/anew
    URL=$("$repository/tests/site" up "$folder")
    [[ $(main_job) == '201 200 200' ]]
    rm -rf "$folder/data/backups"
    ask GET /api/backups
    expect_code 200
    expect_json '. == []'
    [[ $(main_job) == '201 200 200' ]]
    ask GET /api/audit
    expect_json 'map([.action, .result]) == [["restore", "done"], ["create", "done"]]'
    "$repository/tests/site" down "$folder"
}
