# One container of the image, as a pod has it: what it may do, what it is made of, how it ends.
load support

sample=(--volume "$repository/tests/sample/camera_sheet.sql:/sample.sql:ro" --env SAMPLE=/sample.sql)

# All tests but those that start their own look at this one.
setup_file() {
    CONTAINER=$(start_container "${sample[@]}" --health-interval=1s)
    export CONTAINER
    await serves "$CONTAINER"
}
teardown_file() { remove_container "$CONTAINER"; }

setup() { own=; }

teardown() {
    [[ -z $own ]] || remove_container "$own"
    [[ -z ${volume:-} ]] || docker volume rm "$volume" >"$scratch/removed"
}

# Of a container that ends by itself, or that is told to.
expect_end() { # CONTAINER STATUS SENTENCE
    await has_ended "$1"
    docker logs "$1" >"$scratch/log" 2>&1
    [[ $(status_of "$1" ExitCode) -eq $2 ]] || fail "expected status $2, not $(status_of "$1" ExitCode): $(<"$scratch/log")"
    grep --quiet -e "$3" "$scratch/log" || fail "expected '$3': $(<"$scratch/log")"
}

inside() { # SHELL SCRIPT
    docker exec "$CONTAINER" sh -c "$1"
}

@test "without a password file it does not start, and says why" {
    own=$(docker run --detach --network=none "${CONFINED[@]}" "$IMAGE")
    expect_end "$own" 64 '^serve.sh: Others could reach 0\.0\.0\.0 .*: set PASSWORD_FILE'
    [[ $(wc --lines <"$scratch/log") -eq 1 ]]
}

@test "with one it asks for the password" {
    printf 'anna:%s\n' "$(openssl passwd -6 opening-night)" >"$scratch/passwords"
    chmod 644 "$scratch/passwords"
    own=$(start_container --env AUTH= --env PASSWORD_FILE=/run/secrets/passwords --volume "$scratch/passwords:/run/secrets/passwords:ro")
    await serves "$own"
    ! api "$own" GET /api/backups >"$scratch/answer" 2>&1
    [[ $(jq .status "$scratch/answer" 2>/dev/null || head -n 1 "$scratch/answer") == *401* ]] || fail "$(<"$scratch/answer")"
    api "$own" GET /api/backups --user anna:opening-night >"$scratch/answer"
}

@test "nobody in it is root, may become root, or has a capability" {
    [[ $(docker image inspect --format '{{.Config.User}}' "$IMAGE") == 10001:10001 ]]
    inside 'cat /proc/[1-9]*/status' | awk '
        /^Uid:/ && $2 $3 $4 $5 != "10001100011000110001" { print "uid", $0 }
        /^Cap(Prm|Eff|Bnd|Amb):/ && $2 !~ /^0+$/ { print $0 }
        /^NoNewPrivs:/ && $2 != 1 { print $0 }' >"$scratch/wrong"
    [[ ! -s $scratch/wrong ]] || fail "$(<"$scratch/wrong")"
}

@test "it writes to its volume and its memory only: the root file system stays as it is" {
    ! inside 'touch /written /usr/written /etc/written /home/written' 2>"$scratch/complaints"
    # A writable root shows what would have been written.
    own=$(docker run --detach --network=none --env AUTH=none --tmpfs /run/camera-sheet-backup:uid=10001,gid=10001,mode=750 --tmpfs /tmp "${sample[@]}" "$IMAGE")
    await serves "$own"
    api "$own" POST /api/backups >"$scratch/answer"
    # The places that are mounted over.
    docker diff "$own" | grep -vxE 'C /run|A /sample\.sql' >"$scratch/changes" || true
    [[ ! -s $scratch/changes ]] || fail "$(<"$scratch/changes")"
}

@test "nothing that builds is in it, and no lists and caches" {
    ! inside 'for program in gcc cc make npm node git ld as; do command -v $program; done | grep .' || fail 'there are tools'
    inside 'find /var/lib/apt/lists /var/cache/apt -type f; dpkg-query --show --showformat="\${db:Status-Status} \${Package}\n"' |
        grep -E '^/|^installed .*-dev$' >"$scratch/found" || true
    [[ ! -s $scratch/found ]] || fail "$(<"$scratch/found")"
}

@test "no program in it gives its caller the rights of another user, and none belongs to the site's" {
    inside 'find / -xdev -type f -perm /6000 2>/dev/null; find / -xdev -user 10001 ! -path "/proc/*" 2>/dev/null' |
        grep -vxE '/data|/replica|/run/camera-sheet-backup' >"$scratch/found" || true
    [[ ! -s $scratch/found ]] || fail "$(<"$scratch/found")"
}

is_healthy() { # CONTAINER
    [[ $(status_of "$1" Health.Status) == healthy ]]
}

@test "it becomes healthy, by the probes' socket" {
    await is_healthy "$CONTAINER"
}

@test "a site without its database is not healthy" {
    own=$(start_container --health-interval=1s --health-retries=1 --health-start-period=0s)
    await serves "$own"
    is_unhealthy() { [[ $(status_of "$own" Health.Status) == unhealthy ]]; }
    await is_unhealthy
}

@test "each program is a command in it" {
    local name
    name=$(docker exec "$CONTAINER" backup-create --label 'by hand' --json | jq --raw-output .filename)
    docker exec "$CONTAINER" backup-list --json | jq --exit-status --arg name "$name" 'map(.filename) | index($name) != null'
    docker exec "$CONTAINER" backup-restore "$name" --yes --json | jq --exit-status '.status == "restored"'
    docker exec "$CONTAINER" litestream version | grep .
    docker exec "$CONTAINER" serve.sh --help | grep --quiet LITESTREAM_CONFIG
}

# As a person holds it who has forgotten a transaction: until /data/go is there.
hold_write_lock() { # CONTAINER
    docker exec --detach "$1" python3 -c '
import os, sqlite3, time
db = sqlite3.connect("/data/camera_assignments.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("/data/held", "w").close()
while not os.path.exists("/data/go"): time.sleep(0.02)
db.execute("ROLLBACK")'
    await docker exec "$1" test -e /data/held
}

restore_runs() { # CONTAINER
    docker exec "$1" sh -c 'ls -l /proc/[0-9]*/fd 2>/dev/null' | grep --quiet '/\.restore\.lock'
}

is_told_to_stop() { # CONTAINER
    docker logs "$1" 2>&1 | grep --quiet 'received SIGTERM'
}

@test "a stop lets a running restore finish, and the container ends with status 0" {
    local name
    volume=$(docker volume create)
    own=$(start_container --volume "$volume:/data" "${sample[@]}")
    await serves "$own"
    name=$(api "$own" POST /api/backups | jq --raw-output .filename)
    docker exec "$own" sqlite3 /data/camera_assignments.db 'DELETE FROM cues'
    hold_write_lock "$own"
    docker exec --detach "$own" sh -c "curl --silent --request POST --output /data/answer http://localhost:8080/api/backups/$name/restore"
    await restore_runs "$own"
    docker stop --time 60 "$own" >"$scratch/stopped" &
    await is_told_to_stop "$own"
    docker exec "$own" touch /data/go
    wait $!
    [[ $(status_of "$own" ExitCode) -eq 0 ]] || fail "status $(status_of "$own" ExitCode): $(docker logs "$own" 2>&1)"
    docker run --rm --network=none --volume "$volume:/data" "$IMAGE" \
        sh -c 'sqlite3 /data/camera_assignments.db "PRAGMA integrity_check; SELECT count(*) > 0 FROM cues"; cat /data/answer' >"$scratch/after"
    [[ $(head -n 2 "$scratch/after" | tr '\n' ' ') == 'ok 1 ' ]] || fail "$(<"$scratch/after")"
    grep --quiet '"status":"restored"' "$scratch/after" || fail "$(<"$scratch/after")"
}

@test "a volume of somebody else's: one sentence, and it does not start" {
    own=$(start_container --mount type=tmpfs,destination=/data,tmpfs-mode=0755)
    expect_end "$own" 73 '^serve.sh: User 10001 cannot make the folder /data/backups'
    [[ $(wc --lines <"$scratch/log") -eq 1 ]]
}

# Asks for everything that takes memory, twice at a time, so that both workers of each program have it.
work() { # CONTAINER
    local name request
    docker exec "$1" sqlite3 /data/camera_assignments.db 'CREATE TABLE takes (id INTEGER PRIMARY KEY, film BLOB);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
        INSERT INTO takes SELECT i, randomblob(1000) FROM n'
    name=$(api "$1" POST /api/backups | jq --raw-output .filename)
    for request in "POST $name/restore" "POST $name/verify" "GET $name/compare?with=live" 'GET live/tables' \
        'GET live/tables/cues.csv' 'GET litestream/status' "GET $name"; do
        # One of two restores at a time is refused.
        api "$1" "${request% *}" "/api/backups/${request#* }" >"$scratch/first" 2>&1 &
        api "$1" "${request% *}" "/api/backups/${request#* }" >"$scratch/second" 2>&1 || wait $! || fail "$request: $(<"$scratch/second")"
        wait
    done
}

own_memory_kib() { # CONTAINER
    memory_kib "$1" Pss_Anon
}

@test "what it has taken for its work it gives back" {
    local fresh worked
    # Its workers leave after some seconds without a request, not after a minute.
    own=$(start_container "${sample[@]}" --volume "$repository/build/tests/preload/idle.so:/idle.so:ro" \
        --env LD_PRELOAD=/idle.so --env IDLE_MS=4000)
    await serves "$own"
    fresh=$(own_memory_kib "$own")
    work "$own"
    worked=$(own_memory_kib "$own")
    ((worked > fresh + 3000)) || fail "the work took nothing: $fresh KiB before, $worked KiB after"
    rests() { (($(own_memory_kib "$own") < fresh + 1500)); }
    await rests
}
