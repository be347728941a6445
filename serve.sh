#!/bin/bash
# Starts the whole site in the foreground: prepares RUN_DIR and becomes the supervisor of nginx and the programs.
# TERM or Ctrl-C lets running requests end, then stops everything.
#
# Settings (environment):
#   RUN_DIR        where the site keeps its state; ./run
#   LISTEN, PORT   where nginx listens; 127.0.0.1 and 8080
#   PROBE_PORT     where /healthz, /api/health and /metrics also answer, without a password and to any host name; nowhere
#                  (they always do on the unix socket RUN_DIR/sockets/probes.sock)
#   TRUSTED_PROXIES
#                  addresses and networks (10.0.0.0/8), separated by spaces, of what stands in front of this site and
#                  tells by X-Forwarded-For who asks; none
#   SERVER_NAMES   further host names that this site answers to, separated by spaces; none
#   PASSWORD_FILE  who may enter: lines of NAME:HASH, by bcrypt (htpasswd -B), SHA-512 (openssl passwd -6) or yescrypt
#   AUTH_URL       instead of it, the proxy for single sign-on (http://HOST:PORT/PATH) that is asked about each request
#   AUTH_LOGIN_URL
#                  where the page sends whom the proxy does not know; none
#   AUTH=none      listens beyond this machine with neither of them: everybody who reaches the address may enter
#   READERS        names, separated by spaces, of those who may look but change nothing; none
#   TLS_CERTIFICATE, TLS_KEY
#                  the certificate with its chain, and its key, as PEM: makes it https
#   DATABASE_PATH  the live database; /data/camera_assignments.db
#   BACKUP_DIR     the backups folder; backups beside the database
#   SAMPLE         SQL that makes the live database if there is none; none
#   PROGRAMS, HTML, OPENAPI
#                  what was built; cgi-bin, html and openapi.json beside this script, or in build/ there
#   REPLICATE=yes  runs Litestream, and restores a lost live database from the replica before anything starts
#   LITESTREAM_CONFIG
#                  what it replicates and where to; litestream.yml beside this script, which takes:
#   LITESTREAM_REPLICA_URL, LITESTREAM_ENDPOINT, LITESTREAM_REGION
#                  s3://BUCKET/PATH and, for other stores than AWS, where they are; a folder in RUN_DIR
#   LITESTREAM_ACCESS_KEY_ID, LITESTREAM_SECRET_ACCESS_KEY
#                  the keys of an S3 store
#   LITESTREAM_BIN
#                  Litestream's program; litestream beside this script, or in PATH
#   LITESTREAM_SYNC_INTERVAL, LITESTREAM_SNAPSHOT_INTERVAL, LITESTREAM_RETENTION
#                  1s, 6h and 174h: a week, and the time between two snapshots, which retention may cost
#   LITESTREAM_ADDR
#                  where it tells how far it is; on 127.0.0.1, at a port of 10000 to 29999 (18080 for 8080)
# All further settings are the programs' own: health --help lists them.
#
# restore-lost does nothing but the restoring of a lost live database: for a pod's init container. run has one of the
# programs run once with this site's settings, run-for-each once for each of its databases: for timers, and for whoever
# types it.
set -euo pipefail
umask 077
PATH=$PATH:/usr/sbin:/sbin

site_files=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly site_files
# shellcheck source=settings.sh
source "$site_files/settings.sh"

# Exit statuses of sysexits.h, beside those of settings.sh
readonly cannot_write=73 busy=75

# An address as a URL and as nginx have it.
address() { # PORT
    case $LISTEN in
        *:*) printf '[%s]:%s' "$LISTEN" "$1" ;;
        *) printf '%s:%s' "$LISTEN" "$1" ;;
    esac
}

# The address for a person on this machine: that of all interfaces is none to connect to.
url() {
    local scheme=http
    [[ -z $TLS_KEY ]] || scheme=https
    case $LISTEN in
        0.0.0.0 | ::) printf '%s://localhost:%s/' "$scheme" "$PORT" ;;
        *) printf '%s://%s/' "$scheme" "$(address "$PORT")" ;;
    esac
}

# The lock is held as long as the supervisor runs: it inherits descriptor 4, and nothing that it starts does.
make_folders() {
    local folder
    for folder in "$RUN_DIR"/{,site,sockets,tmp,replica} "$(dirname "$DATABASE_PATH")" "$BACKUP_DIR"; do
        mkdir -p "$folder" 2>/dev/null ||
            refuse $cannot_write "User $EUID cannot make the folder $folder: it is to lie in a folder of that user's."
    done
    exec 4>>"$RUN_DIR/lock"
    flock --nonblock 4 || refuse $busy "Another site is running in $run_dir_as_given: stop it, or choose another RUN_DIR."
}

# Where nginx puts large bodies: beside the backups, into which they are moved without a copy. A folder of backups that
# cannot be written to still serves those that are there.
incoming() {
    local folder=$BACKUP_DIR/.incoming
    mkdir -p "$folder" 2>/dev/null || true
    if [[ -w $folder ]]; then
        printf '%s' "$folder"
    else
        printf '%s' "$RUN_DIR/tmp"
    fi
}

# nginx.conf and supervisord.conf name everything by these names, whatever the paths are.
link_parts() {
    rm -f "$RUN_DIR/nginx.pid"
    ln -sfn "$site_files/nginx.conf" "$RUN_DIR/nginx.conf"
    ln -sfn "$site_files/supervisord.conf" "$RUN_DIR/supervisord.conf"
    ln -sfn "$site_files/stop-together.sh" "$RUN_DIR/stop-together.sh"
    ln -sfn "$PROGRAMS" "$RUN_DIR/programs"
    ln -sfn "$HTML" "$RUN_DIR/html"
    ln -sfn "$OPENAPI" "$RUN_DIR/openapi.json"
    ln -sfn "$BACKUP_DIR" "$RUN_DIR/backups"
    ln -sfn "$(incoming)" "$RUN_DIR/incoming"
    ln -sfn "${PASSWORD_FILE:-/dev/null}" "$RUN_DIR/site/passwords"
    ln -sfn "${TLS_CERTIFICATE:-/dev/null}" "$RUN_DIR/site/tls.crt"
    ln -sfn "${TLS_KEY:-/dev/null}" "$RUN_DIR/site/tls.key"
}

write_site() {
    local user='' names="localhost 127.0.0.1 [::1] $SERVER_NAMES"
    # Started by root, nginx would give its workers another user, who cannot read the backups.
    ((EUID != 0)) || user='user root;'
    case $LISTEN in 0.0.0.0 | :: | ::1 | 127.0.0.1 | localhost) ;; *:*) names+=" [$LISTEN]" ;; *) names+=" $LISTEN" ;; esac
    printf '%s\n' "$user" >"$RUN_DIR/site/process.conf"
    {
        printf 'listen %s%s;\n' "$(address "$PORT")" "${TLS_KEY:+ ssl}"
        [[ -z $TLS_KEY ]] || printf 'ssl_certificate site/tls.crt;\nssl_certificate_key site/tls.key;\n'
    } >"$RUN_DIR/site/listen.conf"
    {
        printf 'listen unix:sockets/probes.sock;\n'
        [[ -z $PROBE_PORT ]] || printf 'listen %s;\n' "$(address "$PROBE_PORT")"
    } >"$RUN_DIR/site/probes.conf"
    {
        printf 'server_name %s;\n' "$names"
        write_who_gets_in
    } >"$RUN_DIR/site/access.conf"
    write_proxies >"$RUN_DIR/site/proxies.conf"
    write_readers >"$RUN_DIR/site/readers.conf"
    printf '%s\n' "${AUTH_URL:+proxy_pass $AUTH_URL;}" >"$RUN_DIR/site/proxy.conf"
    printf '%s\n' "${AUTH_LOGIN_URL:+/.problem \"$AUTH_LOGIN_URL\";}" >"$RUN_DIR/site/sign-in.conf"
}

# How nginx learns who asks. Where nobody is asked, a name that a client sends is not believed.
# shellcheck disable=SC2016 # nginx's variables
write_who_gets_in() {
    if [[ -n $PASSWORD_FILE ]]; then
        printf 'auth_request /.login/by-password;\nauth_request_set $login_user $remote_user;\n'
    elif [[ -n $AUTH_URL ]]; then
        printf 'auth_request /.login/by-proxy;\nauth_request_set $login_user $user_of_proxy;\n'
    else
        printf 'auth_request_set $login_user "";\n'
    fi
}

# A chain of them is followed up to the first one that is not trusted.
write_proxies() {
    local proxy
    [[ -z $TRUSTED_PROXIES ]] || printf 'real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n'
    for proxy in $TRUSTED_PROXIES; do
        printf 'set_real_ip_from %s;\n' "$proxy"
    done
}

# Where somebody is asked, who has no name is no administrator. A backslash before a name keeps nginx from taking
# "default" or "include" for words of its own.
write_readers() {
    local name
    [[ -z $PASSWORD_FILE$AUTH_URL ]] || printf '"" reader;\n'
    for name in $READERS; do
        printf '"\\\\%s" reader;\n' "$name"
    done
}

# Every program listens on a socket of its name. The supervisor holds the socket, so that no request is lost while a
# program starts again, and opens it by its working folder, because a socket's path has at most 107 bytes.
write_programs() {
    local program name
    for program in "$PROGRAMS"/*; do
        [[ -f $program && -x $program ]] || continue
        name=$(basename "$program")
        cat <<END
[fcgi-program:$name]
command=programs/$name
socket=unix:///proc/self/cwd/sockets/$name.sock
socket_mode=0600
process_name=%(program_name)s-%(process_num)d
numprocs=2
priority=100
stopwaitsecs=3600
$(how_it_runs)

END
    done >"$RUN_DIR/programs.conf"
    [[ $REPLICATE == no ]] || write_litestream >>"$RUN_DIR/programs.conf"
}

write_litestream() {
    ln -sfn "$(command -v "$LITESTREAM_BIN")" "$RUN_DIR/litestream"
    ln -sfn "$LITESTREAM_CONFIG" "$RUN_DIR/litestream.yml"
    cat <<END
[program:litestream]
command=./litestream replicate -config litestream.yml
priority=1
stopwaitsecs=10
$(how_it_runs)
END
}

# What the supervisor does with each of them.
how_it_runs() {
    cat <<END
stopsignal=TERM
startretries=100
autorestart=true
redirect_stderr=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
END
}

# A volume that was lost, or a first start on another machine: the replica has the database. When that cannot be found
# out, nothing is started: the app would begin with an empty database, and its users with it.
restore_lost() {
    [[ $REPLICATE == yes && ! -s $DATABASE_PATH ]] || return 0
    local points made
    points=$("$PROGRAMS/litestream-points" --limit 1 --json) ||
        refuse $part_missing "The live database is missing, and what its replica has cannot be found out. Nothing was started. (If this is the first start with a replica in a new folder, make the folder; REPLICATE=no starts without a replica.)"
    [[ ! $points =~ \"earliest\":[[:space:]]*null ]] || return 0
    made=$("$PROGRAMS/litestream-fetch" latest --json) ||
        refuse $part_missing "The live database is missing and cannot be fetched from its replica. Nothing was started; litestream-fetch TIME fetches an earlier moment, and backup-restore makes it the live database."
    made=$(sed -n 's/.*"filename":[[:space:]]*"\([^"]*\)".*/\1/p' <<<"$made")
    # Somebody else may have brought it back meanwhile.
    [[ ! -s $DATABASE_PATH ]] || return 0
    "$PROGRAMS/backup-restore" "$made" --yes >/dev/null || refuse $cannot_write "$made, which has what was lost, cannot be restored."
    printf 'camera-sheet-backup: the live database was missing and is restored from its replica (%s)\n' "$made"
}

make_sample() {
    [[ -n $SAMPLE && ! -e $DATABASE_PATH ]] || return 0
    rm -f "$DATABASE_PATH.unfinished"
    sqlite3 -bail "$DATABASE_PATH.unfinished" <"$SAMPLE" >/dev/null ||
        refuse $cannot_write "The sample database $DATABASE_PATH cannot be made from '$SAMPLE'."
    mv -n "$DATABASE_PATH.unfinished" "$DATABASE_PATH"
}

check_address() {
    local host=$LISTEN setting
    case $LISTEN in 0.0.0.0 | ::) host=localhost ;; esac
    for setting in PORT ${PROBE_PORT:+PROBE_PORT}; do
        ! (exec 3<>"/dev/tcp/$host/${!setting}") 2>/dev/null ||
            refuse $busy "Port ${!setting} of $LISTEN is in use by another program: stop it, or choose another $setting."
    done
    (cd "$RUN_DIR" && nginx -t -q -p ./ -c nginx.conf) ||
        refuse $part_missing "nginx cannot start with these settings."
}

# Waits until nginx answers and then says so, in one line, and to systemd if that has started this.
announce() {
    local site=$$ deadline=$((SECONDS + 30))
    until curl --noproxy '*' --fail --silent --max-time 1 --insecure --output /dev/null "$(url)healthz"; do
        kill -0 "$site" 2>/dev/null || return 0
        if ((SECONDS > deadline)); then
            printf 'serve.sh: nginx does not answer at %s.\n' "$(url)" >&2
            kill "$site"
            return 0
        fi
        sleep 0.05
    done
    printf 'camera-sheet-backup: %s (Ctrl-C stops it; state in %s)\n' "$(url)" "$run_dir_as_given"
    [[ -z ${NOTIFY_SOCKET:-} ]] || systemd-notify --ready --status="$(url)"
}

# The supervisor opens its output anew for each program. Not every kind of output allows that (the journal's socket,
# another user's terminal), but a pipe does; a file must be appended to, or the programs write over each other's lines.
make_output_shareable() {
    if { : >>/dev/fd/1; } 2>/dev/null; then
        exec >>/dev/fd/1
        [[ ! /dev/fd/2 -ef /dev/fd/1 ]] || exec 2>&1
    else
        exec > >(trap "" INT TERM; exec cat)
    fi
}

# The head of this file.
help() {
    printf 'Usage: %s [restore-lost | run PROGRAM ARGUMENT... | run-for-each PROGRAM ARGUMENT...]\n\n' "${0##*/}"
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

check_program() { # NAME
    [[ -n $1 && $1 != */* && -x $PROGRAMS/$1 ]] ||
        refuse $wrong_usage "There is no program '$1' to run, but $(cd "$PROGRAMS" && echo *)."
}

run() { # PROGRAM ARGUMENT...
    read_settings
    check_program "${1:-}"
    exec "$PROGRAMS/$1" "${@:2}"
}

# One that fails keeps none of the others from its turn.
run_for_each() { # PROGRAM ARGUMENT...
    local databases name status=0
    read_settings
    check_program "${1:-}"
    databases=$("$PROGRAMS/database-list" --json) || exit
    while read -r name; do
        "$PROGRAMS/$1" --database "$name" "${@:2}" || status=$?
    done < <(sed -n 's/.*"name":[[:space:]]*"\([^"]*\)".*/\1/p' <<<"$databases")
    exit "$status"
}

main() {
    case ${1:-} in
        '' | restore-lost) ;;
        run) run "${@:2}" ;;
        run-for-each) run_for_each "${@:2}" ;;
        --help) help && return ;;
        *) refuse $wrong_usage "There is no '$1' to do, but restore-lost, run and run-for-each." ;;
    esac
    make_output_shareable
    read_settings
    check_settings
    [[ ${1:-} == restore-lost ]] || check_who_may_enter
    [[ -z ${1:-} || $REPLICATE == yes ]] || refuse $wrong_usage "restore-lost needs REPLICATE=yes."
    check_parts
    check_settings_of_programs
    make_folders
    if [[ ${1:-} == restore-lost ]]; then
        restore_lost
        return
    fi
    link_parts
    write_site
    write_programs
    restore_lost
    make_sample
    check_address
    announce 4>&- &
    unset NOTIFY_SOCKET
    cd "$RUN_DIR"
    local as_root=() python
    ((EUID != 0)) || as_root=(--user root)
    # The one that the supervisor was installed for.
    python=$(sed -n '1s/^#! *//p' "$(command -v supervisord)")
    exec $python "$site_files/supervise.py" --configuration supervisord.conf "${as_root[@]}"
}

main "$@"
