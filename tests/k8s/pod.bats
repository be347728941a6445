#!/usr/bin/env bats
# The pod of k8s/overlays/minio, really run from its manifests (support.bash), with an S3 store in MinIO's place: each test
# goes on where the one before it has ended, from the first start to the volume that is lost.
# shellcheck disable=SC2154 # what support.bash sets

load support

# As long as a namespace's name may be, and a host name: nginx must find room for both.
namespace=$(printf 'n%.0s' {1..63})
long_name=$(printf 'a%.0s' {1..60}).$(printf 'b%.0s' {1..60}).$(printf 'c%.0s' {1..60}).$(printf 'd%.0s' {1..60}).example
readonly namespace long_name

setup_file() {
    can_make_namespaces || return 0
    start_network
    start_store
    render k8s/overlays/minio "$namespace" "{\"PUBLIC_NAMES\": \"$long_name\"}"
    start_services
}

teardown_file() {
    end_pod
}

is_active() {
    [[ $(answer /api/backups/litestream/status .status) == active ]]
}

setup() {
    require_namespaces
}

@test "nothing starts while it cannot be known whether something was lost" {
    run run_init restore-lost
    [ "$status" -eq 69 ]
    [[ $output == *"There is no such bucket"* || $output == *"cannot be found out"* ]]
    [ ! -e "$database" ]
}

@test "the bucket is made, and that it is there already is no failure" {
    run_job Job/minio-bucket bucket
    run_job Job/minio-bucket bucket
    object_store ask GET /camera-sheet --fail >/dev/null
    # A store that does not answer is asked again, but not for ever.
    run run_job Job/minio-bucket bucket STORE_URL=http://127.0.0.1:1 TRIES=2 PAUSE=0
    [ "$status" -eq 1 ]
    [ "$(grep --count '127.0.0.1:1/camera-sheet: 000' <<<"$output")" -eq 2 ]
}

@test "the first start: nothing was lost, the app makes its sheet, and the kubelet's probes are answered" {
    start_pod
    wait_until test -s "$database"
    wait_until is_up readinessProbe
    [ "$(live 'SELECT count(*) > 3 FROM assignments')" -eq 1 ]
    # Nobody else asks there for anything else.
    [ "$(in_network curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:8081/api/backups)" -eq 404 ]
}

@test "the backups run confined: no root, no capabilities, nothing of the image to write to" {
    local pid
    pid=$(<"$home/backup.pid")
    [ "$(nsenter --target "$pid" --user --preserve-credentials id --user)" -eq 10001 ]
    grep --quiet --extended-regexp '^CapBnd:\s0+$' "/proc/$pid/status"
    grep --quiet --extended-regexp '^NoNewPrivs:\s1$' "/proc/$pid/status"
    # Every file system but the volumes and /dev is read-only.
    awk '$6 ~ /(^|,)rw(,|$)/ && $5 !~ "^/(proc|dev|data|tmp|run/camera-sheet-backup)(/|$)" { print; found = 1 } END { exit found }' \
        "/proc/$pid/mountinfo"
}

@test "it answers to the Service's names and to long ones, to nobody without a password, and to no other name" {
    local name
    for name in camera-sheet-backup{,".$namespace"{,.svc,.svc.cluster.local}} "$long_name"; do
        [ "$(ask GET /api/backups --header "Host: $name")" -eq 200 ]
        [ "$(ask GET /api/backups --header "Host: $name" --user anna:wrong)" -eq 401 ]
    done
    [ "$(ask GET /api/backups --header 'Host: other.example')" -eq 421 ]
    [ "$(ask GET /)" -eq 200 ]
}

@test "everything reaches the bucket" {
    wait_until is_active
    [ "$(answer /api/backups/litestream/status .replica_url)" = s3://camera-sheet/trying ]
    [[ $(object_store ask GET '/camera-sheet?list-type=2&prefix=trying%2Fgenerations%2F' --fail) == *'<Key>trying/generations/'* ]]
}

@test "the CronJob takes a scheduled backup, under its own name" {
    run run_job CronJob/camera-sheet-backup ask
    [ "$status" -eq 0 ]
    [[ $output == *'/api/backups: 201 '* ]]
    [ "$(answer /api/backups '[.[] | select(.kind == "scheduled")] | length')" -eq 1 ]
    answer '/api/audit?limit=1' '.[0].actor == "scheduler" and .[0].action == "create"'
}

@test "what a restart does not mend makes the pod unready, and neither restarts it nor cuts anybody off" {
    is_unready() { [[ $(probe backup readinessProbe) == 503 ]]; }
    chmod 500 "$data/backups"
    wait_until is_unready
    is_up startupProbe livenessProbe
    [ "$(ask GET /)" -eq 200 ]
    [ "$(ask GET /api/backups)" -eq 200 ]
    chmod 700 "$data/backups"
    wait_until is_up readinessProbe
}

@test "the weekly drill proves that the replica can be restored" {
    run run_job CronJob/camera-sheet-drill ask
    [ "$status" -eq 0 ]
    [[ $output == *'/api/backups/litestream/drill: 200 '* ]]
    answer /api/backups/litestream/status '.proven != null'
}

@test "while the site is busy a job asks again; a wrong password it does not try twice" {
    # As another drill has it.
    exec 7>"$data/backups/.drills/camera_assignments.lock"
    flock 7
    run_job CronJob/camera-sheet-drill ask PAUSE=0.1 >"$home/busy.log" 2>&1 7>&- 3>&- &
    wait_until grep --quiet ': 503 ' "$home/busy.log"
    exec 7>&-
    wait $!
    grep --quiet ': 200 ' "$home/busy.log"

    run run_job CronJob/camera-sheet-drill ask PAUSE=0 BACKUPS_PASSWORD=wrong
    [ "$status" -eq 1 ]
    [ "$(grep --count '/drill: 401' <<<"$output")" -eq 1 ]
}

@test "the volume is lost: the next start brings everything back that was written before the pod's end" {
    local points
    # The last write, long before the next sync.
    live "INSERT INTO cues (number, title) VALUES ('99', 'The last one')"
    stop_pod
    [ "$(<"$home/backup.exit")" -eq 0 ]
    [ "$(<"$home/litestream.exit")" -eq 0 ]
    rm -rf "$home/volumes"
    # While nobody is there, a job asks some times and gives up.
    run run_job CronJob/camera-sheet-backup ask TRIES=2 PAUSE=0.1
    [ "$status" -eq 1 ]
    start_pod
    [ "$(live "SELECT title FROM cues WHERE number = '99'")" = 'The last one' ]
    wait_until is_up readinessProbe
    points=$(answer /api/backups/litestream/restore-points '.points | length')
    [ "$points" -ge 2 ]
    wait_until is_active
}
