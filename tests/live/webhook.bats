#!/usr/bin/env bats
# The app is told of backups and restores, and whatever it answers, the work is done.
# alone: it measures how long a receiver that hangs is waited for.

load support

# Nothing else in the tests looks like these.
PASSWORD=correct-horse
SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw

setup() {
    prepare
    unset "${!WEBHOOK_@}"
    # What this machine reaches other hosts by is not for its own.
    export no_proxy='*' RECEIVER_SECRET=$SECRET
    app=$home/app
    mkdir "$app"
    "$TOOLS/ledger_create" "$live" 1 100 100 wal
    good=$(create)
    sqlite3 "$live" "UPDATE account SET balance = 1001 WHERE id = 1"
    before=$(content "$live")
    restored=$(content "$BACKUP_DIR/$good")
    [ "$before" != "$restored" ]
}

teardown() {
    [ ! -e "$home/site/site.pid" ] || "$repository/tests/site" down "$home/site"
    clean_up
}

# --- the receiver, and what is to be told to it ---------------------------------------------------

set_webhook() { # [SCHEME]
    export WEBHOOK_URL=${1:-http}://crew:$PASSWORD@127.0.0.1:$(<"$app/port")/hook WEBHOOK_SECRET=$SECRET
}

start_receiver() { # [EVENT=ANSWER]...
    rm -f "$app/port" "$app/received" "$app/go"
    node "$BATS_TEST_DIRNAME/webhook_receiver.mjs" "$app" "$@" 3>&- >>"$home/tools.log" 2>&1 &
    started+=($!)
    await test -e "$app/port"
    set_webhook "${scheme:-http}"
}

stop_receiver() {
    kill -KILL "${started[-1]}"
    wait "${started[-1]}" || true
    unset 'started[-1]'
}

types() {
    jq -r .message.type "$app/received" 2>/dev/null | tr '\n' ' '
}

types_are() {
    [ "$(types)" = "$1" ]
}

expect_types() { # TYPES, each with a space behind it
    types_are "$1" || fail "expected $1, was told: $(types)"
}

# expect_message NUMBER JQ-CONDITION
expect_message() {
    jq -se --argjson number "$1" ".[\$number].message | $2" "$app/received" >/dev/null ||
        fail "not so: $2: $(sed -n $(($1 + 1))p "$app/received")"
}

# --- a restore ------------------------------------------------------------------------------------

# Leaves $answer, $messages (standard error), $status and $took_ms.
restore() {
    local began
    began=$(now_ms)
    status=0
    answer=$(program backup-restore "$@" --yes 2>"$home/messages") || status=$?
    took_ms=$(($(now_ms) - began))
    messages=$(<"$home/messages")
    shows_no_secret "$answer$messages"
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

shows_no_secret() {
    local secret
    for secret in "$PASSWORD" "${SECRET#whsec_}"; do
        [[ $1 != *"$secret"* ]] || fail "shows a secret: $1"
    done
}

expect_restored() { # NOTIFIED
    [ "$status" -eq 0 ] || fail "exit status $status: $messages"
    jq -e --argjson notified "$1" '.status == "restored" and .notified == $notified' <<<"$answer" >/dev/null ||
        fail "unexpected: $answer"
    [ "$(content "$live")" = "$restored" ] || fail "the live database is not the backup"
}

expect_warning() { # TEXT
    [[ $messages == *"warning: "*"$1"* ]] || fail "no warning of \"$1\": $messages"
}

expect_took_less_than() { # MS
    [ "$took_ms" -lt "$1" ] || fail "it took $took_ms ms"
}

# Begins a restore whose restore.started the receiver holds back; end_held_restore lets it go on.
begin_held_restore() {
    "$PROGRAMS/backup-restore" "$@" --yes >"$home/restore.json" 2>"$home/messages" 3>&- &
    restoring=$!
    await types_are "restore.started "
}

end_held_restore() {
    : >"$app/go"
    status=0
    wait "$restoring" || status=$?
    answer=$(<"$home/restore.json") messages=$(<"$home/messages")
}

# --- what is told ---------------------------------------------------------------------------------

@test "without a webhook nothing is sent, and the answer says null" {
    restore "$good"
    expect_restored null
    [ -z "$messages" ]
}

@test "a new backup is told as the API shows it, signed, once" {
    local made
    start_receiver
    made=$(program backup-create --label 'before the import' --pinned)
    expect_types "backup.created "
    jq -e --argjson made "$made" '.message.data == $made' "$app/received"
    jq -e '.genuine and .method == "POST" and .url == "/hook"
        and .headers["content-type"] == "application/json"
        and (.headers["webhook-id"] | test("^msg_[0-9a-f]{32}$"))
        and .headers["webhook-signature"][:3] == "v1,"
        and (.message.timestamp | test("^[0-9-]{10}T[0-9:]{8}[.][0-9]{3}Z$"))
        and (.message | keys == ["data", "timestamp", "type"])' "$app/received"
    # The password is there to be used, in the one place where it belongs.
    jq -e --arg basic "Basic $(printf 'crew:%s' "$PASSWORD" | base64)" \
        '.headers.authorization == $basic' "$app/received"
}

@test "a restore tells that it begins and that it has ended; its safety backup is told there" {
    start_receiver
    restore "$good"
    expect_restored true
    [ -z "$messages" ]
    expect_types "restore.started restore.finished "
    jq -se 'all(.[]; .genuine) and (map(.headers["webhook-id"]) | unique | length) == 2
        and .[0].message.timestamp <= .[1].message.timestamp' "$app/received"
    expect_message 0 ".data == {database: \"ledger\", filename: \"$good\"}"
    jq -se --argjson answer "$answer" '.[1].message.data == {database: "ledger", filename: $answer.filename,
        safety_backup: $answer.safety_backup, reopen_required: false,
        duration_ms: $answer.duration_ms}' "$app/received"
}

@test "a receiver with another secret takes nothing for genuine" {
    RECEIVER_SECRET=whsec_$(head -c 24 /dev/zero | base64) start_receiver
    create
    jq -e '.genuine | not' "$app/received"
}

@test "without a secret messages are sent without a signature" {
    start_receiver
    unset WEBHOOK_SECRET
    restore "$good"
    expect_restored true
    jq -se 'all(.[]; .headers["webhook-id"] and .headers["webhook-timestamp"]
        and (.headers | has("webhook-signature") | not))' "$app/received"
}

@test "restore.started comes before anything changes, and the app can write until it has answered" {
    local safety
    start_receiver restore.started=hold
    begin_held_restore "$good"
    [ "$(content "$live")" = "$before" ]
    list | jq -e 'all(.[]; .kind != "pre-restore")'
    # The default timeout of this tool is 0: it does not wait for any lock.
    sqlite3 "$live" "BEGIN IMMEDIATE; UPDATE account SET balance = 4242 WHERE id = 1; COMMIT"
    end_held_restore
    expect_restored true
    expect_types "restore.started restore.finished "
    # What was written then is in the safety backup.
    safety=$(jq -er .safety_backup <<<"$answer")
    [ "$(sqlite3 -readonly "$BACKUP_DIR/$safety" "SELECT balance FROM account WHERE id = 1")" -eq 4242 ]
}

@test "restore.finished comes when all locks are free: the receiver restores again by itself" {
    start_receiver restore.finished=hold
    "$PROGRAMS/backup-restore" "$good" --yes >"$home/restore.json" 3>&- &
    restoring=$!
    await types_are "restore.started restore.finished "
    [ "$(content "$live")" = "$restored" ]
    WEBHOOK_URL='' restore "$good"
    expect_restored null
    sqlite3 "$live" "BEGIN IMMEDIATE; COMMIT"
    end_held_restore
    [ "$status" -eq 0 ]
}

@test "a backup that cannot be restored is refused before anybody is told" {
    start_receiver
    head -c 100000 /dev/urandom >"$BACKUP_DIR/noise.db"
    sqlite3 "$BACKUP_DIR/other.db" "CREATE TABLE something_else(id INTEGER PRIMARY KEY)"
    restore noise.db
    [ "$status" -eq 65 ]
    restore other.db
    [ "$status" -eq 65 ]
    restore 2001-01-01_00-00-00.db
    [ "$status" -eq 66 ]
    expect_types ""
}

@test "a restore that is refused under the lock tells that it has failed, and why" {
    start_receiver
    export BUSY_TIMEOUT=1
    hold_lock write
    restore "$good"
    [ "$status" -eq 75 ]
    expect_types "restore.started restore.failed "
    expect_message 1 ".data.database == \"ledger\" and .data.filename == \"$good\"
        and .data.error.type == \"urn:camera-sheet-backup:error:busy\" and .data.error.status == 503
        and (.data.error.detail | test(\"lock\")) and (.data.error.title | length > 2)"
    jq -se 'all(.[]; .genuine)' "$app/received"
    [ "$(content "$live")" = "$before" ]
}

@test "tables that the app changes before it answers restore.started are seen under the lock" {
    start_receiver restore.started=hold
    begin_held_restore "$good"
    sqlite3 "$live" "CREATE TABLE migrated(id INTEGER PRIMARY KEY)"
    before=$(content "$live")
    end_held_restore
    [ "$status" -eq 65 ]
    expect_types "restore.started restore.failed "
    expect_message 1 '.data.error.type == "urn:camera-sheet-backup:error:schema-differs"'
    [ "$(content "$live")" = "$before" ]
    list | jq -e 'all(.[]; .kind != "pre-restore")'
    assert_no_litter
}

@test "killed while the app is asked, a restore has changed nothing" {
    start_receiver restore.started=hold
    begin_held_restore "$good"
    kill -KILL "$restoring"
    wait "$restoring" || [ $? -eq 137 ]
    [ "$(content "$live")" = "$before" ]
    start_receiver
    restore "$good"
    expect_restored true
    assert_no_litter
}

@test "a missing database is told like any other, and that it has to be opened again" {
    start_receiver
    rm "$live"*
    restore "$good"
    expect_restored true
    expect_types "restore.started restore.finished "
    expect_message 1 '.data.reopen_required == true and .data.safety_backup == null'
}

@test "a damaged database is told like any other" {
    start_receiver
    head -c 2000000 /dev/urandom >"$live"
    restore "$good"
    expect_restored true
    expect_types "restore.started restore.finished "
    expect_message 1 '.data.reopen_required == true'
}

@test "a database that appears before the app answers restore.started is not replaced as a file" {
    local inode
    rm "$live"*
    start_receiver restore.started=hold
    begin_held_restore "$good"
    "$TOOLS/ledger_create" "$live" 3 50 20 wal
    keep_open "PRAGMA user_version;"
    inode=$(stat -c %i "$live")
    end_held_restore
    expect_restored true
    jq -e '(.reopen_required | not) and (.safety_backup | type) == "string"' <<<"$answer"
    [ "$(stat -c %i "$live")" -eq "$inode" ]
    echo "SELECT 'generation', generation FROM ledger;" >&4
    await grep -q '^generation|1$' "$home/answer"
    expect_types "restore.started restore.finished "
}

@test "a damaged database that somebody repairs meanwhile is not replaced as a file" {
    local inode
    cp "$BACKUP_DIR/$good" "$home/whole.db"
    rm "$live"*
    head -c 2000000 /dev/urandom >"$live"
    start_receiver restore.started=hold
    begin_held_restore "$good"
    mv "$home/whole.db" "$live"
    inode=$(stat -c %i "$live")
    end_held_restore
    expect_restored true
    jq -e '(.reopen_required | not) and (.safety_backup | type) == "string"' <<<"$answer"
    [ "$(stat -c %i "$live")" -eq "$inode" ]
    expect_types "restore.started restore.finished "
}

# --- a receiver that fails ------------------------------------------------------------------------

@test "a receiver that hangs costs five seconds once; the app writes meanwhile, and the restore happens" {
    local began
    start_receiver restore.started=hang restore.finished=hang
    began=$(now_ms)
    begin_held_restore "$good"
    sqlite3 "$live" "BEGIN IMMEDIATE; UPDATE account SET balance = 4242 WHERE id = 1; COMMIT"
    shows_no_secret "$(tr '\0' ' ' <"/proc/$restoring/cmdline")"
    end_held_restore
    took_ms=$(($(now_ms) - began))
    expect_restored false
    [ "$took_ms" -ge 4900 ] || fail "given up after $took_ms ms"
    expect_took_less_than 6000
    expect_warning "restore.started: WEBHOOK_URL did not answer in time"
    shows_no_secret "$answer$messages"
    expect_types "restore.started "
    note "$took_ms ms"
}

@test "so does one that hangs only at the end" {
    start_receiver restore.finished=hang
    restore "$good"
    expect_restored false
    expect_took_less_than 6000
    expect_warning "restore.finished: WEBHOOK_URL did not answer in time"
    expect_types "restore.started restore.finished "
}

@test "so does one whose answer never ends" {
    start_receiver restore.started=drip
    restore "$good"
    expect_restored false
    expect_took_less_than 6000
}

# It is stopped as a whole: the kernel takes the connection, and nobody reads.
@test "so does one that is stopped" {
    start_receiver
    kill -STOP "${started[-1]}"
    restore "$good"
    expect_restored false
    expect_took_less_than 6000
    kill -CONT "${started[-1]}"
}

@test "nobody at the port: no delay, both are tried" {
    start_receiver
    stop_receiver
    restore "$good"
    expect_restored false
    expect_took_less_than 3000
    expect_warning "restore.started: nobody answers at WEBHOOK_URL"
}

@test "a host that is not known" {
    export WEBHOOK_URL=http://crew:$PASSWORD@no-such-host.invalid/hook
    restore "$good"
    expect_restored false
    expect_took_less_than 6000
    expect_warning "the host of WEBHOOK_URL is not known"
}

@test "an answer of 500 is a failure; it is not tried again, and the end is told all the same" {
    start_receiver restore.started=500 restore.finished=500
    restore "$good"
    expect_restored false
    expect_took_less_than 3000
    expect_warning "restore.started: WEBHOOK_URL answered with status 500"
    expect_types "restore.started restore.finished "
}

@test "one failure of two is enough for notified to be false" {
    start_receiver restore.started=410
    restore "$good"
    expect_restored false
    start_receiver restore.finished=404
    restore "$good"
    expect_restored false
    expect_types "restore.started restore.finished "
}

@test "any 2xx is an answer" {
    start_receiver restore.started=204 restore.finished=299
    restore "$good"
    expect_restored true
}

@test "a redirect is not followed" {
    start_receiver restore.started=redirect
    restore "$good"
    expect_restored false
    expect_warning "answered with status 307"
    jq -se 'length == 2 and all(.[]; .url == "/hook")' "$app/received"
}

@test "a connection that breaks is not tried again" {
    start_receiver restore.started=close
    restore "$good"
    expect_restored false
    expect_took_less_than 3000
    expect_warning "the connection to WEBHOOK_URL broke"
    expect_types "restore.started restore.finished "
}

@test "a certificate that nobody vouches for: nothing is sent" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$app/key.pem" -out "$app/certificate.pem" 2>"$home/openssl"
    scheme=https start_receiver
    # The receiver is there, for those who trust it.
    curl --silent --fail --cacert "$app/certificate.pem" --data '{"type":"greeting"}' "$WEBHOOK_URL"
    expect_types "greeting "
    restore "$good"
    expect_restored false
    expect_took_less_than 3000
    expect_warning "the certificate at WEBHOOK_URL is not trusted"
    expect_types "greeting "
}

@test "a backup that could not be told is a backup, with a warning" {
    start_receiver backup.created=500
    run program backup-create
    [ "$status" -eq 0 ]
    [[ $output == *"warning: The app was not told of backup.created: WEBHOOK_URL answered with status 500."* ]]
    shows_no_secret "$output"
    expect_types "backup.created "
    list | jq -e length==2
}

@test "bad settings are refused at the start, without being shown" {
    export WEBHOOK_URL=ftp://crew:$PASSWORD@127.0.0.1/
    run program backup-list
    [ "$status" -eq 64 ]
    [[ $output == *WEBHOOK_URL*http://* ]]
    shows_no_secret "$output"
    export WEBHOOK_URL=http://127.0.0.1/ WEBHOOK_SECRET=${SECRET}x
    run program backup-list
    [ "$status" -eq 64 ]
    [[ $output == *WEBHOOK_SECRET*openssl* ]]
    shows_no_secret "$output"
    "$PROGRAMS/health" --help | grep WEBHOOK_SECRET
}

# --- the site -------------------------------------------------------------------------------------

post_restore() {
    curl --silent --max-time 60 --request POST "$site/api/backups/$good/restore"
}

start_site() {
    SAMPLE='' site=$("$repository/tests/site" up "$home/site")
}

@test "through nginx: told, then a receiver that is gone; the log says why and shows no secret" {
    start_receiver
    start_site
    answer=$(post_restore) status=0
    expect_restored true
    expect_types "restore.started restore.finished "
    stop_receiver
    answer=$(post_restore)
    expect_restored false
    "$repository/tests/site" down "$home/site"
    rm "$home/site/site.pid"
    grep "warning: The app was not told of restore.started: nobody answers" "$home/site/site.log"
    shows_no_secret "$(<"$home/site/site.log")"
}

@test "a site that is stopped while a receiver hangs finishes the restore, answers and ends" {
    local asking
    start_receiver restore.started=hang
    start_site
    post_restore >"$home/restore.json" 3>&- &
    asking=$!
    await types_are "restore.started "
    "$repository/tests/site" down "$home/site"
    rm "$home/site/site.pid"
    wait "$asking"
    answer=$(<"$home/restore.json") status=0
    expect_restored false
}
