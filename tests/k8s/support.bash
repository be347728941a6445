# The pod of k8s/, really run: what the manifests say is started in a network of its own, as Kubernetes would confine it
# (container.mjs), with a real S3 store and the Services' addresses (services.mjs). Each test that starts something leaves
# it to end_pod, in teardown_file.
# shellcheck disable=SC2034 # what the tests read

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/build.bash
source "$repository/tests/build.bash"
# shellcheck source=tests/replication.bash
source "$repository/tests/replication.bash"

home=$BATS_FILE_TMPDIR
manifests=$home/manifests.json
data=$home/volumes/data
database=$data/camera_assignments.db
readonly STORE_PORT=9000 POD=StatefulSet/camera-sheet

# ---- Processes --------------------------------------------------------------------------------------------------

# Starts bubblewrap, inside whatever enters a network, in the background. What it prints goes through a pipe, as a
# container's does, and is added to NAME.log.
launch() { # NAME COMMAND...
    local status=$home/$1.status
    rm -f "$status"
    { "${@:2}" 9>"$status" 2>&1 </dev/null | cat >>"$home/$1.log"; } >/dev/null 2>&1 3>&- 4>&- &
    wait_until is_launched "$status" || {
        cat "$home/$1.log" >&2
        return 1
    }
    jq '.["child-pid"] // empty' "$status" | head --lines 1 >"$home/$1.pid"
}

is_launched() { # STATUS
    grep --quiet child-pid "$1" 2>/dev/null
}

runs() { # NAME
    [[ -s $home/$1.pid ]] && process_runs "$(<"$home/$1.pid")"
}

# Bubblewrap has said how it ended, if it was asked to.
has_ended() { # NAME
    ! runs "$1" && grep --quiet exit-code "$home/$1.status"
}

# Prints the exit status.
stop() { # NAME [SIGNAL]
    runs "$1" || return 0
    kill "-${2:-TERM}" "$(<"$home/$1.pid")"
    wait_until has_ended "$1"
    jq '.["exit-code"] // empty' "$home/$1.status"
}

# ---- The network and the store ----------------------------------------------------------------------------------

can_make_namespaces() {
    unshare --net bwrap --unshare-user --unshare-pid --ro-bind / / --proc /proc true 2>/dev/null
}

# In setup: bats skips no whole file.
require_namespaces() {
    can_make_namespaces || skip "this machine lets $(id -un) make no namespaces"
}

start_network() {
    launch network bwrap --unshare-net --json-status-fd 9 --dev-bind / / sleep infinity
}

in_network() { # COMMAND...
    nsenter --target "$(<"$home/network.pid")" --net -- "$@"
}

start_store() {
    export OBJECT_STORE=$home/object-store
    in_network "$repository/tests/object-store" up "$OBJECT_STORE" $STORE_PORT tests >/dev/null 3>&- 4>&-
}

# object_store COMMAND [ARGUMENT...]: as tests/object-store has them, without its folder.
object_store() {
    in_network "$repository/tests/object-store" "$1" "$OBJECT_STORE" "${@:2}" 3>&- 4>&-
}

# ---- The pod ----------------------------------------------------------------------------------------------------

# Renders FOLDER with the store's keys and these settings into $manifests.
render() { # FOLDER NAMESPACE SETTINGS, as JSON
    local changes
    changes=$(
        # shellcheck source=/dev/null
        source "$OBJECT_STORE/credentials"
        jq --null-input --arg namespace "$2" --argjson settings "$3" --arg id "$LITESTREAM_ACCESS_KEY_ID" \
            --arg secret "$LITESTREAM_SECRET_ACCESS_KEY" \
            '{namespace: $namespace, settings: $settings, keys: {"access-key-id": $id, "secret-access-key": $secret}}'
    )
    node "$repository/tests/k8s/render.mjs" "$1" "$changes" >"$manifests"
}

start_services() {
    rm -f "$home/services"
    nsenter --target "$(<"$home/network.pid")" --net -- node "$repository/tests/k8s/services.mjs" "$manifests" "$home" \
        >>"$home/services.log" 2>&1 </dev/null 3>&- 4>&- &
    echo $! >"$home/services.pid"
    wait_until test -e "$home/services"
}

# The arguments of bubblewrap for a container, in $arguments.
container() { # FOLDER KIND/NAME CONTAINER [NAME=VALUE...]
    mkdir -p "$1"
    node "$repository/tests/k8s/container.mjs" "$manifests" "$@" >"$home/arguments" || return
    mapfile -d '' -t arguments <"$home/arguments"
}

start_sidecar() { # CONTAINER
    container "$home" $POD "$1"
    launch "$1" nsenter --target "$(<"$home/network.pid")" --net -- bwrap --json-status-fd 9 "${arguments[@]}"
}

stop_sidecar() { # CONTAINER [SIGNAL]
    stop "$@"
}

# To its end, in the foreground.
run_in_foreground() {
    timeout 60 nsenter --target "$(<"$home/network.pid")" --net -- bwrap "${arguments[@]}" </dev/null 3>&- 4>&-
}

run_init() { # CONTAINER
    container "$home" $POD "$1"
    run_in_foreground
}

# A job has a pod of its own; these further variables are for it.
run_job() { # KIND/NAME CONTAINER [NAME=VALUE...]
    container "$home/jobs/${1##*/}" "$@"
    run_in_foreground
}

# Asks as the probe of the manifest does, by the pod's address.
probe() { # CONTAINER PROBE
    local target
    target=$(jq --raw-output --arg container "$1" --arg probe "$2" '
        .[] | select(.kind == "StatefulSet") | .spec.template.spec.containers[] | select(.name == $container)
        | .ports as $ports | .[$probe].httpGet | .port as $port
        | "\($ports[] | select(.name == $port).containerPort)\(.path)"' "$manifests")
    in_network curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' --header 'Host: 10.1.2.3:8081' \
        "http://127.0.0.1:$target"
}

is_up() { # PROBE...
    local name
    for name; do [[ $(probe backup "$name") == 200 ]] || return 1; done
}

# In the order of the manifest: what was lost comes back first, then Litestream, then app and backups.
start_pod() {
    run_init restore-lost
    start_sidecar litestream
    start_sidecar app
    start_sidecar backup
    wait_until is_up_or_gone
    is_up startupProbe livenessProbe || {
        cat "$home/backup.log" >&2
        return 1
    }
}

is_up_or_gone() {
    is_up startupProbe livenessProbe || ! runs backup
}

# In the order of a native sidecar's end: Litestream last.
stop_pod() {
    stop_sidecar backup >"$home/backup.exit"
    stop_sidecar app >"$home/app.exit"
    stop_sidecar litestream >"$home/litestream.exit"
}

# Also where only some of it has come up.
end_pod() {
    local name
    for name in backup app litestream; do stop "$name" KILL >/dev/null || true; done
    [[ ! -s $home/services.pid ]] || kill "$(<"$home/services.pid")" 2>/dev/null || true
    [[ ! -d ${OBJECT_STORE:-} ]] || object_store down || true
    stop network KILL >/dev/null || true
}

# ---- Asking -----------------------------------------------------------------------------------------------------

# As somebody in the cluster, by the Service. The answer is in the file $body, its status is printed.
ask() { # METHOD PATH [CURL ARGUMENT...]
    body=$home/body
    in_network curl --silent --show-error --max-time 30 --request "$1" --user "${USER_NAME:-anna}:trying" \
        --resolve "camera-sheet-backup:80:$(awk '$2 == "camera-sheet-backup" { print $1 }' "$home/hosts")" \
        --output "$body" --write-out '%{http_code}' "${@:3}" "http://camera-sheet-backup$2"
}

# jq's filter on the answer to GET PATH.
answer() { # PATH FILTER
    [[ $(ask GET "$1") == 200 ]] && jq --raw-output --exit-status "$2" "$home/body"
}

live() { # SQL
    sqlite3 -bail -cmd '.timeout 10000' "$database" "$1"
}
