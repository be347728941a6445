# What the tests of the image share: a container as a pod or compose would run it.
# shellcheck disable=SC2034 # what the tests read

: "${repository:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
scratch=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-}}
export no_proxy='*'
DOCKER=${DOCKER:-docker}
IMAGE=${IMAGE:-camera-sheet-backup}

# Read-only, without any capability, and with nothing to write to but the volume and two folders in memory.
readonly CONFINED=(--read-only --cap-drop=ALL --security-opt=no-new-privileges
    --tmpfs "/run/camera-sheet-backup:uid=10001,gid=10001,mode=750" --tmpfs /tmp)

docker() {
    command "$DOCKER" "$@" 3>&- 4>&-
}

fail() { # SENTENCE
    printf '%s\n' "$*" >&2
    exit 1
}

# Waits, a minute at most, until COMMAND succeeds.
await() { # COMMAND...
    local deadline=$((SECONDS + 60))
    until "$@"; do
        ((SECONDS < deadline)) || fail "waited for a minute: $*"
        sleep 0.1
    done
}

# Prints the container's number.
start_container() { # [DOCKER'S OPTION...]
    docker run --detach --network=none "${CONFINED[@]}" --env AUTH=none "$@" "$IMAGE"
}

remove_container() { # CONTAINER
    docker rm --force --volumes "$1" >/dev/null 2>&1 || true
}

serves() { # CONTAINER
    docker logs "$1" 2>&1 | grep --quiet '^camera-sheet-backup: '
}

status_of() { # CONTAINER FIELD
    docker inspect --format "{{.State.$2}}" "$1"
}

has_ended() { # CONTAINER
    [[ $(status_of "$1" Running) == false ]]
}

milliseconds() { # TIME
    date --date "$1" +%s%3N
}

# From the moment in which the container began to the line that says that nginx answers.
start_time_ms() { # CONTAINER
    local began serving
    began=$(status_of "$1" StartedAt)
    serving=$(docker logs --timestamps "$1" 2>&1 | grep -m 1 ' camera-sheet-backup: ' | cut -d ' ' -f 1)
    echo $(($(milliseconds "$serving") - $(milliseconds "$began")))
}

# Of all processes of the container, each page that several have shared out among them, also with those of other containers;
# with Pss_Anon, only what is written to, which no other container can have a share in. The shell that asks counts, too.
memory_kib() { # CONTAINER [FIELD]
    docker exec "$1" sh -c "cat /proc/[1-9]*/smaps_rollup 2>/dev/null | awk '/^${2:-Pss}:/ { sum += \$2 } END { print sum }'"
}

# Asks the API from inside the container, whose network nobody else reaches.
api() { # CONTAINER METHOD PATH [CURL ARGUMENT...]
    docker exec "$1" curl --silent --show-error --fail-with-body --max-time 60 --request "$2" "${@:4}" "http://localhost:8080$3"
}

# ---- Compose ----------------------------------------------------------------------------------------------------

# Below the ports that the kernel gives to clients.
free_port() {
    local port
    until port=$((20000 + RANDOM % 12000)) && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    else
        docker-compose "$@" 3>&- 4>&-
    fi
}

# What stands in docker-compose.yml and the FILEs, as a project of its own; its volumes are named after it.
choose_project() { # NAME FILE...
    local file
    cd "$repository" || return
    export COMPOSE_PROJECT_NAME=test-$1-$BASHPID COMPOSE_FILE=docker-compose.yml
    for file in "${@:2}" tests/image/compose.yml; do
        COMPOSE_FILE+=:$file
    done
    PORT=$(free_port)
    APP_PORT=$(free_port)
    export PORT APP_PORT
}

is_there() {
    ask GET /healthz >"$BATS_FILE_TMPDIR/health" 2>&1
}

bring_up() {
    compose up --detach --no-build >"$BATS_FILE_TMPDIR/up" 2>&1 ||
        fail "$(cat "$BATS_FILE_TMPDIR/up"; compose ps; compose logs --tail=20)"
    await is_there
}

# Stopped as `down` stops them, with the volume of the database gone.
lose_volume() {
    {
        compose stop && compose rm --force backup app litestream restore-lost &&
            docker volume rm "${COMPOSE_PROJECT_NAME}_data"
    } >"$BATS_FILE_TMPDIR/stop" 2>&1 || fail "$(<"$BATS_FILE_TMPDIR/stop")"
}

# Everything of it, its volumes, too.
remove_project() {
    cd "$repository" && { compose kill && compose down --volumes; } >"$BATS_FILE_TMPDIR/down" 2>&1
}

ask() { # METHOD PATH [CURL ARGUMENT...]
    curl --silent --show-error --fail-with-body --max-time 60 --request "$1" "${@:3}" "http://127.0.0.1:$PORT$2"
}

ask_app() { # METHOD PATH [CURL ARGUMENT...]
    curl --silent --show-error --fail-with-body --max-time 60 --request "$1" "${@:3}" "http://127.0.0.1:$APP_PORT$2"
}

count_cues() {
    ask_app GET /cues | jq length
}

# Prints its number.
add_cue() { # DESCRIPTION
    ask_app POST /cues --data "{\"song_id\": 1, \"description\": \"$1\"}" | jq .id
}

replication_is_active() {
    [[ $(ask GET /api/backups/litestream/status | jq --raw-output .status) == active ]]
}

# All points that can be restored, each in a line.
restore_points() {
    ask GET '/api/backups/litestream/restore-points?limit=1000' | jq --raw-output '.points[] | "\(.time) \(.kind) \(.generation)"' | sort
}

when() { # SERVICE FIELD
    milliseconds "$(status_of "$(compose ps --quiet "$1")" "$2")"
}
