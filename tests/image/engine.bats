# The engine of these tests leaves nothing behind: not where it ends, and not where it was killed.
# shellcheck disable=SC2030,SC2031 # variables of the engine alone
load support

setup() {
    [[ $EUID -eq 0 ]] || skip 'only root can start an engine'
    # As if there were no other engine: one of this machine must not get what is made and killed here.
    export DOCKER_HOST=unix://$scratch/none.sock
    image=$scratch/image.tar
    tar --create --file "$image" --dereference --transform 's|.*|bin/litestream|' --directory "$repository/build" litestream
}

teardown() {
    local pid
    for pid in $(processes_of "$scratch/one") $(processes_of "$scratch/two"); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

# Runs a shell script beside an engine whose state is in FOLDER.
beside_engine() { # FOLDER SCRIPT
    ENGINE_STATE=$1 "$repository/tests/image/engine" bash -euc "$2" 3>&- 4>&-
}

# dockerd and containerd name the folder they are for.
processes_of() { # FOLDER
    pgrep --full -- "$1/data" || true
}

# A network of a fixed address and a container in it that goes on until it is stopped.
busy='"$DOCKER" image inspect litestream >/dev/null 2>&1 || "$DOCKER" import "$IMAGE_FILE" litestream
    "$DOCKER" network create --subnet 172.18.0.0/16 show
    "$DOCKER" run --detach --name app --network show litestream /bin/litestream replicate /none.db file:///none'

is_gone() { # FOLDER
    [[ -z $(processes_of "$1") ]]
}

# In the folder where one was killed, and in another one.
expect_starts() {
    local folder
    for folder in "$scratch/one" "$scratch/two"; do
        beside_engine "$folder" "$busy" >"$scratch/out" 2>&1 || fail "$(<"$scratch/out") $(tail -n 5 "$folder/dockerd.log")"
        await is_gone "$folder"
    done
    [[ -z $(grep "$scratch" /proc/self/mounts) ]] || fail "mounts are left: $(grep "$scratch" /proc/self/mounts)"
    [[ $(ls /sys/class/net) == "$networks" ]] || fail "networks are left: $(ls /sys/class/net)"
}

start_and_kill() { # COMMAND THAT KILLS
    export IMAGE_FILE=$image
    networks=$(ls /sys/class/net)
    ENGINE_STATE=$scratch/one "$repository/tests/image/engine" bash -euc "$busy; touch '$scratch/started'; sleep 300" \
        >"$scratch/out" 2>&1 3>&- 4>&- &
    engine=$!
    is_started() { [[ -e $scratch/started ]] || ! kill -0 "$engine"; }
    await is_started
    [[ -e $scratch/started ]] || fail "$(<"$scratch/out")"
    "$@"
    wait "$engine" || true
    await is_gone "$scratch/one"
}

kill_engine() {
    # shellcheck disable=SC2046
    kill -KILL $(processes_of "$scratch/one")
    kill -TERM "$engine"
}

kill_first() {
    kill -KILL "$engine"
}

@test "after its daemons were killed it starts again" {
    start_and_kill kill_engine
    expect_starts
}

@test "after it was killed itself, all of it is gone, and it starts again" {
    start_and_kill kill_first
    expect_starts
}

@test "the command's exit status is its own" {
    local status=0
    beside_engine "$scratch/one" 'exit 7' || status=$?
    [[ $status -eq 7 ]]
}
