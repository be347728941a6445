# An installed site as systemd runs it: a real one, booted for this file, with the units' own sandbox.
# shellcheck disable=SC2154 # what helper.bash sets
load ../http/helper
load machine

readonly site=camera-sheet-backup
# A stop of an idle site takes about one second; with one part that is not told, ten more.
readonly stop_limit_seconds=10

setup_file() {
    require_plain_build 'what is installed'
    require_machine
    # Nothing is left to build in there, where the repository is read-only.
    make --no-print-directory --silent --directory "$repository" all man >"$BATS_FILE_TMPDIR/make.log" 2>&1 ||
        fail "make: $(tail "$BATS_FILE_TMPDIR/make.log")"
    boot_machine
    inside make --no-print-directory --silent --directory "$repository" install >"$BATS_FILE_TMPDIR/install.log" 2>&1 ||
        fail "make install: $(tail "$BATS_FILE_TMPDIR/install.log")"
    inside bash -c "echo REPLICATE=yes >>/etc/$site/settings.env
        setpriv --reuid camera-sheet --regid camera-sheet --clear-groups --inh-caps=-all \
            sqlite3 -bail /data/camera_assignments.db <'$repository/tests/sample/camera_sheet.sql'
        mkdir /etc/systemd/system/$site.service.d
        printf '[Service]\nRestartSec=100ms\n' >/etc/systemd/system/$site.service.d/quickly.conf" >/dev/null
    inside systemctl enable --quiet --now "$site"
}
teardown_file() { stop_machine; }

setup() {
    URL=http://127.0.0.1:8080
    DATABASE=/data/camera_assignments.db
    root=/proc/$(first_process)/root
}

# ---- The site in the machine: as helper.bash has it, with the programs of the machine ---------------------------

# Its files are the test's own.
curl() { nsenter --target "$(first_process)" --net curl "$@"; }
sqlite3() { inside sqlite3 "$@"; }

log() { # UNIT
    inside journalctl --quiet --output cat --unit "$1"
}

property() { # UNIT NAME
    inside systemctl show --property "$2" --value "$1"
}

is_in_state() { # UNIT STATE
    [[ $(property "$1" ActiveState) == "$2" ]]
}

expect_property() { # UNIT NAME VALUE
    local value
    value=$(property "$1" "$2")
    [[ $value == "$3" ]] || fail "$2 of $1 is '$value', not '$3': $(log "$1" | tail)"
}

backups_of_kind() { # KIND
    ask GET /api/backups
    json "map(select(.kind == \"$1\")) | length"
}

is_active_in_status() {
    ask GET /api/backups/litestream/status
    [[ $(json .status) == active ]]
}

# In the service's own view of the file system, but as root: only what is mounted there counts.
in_sandbox() { # COMMAND...
    inside nsenter --target "$(property "$site" MainPID)" --mount --wdns=/ "$@"
}

@test "make install, and systemctl enable --now, are the whole story" {
    expect_property "$site" ActiveState active
    expect_property "$site" StatusText "$URL/"
    new_backup
    ask GET "/api/backups/$backup"
    expect_code 200
    ask POST "/api/backups/$backup/restore"
    expect_code 200
    await is_active_in_status
    ask POST /api/backups/litestream/fetch
    expect_code 201
    log "$site" | grep --quiet 'POST /api/backups'
}

@test "its user, nobody else, has rights, and few" {
    local process status folder
    for process in $(<"$MACHINE_CGROUP/system.slice/$site.service/cgroup.procs"); do
        status=$(cat "/proc/$process/status" 2>/dev/null) || continue
        [[ $(stat --format %u "/proc/$process") == "$(stat --format %u "$root/data")" ]]
        [[ $status == *$'CapBnd:\t0000000000000000'* && $status == *$'NoNewPrivs:\t1'* && $status == *$'Seccomp:\t2'* ]] ||
            fail "$status"
    done
    [[ -n ${status:-} ]]
    in_sandbox touch /data/written /var/lib/camera-sheet-backup/written
    in_sandbox rm /data/written /var/lib/camera-sheet-backup/written
    for folder in /usr /etc /var; do
        ! in_sandbox touch "$folder/written" 2>/dev/null || fail "$folder could be written to"
    done
    [[ -z $(in_sandbox ls -A /home /root | grep -v ':$') ]]
}

@test "under it the programs still give up rights of their own" {
    ask GET /api/health
    expect_json '.checks.sandbox.status == "ok"'
}

@test "the timers run with the site, and what they start has its settings" {
    local before
    expect_property "$site-create.timer" ActiveState active
    expect_property "$site-verify.timer" ActiveState active
    before=$(backups_of_kind scheduled)
    inside setpriv --reuid camera-sheet --regid camera-sheet --clear-groups sqlite3 /data/other_show.db 'CREATE TABLE cues (a)'
    inside systemctl start "$site-create.service"
    [[ $(backups_of_kind scheduled) -eq $((before + 1)) ]]
    [[ -n $(compgen -G "$root/data/backups/other_show/scheduled_*.db") ]]
    inside systemctl start "$site-verify.service"
    log "$site-verify" | grep --quiet '"status":.*"ok"'
    inside systemctl start "$site-drill.service"
    log "$site-drill" | grep --quiet '"status":.*"proven"'
}

@test "a shell has the site's settings, too" {
    inside bash -c "set -a -e; . /etc/$site/settings.env; cd /; runuser --user camera-sheet -- $site run litestream-status --json" >"$scratch/status"
    [[ $(jq -r .status "$scratch/status") == active ]]
    ! inside runuser --user camera-sheet -- test -r "/etc/$site/settings.env"
}

@test "a scheduled backup that cannot be made is a unit that has failed" {
    local status=0
    inside mv /data/other_show.db /data/other_show.away
    inside sh -c 'head -c 8192 /dev/urandom >/data/other_show.db'
    inside systemctl start "$site-create.service" 2>/dev/null || status=$?
    inside rm /data/other_show.db
    [[ $status -ne 0 ]]
    expect_property "$site-create" Result exit-code
}

@test "a reload has nginx read its files anew, and costs no request" {
    local before
    nginx_workers() { inside pgrep --full '^nginx: worker process'; }
    before=$(nginx_workers)
    inside systemctl reload "$site"
    are_new() { [[ -n $(comm -13 <(sort <<<"$before") <(nginx_workers | grep -v 'shutting' | sort)) ]]; }
    await are_new
    ask GET /healthz
    expect_code 200
}

@test "a supervisor that is killed takes all with it, and all is there again" {
    inside systemctl kill --kill-whom=main --signal=KILL "$site"
    is_another() { [[ $(property "$site" NRestarts) -eq 1 ]] && is_in_state "$site" active; }
    await is_another
    ask GET /healthz
    expect_code 200
}

@test "it stops at once when nothing is running, and cleanly" {
    local begin=$SECONDS
    inside systemctl stop "$site"
    ((SECONDS - begin <= stop_limit_seconds)) || fail "it took $((SECONDS - begin)) s: $(log "$site" | tail)"
    expect_property "$site" Result success
    [[ ! -s $MACHINE_CGROUP/system.slice/$site.service/cgroup.procs ]]
}

@test "a setting that is wrong is said, once; put right, it starts, with what was lost meanwhile" {
    inside sh -c "echo PORT=none >>/etc/$site/settings.env"
    ! inside systemctl start "$site" 2>/dev/null
    expect_property "$site" ExecMainStatus 64
    expect_property "$site" ActiveState failed
    log "$site" | grep --quiet 'PORT must be a number'
    inside sed -i /PORT=none/d "/etc/$site/settings.env"
    inside find /data -maxdepth 1 -name 'camera_assignments.db*' -delete
    inside systemctl start "$site"
    log "$site" | grep --quiet 'the live database was missing and is restored from its replica'
    [[ $(live 'SELECT count(*) > 1000 FROM assignments') == 1 ]]
    [[ $(inside stat --format '%U %G %a' "$DATABASE") == 'camera-sheet camera-sheet 660' ]]
}

@test "a stop lets the restore that runs come to its end, and no longer" {
    local begin
    new_backup
    hold_lock
    begin_asking POST "/api/backups/$backup/restore"
    await compgen -G "$root/data/backups/.work/*/staged.db" >"$scratch/staged"
    inside systemctl stop --no-block "$site"
    await is_in_state "$site" deactivating
    is_closed() { [[ $(curl --silent --output /dev/null --write-out '%{exitcode}' "$URL/healthz") == 7 ]]; }
    await is_closed
    begin=$SECONDS
    release_lock
    await_answer
    expect_code 200
    await is_in_state "$site" inactive
    ((SECONDS - begin <= stop_limit_seconds)) || fail "it took $((SECONDS - begin)) s: $(log "$site" | tail)"
    expect_property "$site" Result success
}

@test "uninstalled, as the guide says, it leaves nothing but data, user and settings" {
    local command
    inside systemctl enable --quiet --now "$site-drill.timer"
    command=$(sed -n 's/^    \(systemctl disable --now .*\) && make uninstall$/\1/p' "$repository/docs/deployment.md")
    inside bash -ec "$command" 2>"$scratch/log" || fail "$command: $(<"$scratch/log")"
    inside make --no-print-directory --silent --directory "$repository" uninstall
    [[ -z $(inside find /usr/local /etc -name "*$site*" ! -path "/etc/$site" ! -path "/etc/systemd/system/$site.service.d") ]]
    # Nor is anything left to be started by night.
    [[ -z $(inside systemctl list-units --plain --no-legend "$site*") ]] || fail "$(inside systemctl list-units "$site*")"
    inside test -e /data/camera_assignments.db -a -e "/etc/$site/settings.env"
}
