# A machine of its own with a real systemd, for as long as a test file takes: in namespaces of its own, and a cgroup that
# tells what belongs to it.

# Named after the process that made it: who is killed leaves one that the next run takes away.
readonly machines=camera-sheet-machine

cgroups() {
    findmnt --noheadings --first-only --output TARGET --types cgroup2
}

require_machine() {
    local missing
    if ((EUID != 0)); then
        missing='only root can'
    elif ! [[ -x /lib/systemd/systemd ]]; then
        missing='it is not installed'
    elif ! unshare --mount --pid --net --uts --ipc --cgroup --fork true 2>/dev/null; then
        missing='this machine allows no namespaces'
    elif ! [[ -n $(cgroups) && -w $(cgroups)/cgroup.procs ]]; then
        missing='this machine lets nobody make a cgroup (version 2)'
    fi
    [[ -z ${missing:-} ]] || skip "systemd cannot be booted here: $missing"
}

boot_machine() {
    remove_dead_machines
    MACHINE_CGROUP=$(cgroups)/$machines-$$
    export MACHINE_CGROUP
    mkdir "$MACHINE_CGROUP" "$BATS_FILE_TMPDIR/machine"
    # It is there when it is born, not moved to it later: nothing of it can be missed.
    (
        echo "$BASHPID" >"$MACHINE_CGROUP/cgroup.procs"
        exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
            "$repository/tests/install/boot" "$BATS_FILE_TMPDIR/machine" "$repository"
    ) >"$BATS_FILE_TMPDIR/boot.log" 2>&1 </dev/null 3>&- &
    MACHINE_BOOTER=$!
    export MACHINE_BOOTER
    await is_booted_or_dead
    is_booted || fail "systemd does not boot: $(<"$BATS_FILE_TMPDIR/boot.log")"
}

first_process() {
    pgrep --parent "$MACHINE_BOOTER"
}

is_booted() {
    [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}

is_booted_or_dead() {
    is_booted || ! kill -0 "$MACHINE_BOOTER" 2>/dev/null
}

# Runs a command in the machine, as root.
inside() { # COMMAND...
    local first
    first=$(first_process) || return
    nsenter --target "$first" --mount --pid --net --uts --ipc --cgroup --root --wdns=/ "$@" 3>&-
}

stop_machine() {
    [[ -z ${MACHINE_CGROUP:-} ]] || remove_cgroup "$MACHINE_CGROUP"
}

remove_cgroup() { # FOLDER
    echo 1 >"$1/cgroup.kill"
    await remove_empty "$1"
}

remove_empty() { # FOLDER
    [[ ! -e $1 ]] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
    [[ ! -e $1 ]]
}

remove_dead_machines() {
    local cgroup
    for cgroup in "$(cgroups)/$machines"-*; do
        [[ ! -e $cgroup ]] || kill -0 "${cgroup##*-}" 2>/dev/null || remove_cgroup "$cgroup"
    done
}
