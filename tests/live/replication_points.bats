#!/usr/bin/env bats
# The moments that a replica can give back, as the store itself lists them: with the real Litestream, an S3 server, a
# folder, and more segments than anybody has.
# alone: it measures how long a look at a week takes.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # jq, and what the helpers set and read, each test in a process of its own

load ../http/helper
load support
load ../replication

# A week with a segment every second, and how long a look at it may take on a busy machine, in seconds.
readonly WEEK_OF_SEGMENTS=600000 FEW_SEGMENTS=6000 LOOK_LIMIT=15
# Kibibytes: with a hundred times as many segments no program needs more than so much more memory.
readonly MEMORY_SLACK=512
readonly GENERATION=0123456789abcdef

# ---- One recording, of two generations ----------------------------------------------------------------------------

# Without what it keeps beside the database, Litestream begins a new generation.
record() {
    local generations
    start replication_fetch_writer "$live" "$home/writer" 50 2000
    await counter_is_over commits "$home/writer" 0
    for generations in 1 2; do
        rm -rf "$home/data/.moments.db-litestream"
        start_litestream "$LITESTREAM_CONFIG"
        sleep 5
        stop_litestream
    done
    stop
}

setup_file() {
    local options='sync-interval: 200ms, snapshot-interval: 2s'
    started=() home=$BATS_FILE_TMPDIR live=$BATS_FILE_TMPDIR/data/moments.db
    start_object_store
    mkdir "$home/data"
    export LITESTREAM_CONFIG=$home/litestream.yml RECORDED_FOLDER=$home/replica
    cat >"$LITESTREAM_CONFIG" <<END
addr: 127.0.0.1:$(free_port)
dbs:
  - path: $live
    checkpoint-interval: 1s
    monitor-interval: 100ms
    replicas:
      - {name: store, url: "s3://$BUCKET/recording", endpoint: "$OBJECT_STORE_URL", region: us-east-1,
         force-path-style: true, $options}
      - {name: folder, path: "$RECORDED_FOLDER", $options}
END
    [[ -n ${OBJECT_STORE_MISSING:-} ]] || ! litestream_program >/dev/null || record
}

teardown_file() {
    end_replication
}

setup() {
    require_object_store
    require_litestream
    prepare
    live=$BATS_FILE_TMPDIR/data/moments.db
    export DATABASE_PATH=$live LITESTREAM_BIN
    LITESTREAM_BIN=$(litestream_program)
    replica=store
}

teardown() {
    object_store start
    [[ -z ${SITE:-} ]] || stop_site
    [[ -z ${many:-} ]] || rm -rf "$many"
    clean_up
}

# ---- What there is -----------------------------------------------------------------------------------------------

points() { # [OPTION...]
    program litestream-points --replica "$replica" "$@" >"$home/points"
}

# A condition on the answer.
expect_points() { # JQ FILTER [JQ ARGUMENT...]
    jq -e "${@:2}" "$1" "$home/points" >"$home/jq" || fail "not so: $1: $(head -c 600 "$home/points")"
}

# What the store itself says of each of its files: KEY TIME SIZE, the time in milliseconds.
files_of_store() { # PREFIX
    object_store ask GET "/$BUCKET?list-type=2&prefix=${1//\//%2F}" --fail | sed 's/<Contents>/\n/g' |
        sed -nE 's#^<Key>([^<]*)</Key><LastModified>([^<]*)<.*<Size>([0-9]*)<.*#\1 \2 \3#p' | in_milliseconds
}

files_of_folder() {
    find "$RECORDED_FOLDER" -name '*.lz4' -printf '%P %TFT%TTZ %s\n' | in_milliseconds
}

# A time's fraction is rounded up, and a whole second is its end: what a moment gives was there then for certain.
in_milliseconds() {
    jq --raw-input --raw-output 'split(" ") | (.[1] | capture("^(?<second>.{19})(\\.(?<fraction>[0-9]+))?")) as $time
        | (($time.second + "Z" | fromdate) * 1000 + ((("0." + ($time.fraction // "0")) | tonumber) * 1000 | ceil)) as $ms
        | "\(.[0]) \(if $ms % 1000 == 0 then $ms + 999 else $ms end) \(.[2])"'
}

# (A segment that came just at a whole second may so be younger than the last one: --to is given where all shall be seen.)
# The same as points, the newest first, in the file expected: of each generation what came since its oldest snapshot, which
# counts from when the begin of its WAL file was there, too.
expect_files() {
    sed -nE 's#^(.*/)?([0-9a-f]{16})/(snapshots|wal)/([0-9a-f_]*)\.(snapshot|wal)\.lz4 ([0-9]+) ([0-9]+)$#\2 \5 \4 \6 \7#p' |
        jq --raw-input 'split(" ") | {generation: .[0], kind: .[1], name: .[2], ms: (.[3] | tonumber), size: (.[4] | tonumber)}' |
        jq --slurp 'group_by(.generation) | map(
            (map(select(.kind == "snapshot").name) | min) as $oldest
            | (map(select(.name == $oldest or .name == $oldest + "_00000000").ms) | max) as $begin
            | map(if .name == $oldest then .ms = $begin else . end | select(.ms >= $begin) | del(.name)))
            | add // [] | sort_by(-.ms)' >"$home/expected"
}

expect_recorded() {
    case $replica in store) files_of_store recording ;; folder) TZ=UTC files_of_folder ;; esac | expect_files
}

# The points of the answer with their times in milliseconds.
readonly IN_MS='(.[0:19] + "Z" | fromdate) * 1000 + (.[20:23] | tonumber)'

assert_points_are() { # JQ FILTER OF THE EXPECTED
    jq "[.points[] | {generation, kind, ms: (.time | $IN_MS), size}] | sort" "$home/points" >"$home/got"
    jq "$1 | sort" "$home/expected" >"$home/wanted"
    diff "$home/wanted" "$home/got" || fail "other points than in $replica: $1"
}

newest() {
    time_of "$(expected 'map(.ms) | max')"
}

time_of() { # MILLISECONDS
    date --utc --date "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" +%FT%T.%3NZ
}

expected() { # JQ FILTER
    jq -r "$1" "$home/expected"
}

@test "the points are the files of the replica, of all generations, the newest first" {
    for replica in store folder; do
        expect_recorded
        [ "$(expected 'map(.generation) | unique | length')" -eq 2 ]
        [ "$(expected 'map(select(.kind == "snapshot")) | length')" -ge 4 ]
        [ "$(expected 'map(select(.kind == "wal")) | length')" -ge 20 ]
        points --limit 1000
        expect_points '.earliest == $earliest and .from == .earliest and .to == .latest
            and (.latest == $newest or ($newest | endswith(".999Z")))' --arg newest "$(newest)" \
            --arg earliest "$(time_of "$(expected 'map(select(.kind == "snapshot").ms) | min')")"
        points --limit 1000 --to "$(newest)"
        assert_points_are .
        expect_points '[.points[].time] | . == (sort | reverse)'
        expect_points '.truncated == false and (has("intervals") | not)'
        expect_points 'all(.points[]; (.time | test("^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z$")) and .size > 0)'
    done
}

@test "limit gives the newest, and says that there are more" {
    local total
    for replica in store folder; do
        expect_recorded
        total=$(expected length)
        for limit in 1 2 7 $((total - 1)); do
            points --limit "$limit" --to "$(newest)"
            expect_points "(.points | length) == $limit and .truncated"
            [ "$(jq "[.points[].time | $IN_MS]" -c "$home/points")" = "$(expected "map(.ms)[:$limit]" -c | tr -d ' \n')" ]
        done
        points --limit "$total" --to "$(newest)"
        expect_points "(.points | length) == $total and .truncated == false"
    done
}

@test "from and to choose, both included; the intervals' counts are all of the range" {
    local total from to number
    for replica in store folder; do
        expect_recorded
        total=$(expected length)
        for range in "0 $((total - 1))" "$((total / 4)) $((total / 2))" "3 3" "$((total - 3)) $((total - 1))" "0 2"; do
            to=$(expected "map(.ms)[${range% *}]") from=$(expected "map(.ms)[${range#* }]")
            number=$(expected "map(select(.ms >= $from and .ms <= $to)) | length")
            points --from "$(time_of "$from")" --to "$(time_of "$to")" --limit 1000 --intervals 7
            assert_points_are "map(select(.ms >= $from and .ms <= $to))"
            expect_points '.from == $from and .to == $to' --arg from "$(time_of "$from")" --arg to "$(time_of "$to")"
            expect_points '(.intervals | length) == 7 and ([.intervals[].count] | add) == $n and .truncated == false' \
                --argjson n "$number"
            points --from "$(time_of "$from")" --to "$(time_of "$to")" --limit 1 --intervals 7
            expect_points '([.intervals[].count] | add) == $n and .truncated == ($n > 1)' --argjson n "$number"
        done
        points --from "$(time_of $((to + 1)))" --to "$(time_of $((to + 1)))" --intervals 3
        expect_points "(.points | length) == ([.intervals[].count] | add)"
    done
}

@test "each interval counts what lies in it" {
    local count
    for replica in store folder; do
        expect_recorded
        points --intervals 20 --to "$(newest)"
        count=$(jq "[.intervals[].start | $IN_MS] + [(.to | $IN_MS) + 1]" "$home/points")
        jq --argjson starts "$count" '[range(20) as $i | map(select(.ms >= $starts[$i] and .ms < $starts[$i + 1])) | length]' \
            "$home/expected" >"$home/wanted"
        # A point on the border of two, which is rounded to a millisecond, may be in either.
        expect_points '[.intervals[].count] as $got | all(range(20); ($got[.] - $wanted[0][.]) | fabs <= 1)' \
            --slurpfile wanted "$home/wanted"
    done
}

@test "before all and after all there is nothing, which is no error" {
    for replica in store folder; do
        points --to 2020-01-01T00:00:00Z --intervals 5
        expect_points '.points == [] and .truncated == false and all(.intervals[]; .count == 0) and .latest != null'
        points --from 2199-01-01T00:00:00Z --intervals 5
        expect_points '.points == [] and .truncated == false and all(.intervals[]; .count == 0) and .earliest != null'
    done
}

@test "an empty replica has no earliest moment" {
    mkdir "$home/empty"
    for url in "s3://$BUCKET/nothing-here" "file://$home/empty"; do
        write_litestream_config "$home/litestream.yml" "$live" "$url"
        LITESTREAM_CONFIG=$home/litestream.yml program litestream-points --intervals 3 >"$home/points"
        expect_points '. == {earliest: null, latest: null, from: null, to: null, points: [], truncated: false, intervals: []}'
    done
}

# ---- What is refused ---------------------------------------------------------------------------------------------

by_cgi() { # QUERY
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET PATH_INFO=/api/backups/litestream/restore-points \
        QUERY_STRING="$1" "$PROGRAMS/litestream-points" 2>"$home/log" </dev/null | tr -d '\r' >"$home/cgi"
    sed -n 's/^Status: \([0-9]*\) .*/\1/p;/^$/q' "$home/cgi"
}

@test "from after to, limits out of range and what is no time: 64, 400" {
    local query options status
    for query in 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z' limit=0 limit=1001 limit=-1 limit=x limit= \
        limit=1.5 intervals=0 intervals=501 intervals=x from=yesterday to=2026-02-30T00:00:00Z from= nonsense=1 \
        'limit=1&limit=2'; do
        [ "$(by_cgi "$query")" = 400 ] || fail "$query: $(cat "$home/cgi")"
        mapfile -t options < <(tr '&' '\n' <<<"$query" | sed 's/^/--/')
        status=0
        program litestream-points "${options[@]}" >"$home/points" 2>&1 || status=$?
        [ "$status" -eq 64 ] || fail "${options[*]}: $status: $(cat "$home/points")"
    done
    [ "$(by_cgi 'limit=1000&intervals=500')" = 200 ]
}

@test "no such replica: 66, 404; the store down: 69, 503" {
    local status=0
    program litestream-points --replica other >"$home/points" 2>&1 || status=$?
    [ "$status" -eq 66 ]
    [ "$(by_cgi replica=other)" = 404 ]
    object_store stop
    status=0
    program litestream-points >"$home/points" 2>&1 || status=$?
    [ "$status" -eq 69 ]
    [ "$(by_cgi '')" = 503 ]
}

@test "through nginx: GET, HEAD, and 405 for the rest" {
    local path=/api/backups/litestream/restore-points
    start_site
    points --limit 3 --intervals 4
    ask GET "$path?limit=3&intervals=4"
    expect_code 200
    expect_header Content-Type application/json
    [ "$(json .)" = "$(jq . "$home/points")" ]
    ask HEAD "$path?limit=3"
    expect_code 200
    expect_header Content-Type application/json
    for method in POST PUT DELETE PATCH; do
        ask "$method" "$path"
        expect_problem 405 method-not-allowed
        expect_header Allow 'GET, HEAD'
    done
    ask GET "$path?limit=5000"
    expect_problem 400 bad-request
}

# ---- Many --------------------------------------------------------------------------------------------------------

# Names and times are all that is looked at: one real segment under many names, 400 to each of 8 WAL files, the first
# one before all others and the last one after them.
upload_segments() {
    local segment
    segment=$(find "$RECORDED_FOLDER" -name '*.wal.lz4' | head -n 1)
    object_store put "many/generations/$GENERATION/snapshots/00000000.snapshot.lz4" "$segment"
    object_store put "many/generations/$GENERATION/wal/00000000_00000000.wal.lz4" "$segment"
    curl --config <(printf 'user = "%s:%s"\n' "$LITESTREAM_ACCESS_KEY_ID" "$LITESTREAM_SECRET_ACCESS_KEY") --silent \
        --show-error --fail --aws-sigv4 aws:amz:us-east-1:s3 --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
        --parallel --parallel-max 8 --output "$home/uploaded" --upload-file "$segment" \
        "$OBJECT_STORE_URL/$BUCKET/many/generations/$GENERATION/wal/0000000[0-7]_00000[100-499].wal.lz4" 2>"$home/log" || fail "$(tail -n 3 "$home/log")"
    object_store put "many/generations/$GENERATION/wal/00000008_00000000.wal.lz4" "$segment"
}

files_of_many() {
    local index
    for index in snapshots wal/0000000{0..8}; do files_of_store "many/generations/$GENERATION/$index"; done
}

@test "more segments than one page of S3 has: all are counted" {
    local from to
    upload_segments
    files_of_many | expect_files
    [ "$(expected length)" -eq 3203 ]
    export LITESTREAM_CONFIG=$home/litestream.yml
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "s3://$BUCKET/many"
    replica=main
    points --limit 1000 --intervals 200 --to "$(newest)"
    expect_points '(.points | length) == 1000 and .truncated and ([.intervals[].count] | add) == 3203'
    expect_points '.earliest == $earliest' --arg earliest "$(time_of "$(expected '.[-1].ms')")"
    [ "$(jq "[.points[].time | $IN_MS]" "$home/points")" = "$(expected 'map(.ms)[:1000]')" ]
    points --limit 1000 --to "$(newest)"
    [ "$(jq "[.points[].time | $IN_MS]" "$home/points")" = "$(expected 'map(.ms)[:1000]')" ]
    from=$(expected '.[2500].ms') to=$(expected '.[1200].ms')
    points --from "$(time_of "$from")" --to "$(time_of "$to")" --limit 10 --intervals 3
    expect_points '([.intervals[].count] | add) == $n' \
        --argjson n "$(expected "map(select(.ms >= $from and .ms <= $to)) | length")"
}

# A file system in memory makes and removes so many files in seconds; a disk may need minutes.
folder_for_many() {
    local free
    free=$(df --output=iavail /dev/shm 2>/dev/null | tail -n 1) || free=0
    if [[ -w /dev/shm && ${free//[^0-9]/} -gt $((2 * WEEK_OF_SEGMENTS)) ]]; then
        mktemp -d /dev/shm/replication_points.XXXXXX
    else
        mktemp -d "$home/many.XXXXXX"
    fi
}

make_segments() { # NAME COUNT
    local folder=$many/$1/generations/$GENERATION first=$((($(date +%s) - $2) * 1000 + 1))
    mkdir -p "$folder"/{snapshots,wal}
    printf x >"$folder/snapshots/00000000.snapshot.lz4"
    touch --date "@$((first / 1000 - 1))" "$folder/snapshots/00000000.snapshot.lz4"
    "$TOOLS/replication_fetch_segments" "$folder/wal" "$2" 1000 "$first" 1000
    write_litestream_config "$home/$1.yml" "$live" "file://$many/$1"
}

# The most memory that it had is in $peak, in KiB.
look() { # NAME [OPTION...]
    local begin=$SECONDS
    LITESTREAM_CONFIG=$home/$1.yml "$TOOLS/peak_memory" "$home/peak" timeout "$PROGRAM_LIMIT" \
        "$PROGRAMS/litestream-points" "${@:2}" >"$home/points"
    peak=$(<"$home/peak") took=$((SECONDS - begin))
}

@test "a week of segments takes seconds, and no more memory than a hundredth of it" {
    local few_peak options number
    require_plain_build 'the memory of a program'
    many=$(folder_for_many)
    make_segments few $FEW_SEGMENTS
    make_segments week $WEEK_OF_SEGMENTS
    for options in '--limit 100' '--intervals 200' '--limit 1000 --intervals 500'; do
        # shellcheck disable=SC2086 # several words
        look few $options
        few_peak=$peak
        # shellcheck disable=SC2086
        look week $options
        note "$options: $took s and $peak KiB, $few_peak KiB for a hundredth"
        expect_points .truncated
        number=$(jq '[.intervals[]?.count] | add // 0' "$home/points")
        [[ $options != *intervals* || $number -eq $((WEEK_OF_SEGMENTS + 1)) ]] || fail "$options: $number are counted"
        [ "$took" -le "$LOOK_LIMIT" ] || fail "$options: $took s"
        [ "$peak" -le $((few_peak + MEMORY_SLACK)) ] || fail "$options: $peak KiB, not $few_peak"
    done
}
