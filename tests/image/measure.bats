# What README promises of the image.
# alone: it measures how long a start takes, and memory of which another container would take a share.
load support

teardown() { remove_container "$own"; }

@test "it serves within two seconds of its start" {
    local best=100000 now
    # The first start reads everything from the disk.
    for _ in 1 2 3; do
        own=$(start_container)
        await serves "$own"
        now=$(start_time_ms "$own")
        ((now >= best)) || best=$now
        remove_container "$own"
    done
    printf '# serves %d ms after its start\n' "$best" >&3
    ((best < 2000))
}

@test "at rest it has less than 64 MB" {
    local memory
    own=$(start_container)
    await serves "$own"
    memory=$(memory_kib "$own")
    printf '# has %d KiB at rest\n' "$memory" >&3
    ((memory < 64000000 / 1024)) || fail "$memory KiB"
}
