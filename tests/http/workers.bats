# A worker that has served something and then has nothing to do makes room for a fresh one; no request notices.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

# A minute without a request would be long here. Within a second of its start the supervisor would take it for a failure.
setup_file() {
    LD_PRELOAD=$BUILD/tests/preload/idle.so IDLE_MS=1100 CHECK_ANSWERS=no start_site
}
teardown_file() { stop_site; }

# The ones that are there now, in order.
pids_of() { # PROGRAM
    workers "$1" | sort | tr '\n' ' '
}

# Two workers, none of which is one of BEFORE.
are_fresh() { # PROGRAM BEFORE
    local now
    now=$(pids_of "$1")
    [[ $(wc -w <<<"$now") -eq 2 && -z $(comm -12 <(tr ' ' '\n' <<<"$now" | grep . | sort) <(tr ' ' '\n' <<<"$2" | grep . | sort)) ]]
}

# Both workers of PROGRAM serve something: while the one is stopped, the other one.
let_both_serve() { # PROGRAM PATH
    local stopped
    for stopped in $(workers "$1"); do
        kill -STOP "$stopped"
        ask GET "$2"
        kill -CONT "$stopped"
        expect_code 200
    done
}

@test "workers that have served leave, one after the other, and their successors stay" {
    local before fresh
    before=$(pids_of backup-tables)
    [[ $(wc -w <<<"$before") -eq 2 ]]
    let_both_serve backup-tables /api/backups/live/tables
    await are_fresh backup-tables "$before"
    fresh=$(pids_of backup-tables)
    sleep 2.5
    [[ $(pids_of backup-tables) == "$fresh" ]] || fail "fresh workers have left: $fresh, then $(pids_of backup-tables)"
}

@test "one that nobody has asked anything does not leave" {
    local before
    before=$(pids_of audit-list)
    sleep 1
    [[ $(pids_of audit-list) == "$before" ]]
}

@test "while workers come and go, every request is answered" {
    local first deadline=$((SECONDS + 5)) asked=0
    first=$(pids_of backup-list)
    while ((SECONDS < deadline)); do
        for _ in 1 2; do
            curl --silent --show-error --fail --max-time 20 --output "$scratch/list" "$URL/api/backups" || fail "request $asked failed"
            asked=$((asked + 1))
        done
        # About as long as they wait.
        sleep "1.$((RANDOM % 3))"
    done
    has_left() { [[ $(pids_of backup-list) != "$first" ]]; }
    await has_left
    ! grep --quiet -e 'connect() to' -e 'exited:' "$SITE/site.log" || fail "$(cat "$SITE/site.log")"
}

@test "the last one never leaves, whatever has happened to the other" {
    local pids
    mapfile -t pids < <(workers health)
    # One that hangs holds its place: the other one may leave, and a fresh one comes. One that is gone does not.
    ask GET /api/health
    expect_code 200
    kill -KILL "${pids[0]}"
    for _ in {1..15}; do
        ask GET /api/health
        expect_code 200
        sleep 0.1
    done
    ! grep --quiet 'connect() to' "$SITE/site.log" || fail "$(cat "$SITE/site.log")"
}
