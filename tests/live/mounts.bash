# File systems that a test mounts for itself, where it may.

# mount_privately FOLDER MOUNT_OPTION...: mounts there for this test alone, in a mount namespace that
# ends with its holder; inside COMMAND... runs in it.
mount_privately() {
    [ "$(id -u)" -eq 0 ] || skip "mounting a file system needs root"
    unshare --mount true 2>/dev/null || skip "this machine allows no mount namespace"
    mkdir -p "$1"
    unshare --mount sh -c 'folder=$1; ready=$2; shift 2
        mount "$@" "$folder" || exit
        : >"$ready"
        exec sleep infinity' sh "$1" "$home/mounted" "${@:2}" >"$home/mount.log" 2>&1 3>&- &
    holder=$!
    started+=("$holder")
    await is_mounted_or_refused
    [ -e "$home/mounted" ] || skip "this machine mounts no such file system: $(cat "$home/mount.log")"
}

is_mounted_or_refused() {
    [ -e "$home/mounted" ] || ! kill -0 "$holder" 2>/dev/null
}

inside() {
    nsenter --target "$holder" --mount "$@"
}
