#!/usr/bin/env bats
# Any moment comes back from the replica, to the millisecond, or the answer says that it cannot: with the real
# Litestream, an S3 server and a folder.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # jq, and what the helpers set and read, each test in a process of its own

load ../http/helper
load support
load mounts
load ../replication

# How many moments are tried, how often each kind of damage is done in the store and in the folder, and how many fetches
# are killed; the seed of their choice can be given, to see a failure again.
readonly MOMENTS=20 ROUNDS_IN_STORE=1 ROUNDS_IN_FOLDER=2 KILLS=10
export SEED=${SEED:-$RANDOM}
# Milliseconds: how often the application writes, Litestream looks at the database (its default) and it uploads, and what
# all that may take longer on a busy machine.
readonly WRITER_PERIOD=100 MONITOR_INTERVAL=1000 SYNC_INTERVAL=1000 SLACK=400
readonly RECORDED_SECONDS=30 NOTE_BYTES=3000
# Seconds after which a fetch gives up a store that says nothing, and within which it sees one that is not there.
readonly STALL_LIMIT=30 REFUSAL_LIMIT=5

# ---- One recording, which all tests read -------------------------------------------------------------------------

# Both replicas of one database, in several WAL files and with several snapshots.
write_recording_config() { # FILE DATABASE FOLDER
    local options='sync-interval: 1s, snapshot-interval: 10s'
    cat >"$1" <<END
addr: 127.0.0.1:$(free_port)
dbs:
  - path: $2
    checkpoint-interval: 4s
    replicas:
      - {name: store, url: "s3://$BUCKET/recording", endpoint: "$OBJECT_STORE_URL", region: us-east-1,
         force-path-style: true, $options}
      - {name: folder, path: "$3", $options}
END
}

record() {
    start replication_fetch_writer "$live" "$home/writer" $WRITER_PERIOD $NOTE_BYTES
    await counter_is_over commits "$home/writer" 0
    start_litestream "$LITESTREAM_CONFIG"
    sleep $RECORDED_SECONDS
    stop
    wait_until both_replicas_have_everything
    # What it may complain of at its end is not what is tested here.
    stop_litestream || litestream_errors >&2
}

both_replicas_have_everything() {
    DATABASE_PATH=$live "$PROGRAMS/litestream-status" --json |
        jq --exit-status '.replicas | length == 2 and all(.status == "active" and .lag_bytes == 0)' >/dev/null
}

setup_file() {
    started=() home=$BATS_FILE_TMPDIR live=$BATS_FILE_TMPDIR/data/moments.db
    start_object_store
    mkdir "$home/data"
    export LITESTREAM_CONFIG=$home/litestream.yml RECORDED_FOLDER=$home/replica
    write_recording_config "$LITESTREAM_CONFIG" "$live" "$RECORDED_FOLDER"
    [[ -n ${OBJECT_STORE_MISSING:-} ]] || ! litestream_program >/dev/null || record
}

teardown_file() {
    end_replication
}

setup() {
    require_object_store
    require_litestream
    RANDOM=$SEED
    prepare
    live=$BATS_FILE_TMPDIR/data/moments.db
    export DATABASE_PATH=$live LITESTREAM_BIN BACKUP_KEEP_LITESTREAM=1000
    LITESTREAM_BIN=$(litestream_program)
}

teardown() {
    object_store resume
    object_store start
    kill_litestream
    [[ -z ${SITE:-} ]] || stop_site
    clean_up
}

# ---- Times -------------------------------------------------------------------------------------------------------

now_ms() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

# As the programs write it, or with another format, such as %FT%T.%3N.
time_of() { # MILLISECONDS [FORMAT]
    date --utc --date "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" "+${2:-%FT%T.%3NZ}"
}

ms_of() { # TIME
    date --date "$1" +%s%3N
}

# The index of something chosen at random, in $chosen.
choose() { # COUNT
    chosen=$(((RANDOM * 32768 + RANDOM) % $1))
}

# ---- Fetching ----------------------------------------------------------------------------------------------------

# fetch MOMENT [OPTION...]: the answer is in $answer, the backup's path in $fetched, its newest row's time in $newest and
# the number of its rows in $rows. $replica says from where.
fetch() {
    answer=$(program litestream-fetch "$@" --replica "$replica") || fail "$1 cannot be fetched from $replica"
    fetched=$BACKUP_DIR/$(jq -er .filename <<<"$answer")
    IFS='|' read -r newest rows < <(sqlite3 -readonly "$fetched" "SELECT ifnull(max(ms), 0), count(*) FROM moment")
}

# What was fetched is the live database as it was after one of its transactions.
assert_is_one_state() {
    [ "$rows" -eq "$(sqlite3 -readonly "$live" "SELECT count(*) FROM moment WHERE ms <= $newest")" ] ||
        fail "$(jq -c . <<<"$answer") has $rows rows up to $newest"
}

number_of_backups() {
    list | jq length
}

# Refuses with the exit status for a moment that is not there, in a sentence with these words, and publishes nothing.
assert_refused() { # WORDS MOMENT
    local status=0 complaint before
    before=$(number_of_backups)
    complaint=$(program litestream-fetch "$2" --replica "$replica" 2>&1 >"$home/answer") || status=$?
    [ "$status" -eq 65 ] || fail "$replica: $2: status $status: $complaint $(cat "$home/answer")"
    [[ $complaint == *"$1"*. ]] || fail "$replica: not a sentence with '$1': $complaint"
    assert_nothing_published "$before"
}

assert_nothing_published() { # NUMBER OF BACKUPS BEFORE
    [ "$(number_of_backups)" -eq "$1" ] || fail "something was published"
    assert_no_litter
}

# The status of the same over HTTP, in $code, and its body in the file $body; by CGI.
ask_for() { # JSON
    body=$home/body
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/api/backups/litestream/fetch \
        QUERY_STRING="replica=$replica" CONTENT_TYPE=application/json CONTENT_LENGTH=${#1} timeout "$PROGRAM_LIMIT" "$PROGRAMS/litestream-fetch" \
        <<<"$1" 2>"$home/log" | tr -d '\r' >"$home/cgi"
    sed '1,/^$/d' "$home/cgi" >"$body"
    code=$(sed -n 's/^Status: \([0-9]*\) .*/\1/p;/^$/q' "$home/cgi")
}

points() {
    program litestream-points --replica "$replica" --limit 1000
}

has_points() {
    points 2>"$home/complaint" | jq -e --slurp '.[0].earliest' >"$home/answer"
}

# ---- What is in a replica ----------------------------------------------------------------------------------------

# A line for each file, in the order of its history: INDEX OFFSET snapshot|wal KEY TIME SIZE.
in_order() {
    sed -nE -e 's#^(.*/)([0-9a-f]{8})_([0-9a-f]{8})(\.wal\.lz4) #\2 \3 wal \1\2_\3\4 #p' \
        -e 's#^(.*/)([0-9a-f]{8})(\.snapshot\.lz4) #\2 00000000 snapshot \1\2\3 #p' | LC_ALL=C sort
}

files_of_folder() { # FOLDER
    find "$1" -name '*.lz4' -printf '%P @%T@ %s\n' | in_order
}

files_of_store() { # PREFIX
    object_store ask GET "/$BUCKET?list-type=2&prefix=$1%2F" --fail | sed 's/<Contents>/\n/g' |
        sed -nE "s#^<Key>$1/([^<]*)</Key><LastModified>([^<]*)<.*<Size>([0-9]*)<.*#\1 \2 \3#p" | in_order
}

files_of() { # store|folder PREFIX or FOLDER
    "files_of_$1" "$2"
}

recorded() { # store|folder
    case $1 in store) files_of store recording ;; folder) files_of folder "$RECORDED_FOLDER" ;; esac
}

@test "the recording is of one generation, with several snapshots, WAL files and segments in each" {
    local place files
    for place in store folder; do
        files=$(recorded $place)
        echo "$files"
        [ "$(cut -d ' ' -f 4 <<<"$files" | cut -d / -f 2 | uniq | wc -l)" -eq 1 ]
        [ "$(grep -c snapshot <<<"$files")" -ge 2 ]
        [ "$(cut -d ' ' -f 1 <<<"$files" | sort -u | wc -l)" -ge 4 ]
        [ "$(grep -c wal <<<"$files")" -ge $((RECORDED_SECONDS / 2)) ]
    done
}

# ---- Any moment --------------------------------------------------------------------------------------------------

moments_of_replica() {
    local first last moment worst=0 limit=$((SYNC_INTERVAL + MONITOR_INTERVAL + WRITER_PERIOD + SLACK))
    first=$(ms_of "$(points | jq -r .earliest)")
    last=$(counter sequence "$BATS_FILE_TMPDIR/writer")
    for ((i = 0; i < MOMENTS; i++)); do
        choose $((last - first))
        moment=$((first + chosen))
        fetch "$(time_of "$moment")"
        assert_is_one_state
        [ "$newest" -le "$moment" ] || fail "SEED=$SEED: $moment has a row of $newest"
        ((moment - newest <= worst)) || worst=$((moment - newest))
    done
    note "$replica: at most $worst ms older than the moment, SEED=$SEED"
    [ "$worst" -le "$limit" ] || fail "SEED=$SEED: $worst ms older"
}

@test "$MOMENTS random moments: nothing newer, and nothing missing but what Litestream had yet to upload" {
    for replica in store folder; do moments_of_replica; done
}

# The moment of a segment has what is in it; a millisecond earlier, it is as if it were not there. The newest of what came
# before may be a snapshot, which is passed over where the segments of its WAL file all came later.
edges_of_replica() {
    local all moment previous before differ=0
    mapfile -t all < <(points | jq -r '.points[] | select(.kind == "wal") | .time')
    for ((i = 0; i < 6; i++)); do
        choose $((${#all[@]} - 1))
        moment=$(ms_of "${all[chosen]}") previous=$(points | jq -c --arg time "${all[chosen]}" \
            '.points | map(select(.time < $time)) | [.[0].time, (map(select(.kind == "wal")) | .[0].time)]')
        fetch "$(time_of $((moment - 1)))"
        assert_is_one_state
        jq -e --argjson previous "$previous" '.point as $point | $previous | index($point)' <<<"$answer" >/dev/null ||
            fail "SEED=$SEED: before ${all[chosen]}, not one of $previous: $answer"
        before=$newest
        fetch "${all[chosen]}"
        assert_is_one_state
        [ "$(jq -r .point <<<"$answer")" = "${all[chosen]}" ] || fail "SEED=$SEED: at ${all[chosen]}: $answer"
        [ "$newest" -ge "$before" ]
        ((newest == before)) || differ=$((differ + 1))
    done
    [ "$differ" -ge 1 ] || fail "SEED=$SEED: only $differ of 6 segments change anything"
}

@test "a millisecond decides: the moment of a segment has it, the millisecond before has not" {
    for replica in store folder; do edges_of_replica; done
}

@test "a moment can be written with any offset and any fraction" {
    local moment expected written
    replica=folder
    moment=$(ms_of "$(points | jq -r '.points[5].time')")
    fetch "$(time_of "$moment")"
    expected=$(jq '{moment, point}' <<<"$answer")
    for written in "$(time_of $((moment + 3600000)) %FT%T.%3N)+01:00" "$(time_of $((moment - 19800000)) %FT%T.%3N)-05:30" \
        "$(time_of "$moment" %FT%T.%3N000000z)" "$(time_of "$moment" %Ft%T.%3N999Z)"; do
        fetch "$written"
        [ "$(jq '{moment, point}' <<<"$answer")" = "$expected" ] || fail "$written: $answer"
    done
    # Half a second is five tenths, and none is the second's begin.
    fetch "$(time_of $((moment / 1000 * 1000 + 500)) %FT%T).5Z"
    [ "$(jq -r .moment <<<"$answer")" = "$(time_of $((moment / 1000 * 1000 + 500)))" ]
    fetch "$(time_of $((moment / 1000 * 1000)) %FT%TZ)"
    [ "$(jq -r .moment <<<"$answer")" = "$(time_of $((moment / 1000 * 1000)))" ]
    [ "$newest" -le $((moment / 1000 * 1000)) ]
}

@test "latest, no time, a time after the last upload and one in the future are all the latest" {
    local moment expected
    expected=$(content "$live")
    for replica in store folder; do
        for moment in latest '' "$(time_of "$(now_ms)")" 2199-12-31T23:59:59Z "$(points | jq -r .latest)"; do
            # shellcheck disable=SC2086 # none is no argument
            fetch $moment
            [ "$(content "$fetched")" = "$expected" ] || fail "$replica: '$moment' is not the latest"
            [ "$(jq -r .point <<<"$answer")" = "$(points | jq -r .latest)" ] || fail "$answer"
        done
    done
}

@test "before the earliest: refused with the range, 422; the earliest itself is there" {
    local earliest latest moment
    for replica in store folder; do
        earliest=$(points | jq -r .earliest) latest=$(points | jq -r .latest)
        for moment in "$(time_of $(($(ms_of "$earliest") - 1)))" 2020-02-29T12:00:00Z 1970-01-01T00:00:00.001Z; do
            assert_refused "ask for a time from $earliest to $latest" "$moment"
            ask_for "{\"timestamp\":\"$moment\"}"
            [ "$code" -eq 422 ] || fail "$code: $(cat "$body")"
            expect_json ".status == 422 and (.detail | contains(\"from $earliest to $latest\"))"
            assert_nothing_published "$(number_of_backups)"
        done
        fetch "$earliest"
        assert_is_one_state
    done
}

@test "what is not a time is refused: 64, 400" {
    local written status replica=folder
    for written in yesterday 2026-02-30T12:00:00Z 2026-01-06 2026-01-06T14:30:00 '2026-01-06 14:30:00Z' \
        2026-01-06T14:30:00+1 2026-01-06T14:30:00.Z 2026-01-06T24:30:00Z LATEST ' latest' "'" 1767709800; do
        status=0
        program litestream-fetch -- "$written" >"$home/answer" 2>&1 || status=$?
        [ "$status" -eq 64 ] || fail "$written: $status: $(cat "$home/answer")"
        ask_for "$(jq --null-input --arg written "$written" '{timestamp: $written}' -c)"
        [ "$code" -eq 400 ] || fail "$written: $code: $(cat "$body")"
    done
    ask_for '{"timestamp":1767709800}'
    [ "$code" -eq 400 ]
    assert_nothing_published 0
}

# ---- Damage ------------------------------------------------------------------------------------------------------

# What one snapshot and the segments after it can give back, chosen at random, and all that came before: copied to
# another place, where things can be broken. The lines of all that is in $all, those of the chain in $chain, the first of
# them the snapshot.
copy_a_chain() {
    local snapshots
    export LITESTREAM_CONFIG=$home/copy.yml
    copies=$((${copies:-0} + 1))
    recorded "$replica" >"$home/recorded"
    mapfile -t snapshots < <(grep ' snapshot ' "$home/recorded")
    choose ${#snapshots[@]}
    number_of_chain=$chosen
    until_snapshot "${snapshots[chosen + 1]:-}" <"$home/recorded" >"$home/kept"
    "copy_to_$replica"
    mapfile -t all < <(files_of "$replica" "$place")
    mapfile -t chain < <(printf '%s\n' "${all[@]}" | since_snapshot "${snapshots[chosen]}")
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "$url"
    sed -i "s/name: main/name: $replica/" "$LITESTREAM_CONFIG"
    earliest=$(ms_of "$(points | jq -r .earliest)")
    # The last snapshot may have been taken just before the end.
    ((${#chain[@]} >= 8)) || copy_a_chain
}

# A snapshot is taken of its WAL file's begin: what comes before in the history ends there.
until_snapshot() { # LINE
    if [[ -z $1 ]]; then cat; else awk -v end="${1%% *}" '$1 >= end { exit } { print }'; fi
}

since_snapshot() { # LINE
    awk -v begin="${1%% *}" '$1 >= begin'
}

copy_to_folder() {
    local key
    place=$home/copy-$copies url=file://$home/copy-$copies
    while read -r _ _ _ key _; do
        mkdir -p "$place/${key%/*}"
        cp --preserve=timestamps "$RECORDED_FOLDER/$key" "$place/$key"
    done <"$home/kept"
}

# One after the other: what comes later in the history is younger in the copy, too.
copy_to_store() {
    place=$BATS_TEST_NUMBER-copy-$copies url=s3://$BUCKET/$BATS_TEST_NUMBER-copy-$copies
    head -n 1 "$home/kept" | copy_objects
    tail -n +2 "$home/kept" | copy_objects
}

copy_objects() {
    local key
    while read -r _ _ _ key _; do
        printf '%s\n' next silent show-error fail 'request = PUT' 'aws-sigv4 = "aws:amz:us-east-1:s3"' \
            'header = "Connection: close"' "user = \"$LITESTREAM_ACCESS_KEY_ID:$LITESTREAM_SECRET_ACCESS_KEY\"" "output = $home/copied" \
            'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"' "header = \"x-amz-copy-source: /$BUCKET/recording/$key\"" \
            "url = $OBJECT_STORE_URL/$BUCKET/$place/$key"
    done | tail -n +2 | curl --config -
}

get_file() { # KEY
    case $replica in store) object_store get "$place/$1" ;; folder) cat "$place/$1" ;; esac
}

put_file() { # KEY FILE
    case $replica in store) object_store put "$place/$1" "$2" ;; folder) cp "$2" "$place/$1" ;; esac
}

delete_files() { # KEY...
    local key
    for key in "$@"; do
        case $replica in store) object_store delete "$place/$key" ;; folder) rm "$place/$key" ;; esac
    done
}

field() { # NUMBER LINE
    cut -d ' ' -f "$1" <<<"$2"
}

# Chooses one of the chain's segments for which a condition holds, which gets its place; it is in $victim.
choose_segment() { # CONDITION...
    local at candidates=()
    for ((at = 1; at < ${#chain[@]}; at++)); do
        ! "$@" "$at" || candidates+=("$at")
    done
    ((${#candidates[@]} > 0)) || return 1
    choose ${#candidates[@]}
    at_victim=${candidates[chosen]} victim=${chain[candidates[chosen]]}
}

is_any() { :; }

next_is_in_same_file() {
    [[ -n ${chain[$1 + 1]:-} && ${chain[$1]%% *} == "${chain[$1 + 1]%% *}" ]]
}

is_in_the_middle() {
    [[ $(field 2 "${chain[$1]}") != 00000000 ]] && next_is_in_same_file "$1"
}

begins_a_file() {
    [[ $(field 2 "${chain[$1]}") == 00000000 ]] && next_is_in_same_file "$1"
}

is_of_an_earlier_file() {
    [[ $(field 2 "${chain[$1]}") == 00000000 && ${chain[$1]%% *} != "${chain[-1]%% *}" ]]
}

length_of() { # PLACE OF A SEGMENT WHOSE NEXT ONE IS IN THE SAME FILE
    echo $((16#$(field 2 "${chain[$1 + 1]}") - 16#$(field 2 "${chain[$1]}")))
}

# Another segment of the same unpacked length, or of another one, is in $other.
find_other() { # is|differs
    local at
    other=
    for ((at = 1; at < ${#chain[@]}; at++)); do
        if ((at != at_victim)) && next_is_in_same_file "$at"; then
            case $1/$(($(length_of "$at") == $(length_of "$at_victim"))) in
                is/1 | differs/0) other=${chain[at]} && return ;;
            esac
        fi
    done
    return 1
}

has_its_like() {
    at_victim=$1
    is_in_the_middle "$1" && find_other is
}

truncate_file() { # LINE
    get_file "$(field 4 "$1")" >"$home/piece"
    choose "$(stat -c %s "$home/piece")"
    truncate -s "$chosen" "$home/piece"
    put_file "$(field 4 "$1")" "$home/piece"
}

# Any of its bytes, to any other value.
flip_byte() { # LINE
    local size old new
    get_file "$(field 4 "$1")" >"$home/piece"
    size=$(stat -c %s "$home/piece")
    choose "$size"
    old=$(od -An -tu1 -j "$chosen" -N 1 "$home/piece")
    new=$(((old + 1 + RANDOM % 255) % 256))
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $new)" | dd of="$home/piece" bs=1 seek="$chosen" conv=notrunc status=none
    put_file "$(field 4 "$1")" "$home/piece"
    damage+=" byte $chosen of $size: $old to $new"
}

replace_by() { # LINE OTHER LINE
    get_file "$(field 4 "$2")" >"$home/piece"
    put_file "$(field 4 "$1")" "$home/piece"
}

# Does it, and leaves the first line that is affected in $victim.
do_damage() { # KIND
    local lost
    case $1 in
        segment-deleted) choose_segment is_in_the_middle && delete_files "$(field 4 "$victim")" ;;
        first-segment-deleted) choose_segment begins_a_file && delete_files "$(field 4 "$victim")" ;;
        wal-file-deleted)
            choose_segment is_of_an_earlier_file
            mapfile -t lost < <(printf '%s\n' "${chain[@]}" | awk -v index_="${victim%% *}" '$1 == index_ && $3 == "wal" { print $4 }')
            delete_files "${lost[@]}"
            ;;
        segment-truncated) choose_segment is_any && truncate_file "$victim" ;;
        segment-flipped) choose_segment is_any && flip_byte "$victim" ;;
        segment-replaced) choose_segment is_in_the_middle && find_other differs && replace_by "$victim" "$other" ;;
        segment-replaced-by-its-like) choose_segment has_its_like && has_its_like "$at_victim" && replace_by "$victim" "$other" ;;
        snapshot-truncated) victim=${chain[0]} && truncate_file "$victim" ;;
        snapshot-flipped) victim=${chain[0]} && flip_byte "$victim" ;;
    esac
}

damaged_at_random() { # KIND
    local before earliest round rounds damage all chain
    for replica in store folder; do
        rounds=ROUNDS_IN_${replica^^}
        for ((round = 0; round < ${!rounds}; round++)); do
            copy_a_chain
            damage="SEED=$SEED $replica $1"
            do_damage "$1" || fail "$damage: nothing to break in ${chain[*]}"
            damage+=" ${victim% * *}"
            echo "$damage"
            assert_refused "cannot be restored" latest
            find_moment_before "$1"
            if ((before >= earliest)); then
                fetch "$(time_of "$before")"
                assert_is_one_state
            fi
            assert_gap_is_seen "$1"
        done
    done
}

# A millisecond before what is damaged, in $before. When something is deleted nothing tells how old it was, but that it was
# younger than the segment before it.
find_moment_before() { # KIND
    local line last=$victim
    if [[ $1 == *-deleted ]]; then
        last=${all[0]}
        for line in "${all[@]}"; do
            [[ $line < $victim ]] || break
            [[ $line != *' wal '* ]] || last=$line
        done
    fi
    before=$(($(ms_of "$(field 5 "$last")") - 1))
}

# The segment before the first one that is younger than the moment: that one tells where it ended.
assert_gap_is_seen() { # KIND
    local next
    [[ $1 == segment-deleted ]] || return 0
    next=$(ms_of "$(field 5 "${chain[at_victim + 1]}")")
    assert_refused "cannot be restored" "$(time_of $((next - 1)))"
}

@test "a deleted segment, anywhere: the moment cannot be restored, what was before it can" {
    damaged_at_random segment-deleted
}

@test "the first segment of a WAL file deleted: likewise" {
    damaged_at_random first-segment-deleted
}

@test "a whole WAL file deleted: likewise" {
    damaged_at_random wal-file-deleted
}

@test "a segment truncated anywhere: likewise" {
    damaged_at_random segment-truncated
}

@test "any byte of a segment changed: likewise" {
    damaged_at_random segment-flipped
}

@test "a segment replaced by another: likewise" {
    damaged_at_random segment-replaced
}

@test "a segment replaced by another one of the same length: likewise" {
    damaged_at_random segment-replaced-by-its-like
}

@test "a snapshot truncated anywhere: likewise" {
    damaged_at_random snapshot-truncated
}

@test "any byte of a snapshot changed: likewise" {
    damaged_at_random snapshot-flipped
}

@test "a deleted snapshot: the one before it gives the same, and without any there is nothing" {
    local expected
    for replica in store folder; do
        copy_a_chain
        fetch latest
        expected=$(content "$fetched")
        delete_files "$(field 4 "${chain[0]}")"
        if ((number_of_chain > 0)); then
            fetch latest
            [ "$(content "$fetched")" = "$expected" ] || fail "SEED=$SEED $replica: another database"
            mapfile -t chain < <(files_of "$replica" "$place" | grep ' snapshot ' | cut -d ' ' -f 4)
            delete_files "${chain[@]}"
        fi
        assert_refused "Nothing can be restored" latest
    done
}

# ---- The backup --------------------------------------------------------------------------------------------------

@test "what was fetched is a backup like any other: one file, checked, with its moment in the label" {
    local moment name
    replica=folder
    moment=$(points | jq -r '.points[4].time')
    fetch "$moment"
    name=$(basename "$fetched")
    [[ $name =~ ^litestream_[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}\.db$ ]]
    jq -e --arg moment "$moment" --arg text "as of ${moment:0:10} ${moment:11:12} UTC, from the replica folder" \
        '.kind == "litestream" and .label == $text and .moment == $moment and .point == $moment and .pinned == false
         and .database == "moments" and (.verified | length == 20) and .created > $moment' <<<"$answer"
    jq -e --argjson answer "$answer" '.[0] == ($answer | del(.moment, .point))' <<<"$(list)"
    [ "$(jq -r .sha256 <<<"$answer")" = "$(sha256sum <"$fetched" | cut -d ' ' -f 1)" ]
    [ "$(jq -r .size <<<"$answer")" -eq "$(stat -c %s "$fetched")" ]
    [ "$(find "$BACKUP_DIR" -maxdepth 1 -name "$name*" -printf '%f ')" = "$name $name.json " ] ||
        [ "$(find "$BACKUP_DIR" -maxdepth 1 -name "$name*" -printf '%f ')" = "$name.json $name " ]
    is_in_rollback_mode "$fetched"
    program backup-verify "$name" | jq -e '.status == "ok"'
    fetch latest
    jq -e '.moment == null and .point != null and (.label | startswith("as of 2"))' <<<"$answer"
}

@test "of those that were fetched, the newest 3 stay, and pinned ones" {
    local names=()
    unset BACKUP_KEEP_LITESTREAM
    replica=folder
    for ((i = 0; i < 6; i++)); do
        fetch latest
        names+=("$(basename "$fetched")")
        ((i != 1)) || program backup-update "${names[1]}" --pinned >"$home/answer"
    done
    [ "$(list | jq -r '.[].filename' | sort)" = "$(printf '%s\n' "${names[@]:3}" "${names[1]}" | sort)" ] ||
        fail "$(list)"
}

@test "while Litestream runs and an application writes, what was answered by the status is there" {
    local begin
    live=$home/data/busy.db replica=main
    export DATABASE_PATH=$live LITESTREAM_CONFIG=$home/litestream.yml
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "s3://$BUCKET/busy" 'sync-interval: 200ms' \
        'database.monitor-interval: 100ms'
    start replication_fetch_writer "$live" "$home/writer" 10 200
    await counter_is_over commits "$home/writer" 0
    start_litestream "$LITESTREAM_CONFIG"
    wait_until has_points
    for ((i = 0; i < 8; i++)); do
        begin=$(now_ms)
        fetch latest
        assert_is_one_state
        [ "$newest" -gt $((begin - 300 - SLACK - WRITER_PERIOD)) ] || fail "$((begin - newest)) ms older"
    done
    [ -z "$(litestream_errors)" ]
    stop
}

@test "without the live database it works as well" {
    local expected
    expected=$(content "$live")
    mv "$live" "$live.gone"
    for replica in store folder; do fetch latest; done
    mv "$live.gone" "$live"
    [ "$(content "$fetched")" = "$expected" ]
}

@test "several at once: each is there, and the same" {
    local pids=() pid expected name
    expected=$(content "$live")
    for replica in store folder store folder store; do
        program litestream-fetch latest --replica "$replica" >"$home/answer-${#pids[@]}" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || fail "one has failed"; done
    [ "$(number_of_backups)" -eq 5 ]
    for name in $(jq -r .filename "$home"/answer-*); do
        [ "$(content "$BACKUP_DIR/$name")" = "$expected" ]
    done
    assert_no_litter
}

# ---- Interrupted -------------------------------------------------------------------------------------------------

# What a killed fetch had started itself, by the folder that it writes to.
no_litestream_restores() {
    ! grep --quiet --text --no-messages --fixed-strings "$BACKUP_DIR" /proc/[0-9]*/cmdline
}

@test "killed at any moment, nothing is listed that is not whole, and the next one clears it away" {
    local begin duration_ms pid status killed=0 spared=0 expected
    expected=$(content "$live")
    begin=$(now_ms)
    replica=store fetch latest
    duration_ms=$(($(now_ms) - begin))
    while ((killed < KILLS)); do
        choose "$duration_ms"
        "$PROGRAMS/litestream-fetch" latest --replica store >"$home/answer" 2>&1 3>&- &
        pid=$!
        sleep "$(printf '%d.%03d' $((chosen / 1000)) $((chosen % 1000)))"
        kill -KILL "$pid" 2>/dev/null || true
        status=0
        wait "$pid" 2>/dev/null || status=$?
        case $status in
            137) killed=$((killed + 1)) ;;
            0) spared=$((spared + 1)) && duration_ms=$chosen ;;
            *) fail "status $status: $(cat "$home/answer")" ;;
        esac
        ((spared < 3 * KILLS)) || fail "SEED=$SEED: they end before they can be killed"
    done
    note "$killed fetches were killed, $spared had ended, SEED=$SEED"
    for name in $(list | jq -r '.[].filename'); do
        [ "$(content "$BACKUP_DIR/$name")" = "$expected" ] || fail "SEED=$SEED: $name is listed"
    done
    wait_until no_litestream_restores
    replica=store fetch latest
    assert_no_litter
}

# ---- Over HTTP ---------------------------------------------------------------------------------------------------

@test "through nginx: 201 with its address, progress as events with exactly one end, 422 for what is not there" {
    local path='/api/backups/litestream/fetch?replica=store' events=$home/events phases
    start_site
    ask_json POST "$path" '{}'
    expect_code 201
    expect_header Location "/api/backups/$(json .filename)"
    expect_json '.kind == "litestream"'
    ask GET "/api/backups/$(json .filename)"
    expect_code 200
    [ "$(content "$body")" = "$(content "$live")" ]

    ask_json POST "$path" '{"timestamp":"latest"}' --header 'Accept: text/event-stream'
    expect_code 200
    expect_header Content-Type text/event-stream
    cp "$body" "$events"
    [ "$(sed -n 's/^event: //p' "$events" | grep -vx progress)" = "done" ] || fail "$(cat "$events")"
    phases=$(sed -n 's/^data: //p' "$events" | jq -r 'select(.phase) | .phase' | uniq | tr '\n' ' ')
    [[ $phases =~ ^listing\ downloading\ (checking\ )?restoring\ checking\ writing\ $ ]] || fail "$(cat "$events")"
    sed -n 's/^data: //p' "$events" | jq -e --slurp 'map(select(.phase == "downloading")) |
        .[-1].done == .[-1].total and all(.[]; .done <= .total)' || fail "$(cat "$events")"
    sed -n 's/^data: //p' "$events" | tail -n 1 | jq -e '.kind == "litestream"'

    ask_json POST "$path" '{"timestamp":"2020-01-01T00:00:00Z"}'
    expect_code 422
    expect_header Content-Type application/problem+json
    expect_json '.status == 422 and (.detail | test("ask for a time from 2.* to 2"))'
    ask_json POST "$path" '{"timestamp":"2020-01-01T00:00:00Z"}' --header 'Accept: text/event-stream'
    [ "$(sed -n 's/^event: //p' "$body" | grep -vx progress)" = error ] || fail "$(cat "$body")"
    sed -n 's/^data: //p' "$body" | tail -n 1 | jq -e '.status == 422'
    ask_json POST "$path" '{"timestamp":"noon"}'
    expect_problem 400 bad-request
    ask GET /api/backups/litestream/fetch
    expect_code 405
    expect_header Allow POST
}

# ---- What is not there -------------------------------------------------------------------------------------------

# Exit status 69 and 503 within so many seconds, in a sentence with these words; nothing is published.
assert_unavailable() { # SECONDS WORDS
    local status=0 complaint begin=$SECONDS before
    before=$(number_of_backups)
    complaint=$(program litestream-fetch latest --replica "$replica" 2>&1 >"$home/answer") || status=$?
    [ "$status" -eq 69 ] || fail "status $status: $complaint $(cat "$home/answer")"
    [[ $complaint == *"$2"*. ]] || fail "not a sentence with '$2': $complaint"
    [ $((SECONDS - begin)) -le "$1" ] || fail "it took $((SECONDS - begin)) s"
    assert_nothing_published "$before"
}

assert_unavailable_over_http() { # WORDS
    ask_for '{}'
    [ "$code" -eq 503 ] || fail "$code: $(cat "$body")"
    expect_json ".status == 503 and (.detail | contains(\"$1\"))"
    grep -q '^Retry-After: ' "$home/cgi"
    assert_nothing_published "$(number_of_backups)"
}

@test "without Litestream's program: 69 and 503" {
    export LITESTREAM_BIN=$home/no-litestream
    for replica in store folder; do
        assert_unavailable $REFUSAL_LIMIT "$LITESTREAM_BIN"
        assert_unavailable_over_http "$LITESTREAM_BIN"
    done
}

@test "with the store down: 69 and 503 at once, and again when it is back it works" {
    replica=store
    object_store stop
    assert_unavailable $REFUSAL_LIMIT "Nobody answers there"
    assert_unavailable_over_http "Nobody answers there"
    object_store start
    fetch latest
    [ "$(content "$fetched")" = "$(content "$live")" ]
}

@test "with the store hanging: 69, not before long and not for ever" {
    replica=store
    object_store pause
    assert_unavailable $((STALL_LIMIT + REFUSAL_LIMIT)) "does not answer in time"
    object_store resume
    fetch latest
}

# A file system of 16 MB, for this test alone.
mount_small() { # FOLDER
    mount_privately "$1" -t tmpfs -o size=16m none
}

replicate_once() { # SQL
    sqlite3 "$live" "PRAGMA journal_mode = WAL; CREATE TABLE big(data); $1" >"$home/answer"
    write_litestream_config "$LITESTREAM_CONFIG" "$live" "file://$home/big"
    start_litestream "$LITESTREAM_CONFIG"
    wait_until has_points
    stop_litestream
}

assert_no_room() {
    run inside "$PROGRAMS/litestream-fetch" latest
    echo "$output"
    [ "$status" -eq 73 ]
    [[ $output == *oom* ]]
    [ "$(inside "$PROGRAMS/backup-list" | jq length)" -eq 0 ]
    [ -z "$(inside find "$BACKUP_DIR" -mindepth 2 -path '*/.work/*')" ]
    ask_inside
    [ "$code" -eq 507 ] || fail "$code: $(cat "$body")"
}

# As ask_for, where the small file system is.
ask_inside() {
    body=$home/body
    inside env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/api/backups/litestream/fetch \
        CONTENT_TYPE=application/json CONTENT_LENGTH=2 "$PROGRAMS/litestream-fetch" <<<'{}' 2>"$home/log" |
        tr -d '\r' >"$home/cgi"
    sed '1,/^$/d' "$home/cgi" >"$body"
    code=$(sed -n 's/^Status: \([0-9]*\) .*/\1/p;/^$/q' "$home/cgi")
}

@test "no room for what comes from the replica: 73 and 507, and nothing is published" {
    live=$home/data/big.db replica=main
    export DATABASE_PATH=$live LITESTREAM_CONFIG=$home/litestream.yml
    replicate_once "INSERT INTO big VALUES(randomblob(20000000))"
    mount_small "$BACKUP_DIR"
    assert_no_room
}

@test "no room for what was packed tightly in the replica: likewise" {
    live=$home/data/big.db replica=main
    export DATABASE_PATH=$live LITESTREAM_CONFIG=$home/litestream.yml
    replicate_once "INSERT INTO big VALUES(zeroblob(40000000))"
    mount_small "$BACKUP_DIR"
    assert_no_room
}
