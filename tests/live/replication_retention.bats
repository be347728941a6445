#!/usr/bin/env bats
# The week after which a replica forgets, shortened to seconds: what is old disappears, the range says so, and what is in
# the range can be fetched all the time; with the real Litestream, an S3 server and a folder.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # jq, and what the helpers set and read, each test in a process of its own

load support
load ../replication

# Seconds: for how long the replica keeps a snapshot, how often one is made and Litestream looks for old ones, and what
# all that may take longer on a busy machine.
readonly RETENTION=8 SNAPSHOT_INTERVAL=3 CHECK_INTERVAL=1 SLACK=3
# How long it is watched while an application writes, and while nobody does.
readonly WRITING_SECONDS=24 IDLE_SECONDS=14
readonly WRITER_PERIOD=100 SYNC_INTERVAL=500 MONITOR_INTERVAL=100
export SEED=${SEED:-$RANDOM}

setup() {
    local options="sync-interval: ${SYNC_INTERVAL}ms, snapshot-interval: ${SNAPSHOT_INTERVAL}s, retention: ${RETENTION}s, retention-check-interval: ${CHECK_INTERVAL}s"
    require_litestream
    prepare
    RANDOM=$SEED
    start_object_store
    live=$home/data/moments.db
    export DATABASE_PATH=$live LITESTREAM_CONFIG=$home/litestream.yml LITESTREAM_BIN
    LITESTREAM_BIN=$(litestream_program)
    cat >"$LITESTREAM_CONFIG" <<END
addr: 127.0.0.1:$(free_port)
dbs:
  - path: $live
    checkpoint-interval: 1s
    monitor-interval: ${MONITOR_INTERVAL}ms
    replicas:
      - {name: store, url: "s3://$BUCKET/weeks", endpoint: "$OBJECT_STORE_URL", region: us-east-1,
         force-path-style: true, $options}
      - {name: folder, path: "$home/replica", $options}
END
}

teardown() {
    end_replication
    clean_up
}

now_ms() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

time_of() { # MILLISECONDS
    date --utc --date "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" +%FT%T.%3NZ
}

ms_of() { # TIME
    date --date "$1" +%s%3N
}

files_of() { # store|folder
    case $1 in
        store) object_store list weeks | sed 's#^weeks/##' ;;
        folder) (cd "$home/replica" && find . -name '*.lz4' -printf '%P\n') ;;
    esac | LC_ALL=C sort
}

# Sets $earliest and $latest, in milliseconds.
look() { # store|folder
    local answer
    answer=$(program litestream-points --replica "$1" --limit 1) || fail "no points of $1"
    earliest=$(ms_of "$(jq -er .earliest <<<"$answer")") latest=$(ms_of "$(jq -er .latest <<<"$answer")")
}

has_points() { # store|folder
    program litestream-points --replica "$1" 2>"$home/complaint" | jq --slurp -e '.[0].earliest' >"$home/answer"
}

# fetch REPLICA MOMENT: the newest row of what was fetched is in $newest; it is one state of the live database.
fetch() {
    local name rows
    name=$(program litestream-fetch "$2" --replica "$1" 2>"$home/complaint" | jq -er .filename) ||
        fail "SEED=$SEED: at $(time_of "$(now_ms)"), $2 cannot be fetched from $1: $(cat "$home/complaint")"
    IFS='|' read -r newest rows < <(sqlite3 -readonly "$BACKUP_DIR/$name" "SELECT max(ms), count(*) FROM moment")
    [ "$rows" -eq "$(sqlite3 -readonly "$live" "SELECT count(*) FROM moment WHERE ms <= $newest")" ] ||
        fail "SEED=$SEED: $2 from $1 has $rows rows up to $newest"
}

assert_out_of_range() { # REPLICA MOMENT
    local status=0 before complaint
    before=$(list | jq length)
    complaint=$(program litestream-fetch "$2" --replica "$1" 2>&1 >"$home/answer") || status=$?
    [ "$status" -eq 65 ] || fail "$2 from $1: status $status: $complaint $(cat "$home/answer")"
    [[ $complaint == *"ask for a time from 2"* ]] || fail "$2 from $1: $complaint"
    [ "$(list | jq length)" -eq "$before" ]
    assert_no_litter
}

# One look at a replica, and one moment that it must have. What is older than the retention is gone soon; of a moment
# younger than that by the time between two snapshots, the snapshot is there.
watch() { # store|folder
    local moment youngest=$((RETENTION - SNAPSHOT_INTERVAL)) age
    look "$1"
    age=$(($(now_ms) - earliest))
    [ "$earliest" -ge "${earliest_of[$1]:-0}" ] || fail "$1: the earliest moment went back to $(time_of "$earliest")"
    earliest_of[$1]=$earliest
    [ "$age" -le $(((RETENTION + CHECK_INTERVAL + SLACK) * 1000)) ] || fail "$1 reaches back for $age ms"
    ((age >= oldest_ms)) && oldest_ms=$age
    ((age <= shortest_ms && $(now_ms) - begin > RETENTION * 1000)) && shortest_ms=$age
    moment=$(($(now_ms) - RANDOM * (youngest * 1000 - 500) / 32768))
    ((moment >= earliest)) || return 0
    fetch "$1" "$(time_of "$moment")"
    [ "$newest" -le "$moment" ] || fail "SEED=$SEED: $moment has a row of $newest"
    [ "$newest" -ge $((moment - SYNC_INTERVAL - MONITOR_INTERVAL - WRITER_PERIOD - SLACK * 1000)) ] ||
        fail "SEED=$SEED: $moment has no row after $newest"
}

@test "with a retention of $RETENTION s: snapshots and segments disappear, the range moves on, and all in it is there" {
    local -A earliest_of first_of first_files
    local begin replica number_of_looks=0 oldest_ms=0 shortest_ms=999999
    start replication_fetch_writer "$live" "$home/writer" $WRITER_PERIOD 1000
    await counter_is_over commits "$home/writer" 0
    start_litestream "$LITESTREAM_CONFIG"
    begin=$(now_ms)
    for replica in store folder; do
        wait_until has_points $replica
        look $replica
        first_of[$replica]=$earliest
        first_files[$replica]=$(files_of $replica)
        [[ ${first_files[$replica]} == *.snapshot.lz4* ]]
    done
    while (($(now_ms) - begin < WRITING_SECONDS * 1000)); do
        for replica in store folder; do watch $replica; done
        number_of_looks=$((number_of_looks + 1))
    done
    note "looked $number_of_looks times: the range was $oldest_ms ms at most and then $shortest_ms ms at least, SEED=$SEED"
    [ "$number_of_looks" -ge 10 ]
    for replica in store folder; do
        [ "${earliest_of[$replica]}" -gt "$((first_of[$replica] + RETENTION * 1000))" ]
        assert_out_of_range $replica "$(time_of "${first_of[$replica]}")"
        assert_out_of_range $replica "$(time_of $((earliest_of[$replica] - 1)))"
        [ -z "$(comm -12 <(echo "${first_files[$replica]}") <(files_of $replica))" ] || fail "$replica still has its first files"
    done

    # Nobody writes any more: the last state stays, whatever Litestream does to its snapshots.
    stop
    begin=$(now_ms)
    number_of_looks=0
    sleep 1
    while (($(now_ms) - begin < IDLE_SECONDS * 1000)); do
        for replica in store folder; do
            look $replica
            [ "$earliest" -ge "${earliest_of[$replica]}" ]
            earliest_of[$replica]=$earliest
            fetch $replica latest
            [ "$newest" -eq "$(counter sequence "$home/writer")" ] || fail "$replica: the latest ends at $newest"
        done
        number_of_looks=$((number_of_looks + 1))
    done
    for replica in store folder; do
        [ "${earliest_of[$replica]}" -gt "$begin" ] || fail "$replica: the range has not moved on while nobody wrote"
        assert_out_of_range $replica "$(time_of "$begin")"
    done
    note "fetched the latest $number_of_looks times from each while nobody wrote"
    [ -z "$(litestream_errors)" ] || fail "$(litestream_errors)"
}
