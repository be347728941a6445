# What the tests of continuous backup share, for whichever folder: the real Litestream, and a real S3 server. Each test
# that starts one of them calls end_replication in its teardown.
# shellcheck disable=SC2034 # what the tests read

: "${repository:=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
: "${replication_home:=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}}"

# What the machine is set to must not reach Litestream and the programs; what setup_file has started, must.
[[ -n ${OBJECT_STORE:-} ]] || unset "${!AWS_@}" "${!LITESTREAM_@}"
# The object store is on this machine; and without credentials Litestream would look for them in the network.
export no_proxy='*' AWS_EC2_METADATA_DISABLED=true

readonly BUCKET=tests
readonly PORT_IS_TAKEN=75 PART_IS_MISSING=69
# Seconds: how long a condition may take to come about, how long Litestream to end.
readonly WAIT_LIMIT=60 LITESTREAM_STOP_LIMIT=60

# wait_until COMMAND...: until it succeeds.
wait_until() {
    local deadline=$((SECONDS + WAIT_LIMIT))
    until "$@"; do
        ((SECONDS < deadline)) || {
            echo "waited for $WAIT_LIMIT s: $*" >&2
            return 1
        }
        sleep 0.05
    done
}

# Below the ports that the kernel gives to clients.
free_port() {
    local port
    until port=$((20000 + RANDOM % 12000)) && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# A process that has ended but that nobody has waited for (state Z) is gone.
process_runs() { # PID
    [[ -r /proc/$1/status ]] && ! grep --quiet '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# ---- The object store -------------------------------------------------------------------------------------------

# Starts one for this test, or, from setup_file, for the file (then setup calls require_object_store, for bats skips no
# whole file), with the bucket BUCKET. Its address is in OBJECT_STORE_URL, the credentials are in the environment as
# Litestream takes them.
start_object_store() {
    local status=$PORT_IS_TAKEN port output
    export OBJECT_STORE=$replication_home/object-store
    while ((status == PORT_IS_TAKEN)); do
        rm -rf "$OBJECT_STORE"
        port=$(free_port)
        status=0
        output=$("$repository/tests/object-store" up "$OBJECT_STORE" "$port" "$BUCKET" 2>&1 3>&- 4>&-) || status=$?
    done
    if ((status == PART_IS_MISSING)); then
        export OBJECT_STORE_MISSING=$output
        [[ -z ${BATS_TEST_NAME:-} ]] || require_object_store
        return 0
    fi
    ((status == 0)) || {
        echo "$output" >&2
        return 1
    }
    export OBJECT_STORE_URL=http://127.0.0.1:$port
    set -a
    # shellcheck source=/dev/null
    source "$OBJECT_STORE/credentials"
    set +a
}

require_object_store() {
    [[ -z ${OBJECT_STORE_MISSING:-} ]] || skip "$OBJECT_STORE_MISSING"
}

# object_store COMMAND [ARGUMENT...]: as tests/object-store has them, without its folder.
object_store() {
    "$repository/tests/object-store" "$1" "$OBJECT_STORE" "${@:2}" 3>&- 4>&-
}

# ---- Litestream -------------------------------------------------------------------------------------------------

# Prints where the program is.
litestream_program() {
    local program
    for program in "$repository"/node_modules/@flydotio/litestream-linux-*/litestream; do
        [[ ! -x $program ]] || {
            echo "$program"
            return
        }
    done
    command -v litestream
}

require_litestream() {
    litestream_program >/dev/null || skip "there is no Litestream for $(uname -m) in npm's registry, nor one in PATH"
}

# litestream ARGUMENT...: the real program, in the foreground.
litestream() {
    "$(litestream_program)" "$@" 3>&- 4>&-
}

# write_litestream_config FILE DATABASE URL [OPTION...]: one database, one replica. An OPTION is a line of YAML, which
# replaces the default of that name: 'sync-interval: 5s' for the replica, 'database.checkpoint-interval: 5s' for the
# database. Where its metrics are is in METRICS_URL.
write_litestream_config() {
    local file=$1 database=$2 url=$3 address option
    local -A for_database=() for_replica=([url]=$url [sync-interval]=1s)
    address=127.0.0.1:$(free_port)
    if [[ $url == s3://* ]]; then
        for_replica+=([endpoint]=$OBJECT_STORE_URL [region]=us-east-1 [force-path-style]=true)
    fi
    for option in "${@:4}"; do
        case $option in
            database.*) option=${option#database.} && for_database[${option%%:*}]=${option#*: } ;;
            *) for_replica[${option%%:*}]=${option#*: } ;;
        esac
    done
    {
        printf 'addr: %s\ndbs:\n  - path: %s\n' "$address" "$database"
        for option in "${!for_database[@]}"; do printf '    %s: %s\n' "$option" "${for_database[$option]}"; done
        printf '    replicas:\n      - name: main\n'
        for option in "${!for_replica[@]}"; do printf '        %s: %s\n' "$option" "${for_replica[$option]}"; done
    } >"$file"
    METRICS_URL=http://$address/metrics
}

metrics_answer() {
    curl --silent --fail --max-time 5 --output /dev/null "$METRICS_URL"
}

litestream_has_started() {
    process_runs "$litestream_pid" || {
        cat "$litestream_log" >&2
        return 2
    }
    [[ -z ${METRICS_URL:-} ]] || metrics_answer
}

# Starts it in the background; returns when it runs. What it says is added to the file $litestream_log.
start_litestream() { # CONFIG
    local deadline=$((SECONDS + WAIT_LIMIT))
    require_litestream
    METRICS_URL=$(sed -n 's|^addr: \(.*\)|http://\1/metrics|p' "$1")
    litestream_log=$replication_home/litestream.log
    "$(litestream_program)" replicate -config "$1" >>"$litestream_log" 2>&1 </dev/null 3>&- 4>&- &
    litestream_pid=$!
    until litestream_has_started; do
        ((SECONDS < deadline)) && process_runs "$litestream_pid" || return 1
        sleep 0.05
    done
}

litestream_is_gone() {
    ! process_runs "$litestream_pid"
}

# Asks it to end: it uploads what is missing first, and while the object store hangs it waits for it for ever. Returns
# its exit status, which is not 0 where that upload failed.
stop_litestream() {
    local status=0 deadline=$((SECONDS + LITESTREAM_STOP_LIMIT))
    kill -TERM "$litestream_pid" 2>/dev/null || true
    until litestream_is_gone; do
        ((SECONDS < deadline)) || {
            echo "Litestream did not end within $LITESTREAM_STOP_LIMIT s" >&2
            kill_litestream
            return 1
        }
        sleep 0.02
    done
    wait "$litestream_pid" || status=$?
    litestream_pid=
    return "$status"
}

kill_litestream() {
    [[ -n ${litestream_pid:-} ]] || return 0
    kill -KILL "$litestream_pid" 2>/dev/null || true
    wait "$litestream_pid" 2>/dev/null || true
    litestream_pid=
}

# Errors that it has logged since the start of the test; none is what a test expects.
litestream_errors() {
    grep 'level=ERROR' "$litestream_log" || true
}

# ---- The end ----------------------------------------------------------------------------------------------------

end_replication() {
    kill_litestream
    [[ ! -d ${OBJECT_STORE:-} ]] || object_store down
}
