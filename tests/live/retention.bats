#!/usr/bin/env bats
# Which backups stay, and that many who make backups at once do not get in each other's way.

load support

setup() {
    prepare
    "$TOOLS/ledger_create" "$live" 1 300 200 wal
}

teardown() {
    clean_up
}

# names KIND: the file names of the listed backups of that kind that are not pinned, sorted.
names() {
    list | jq -r --arg kind "$1" '.[] | select(.kind == $kind and (.pinned | not)) | .filename' |
        sort
}

@test "the newest BACKUP_KEEP backups stay, whatever the times of the files say" {
    local i name made=()
    export BACKUP_KEEP=3
    for i in 1 2 3 4 5 6 7; do
        name=$(create)
        made+=("$name")
        # The older the backup, the newer its files.
        touch -d "2040-01-0$((8 - i))" "$BACKUP_DIR/$name" "$BACKUP_DIR/$name.json"
    done
    [ "$(names manual)" = "$(printf '%s\n' "${made[@]:4}" | sort)" ]
    [ "$(list | jq -r '.[].filename')" = "$(printf '%s\n' "${made[6]}" "${made[5]}" "${made[4]}")" ]
    assert_no_litter
}

@test "pinned backups and other kinds do not count and are not removed" {
    local pinned scheduled safety last before
    export BACKUP_KEEP=2
    pinned=$(create --pinned)
    scheduled=$(create --kind scheduled)
    before=$(create)
    safety=$(program backup-restore "$before" --yes | jq -er .safety_backup)
    create
    create
    last=$(create)
    [ "$(names manual | wc -l)" -eq 2 ]
    names manual | grep -Fx "$last"
    [ "$(names scheduled)" = "$scheduled" ]
    [ "$(names pre-restore)" = "$safety" ]
    list | jq -e --arg name "$pinned" 'any(.filename == $name and .pinned)'
}

@test "a backup that is being restored is not the one that its safety backup displaces" {
    local oldest answer
    export BACKUP_KEEP_PRE_RESTORE=1
    oldest=$(program backup-restore "$(create)" --yes | jq -er .safety_backup)
    answer=$(program backup-restore "$oldest" --yes)
    jq -e --arg name "$oldest" '.status == "restored" and .filename == $name' <<<"$answer"
}

# Lists without a pause; says so when something is listed that is not finished.
watch_listing() {
    local size
    size=$(stat -c %s "$1")
    until [ -e "$home/enough" ]; do
        list | jq -e --argjson size "$size" \
            'all(.size == $size and .verified and .sha256 and .created)' >/dev/null ||
            touch "$home/unfinished-was-listed"
        touch "$home/watched"
    done
}

create_20_at_once() {
    local i pid
    rm -f "$home"/answer-*
    for i in {1..20}; do
        "$PROGRAMS/backup-create" --label "number $i" >"$home/answer-$i" 2>&1 3>&- &
        started+=($!)
    done
    for pid in "${started[@]}"; do
        wait "$pid" || fail "a backup failed: $(cat "$home"/answer-*)"
    done
    started=()
    jq -s . "$home"/answer-* >"$home/answers"
}

@test "20 backups at once give 20 files, which all stay where 50 may" {
    export BACKUP_KEEP=50
    create_20_at_once
    [ "$(jq -r '.[].filename' "$home/answers" | sort)" = "$(names manual)" ]
    [ "$(names manual | wc -l)" -eq 20 ]
    # Of those of one second the first has no number, and the others are numbered from 2 on.
    jq -e 'group_by(.filename[0:19]) | all(
        (map(.filename[19:]) | sort) ==
        ([""] + [range(2; length + 1) | "-\(.)"] | map(. + ".db") | sort))' "$home/answers"
    jq -e 'group_by(.filename[0:19]) | any(length > 1)' "$home/answers"
    assert_no_litter
}

@test "of 20 backups made at once exactly the 10 newest stay, and none is listed before it is whole" {
    local first
    export BACKUP_KEEP=10
    first=$(create)
    watch_listing "$BACKUP_DIR/$first" 3>&- &
    local watcher=$!
    await test -e "$home/watched"
    create_20_at_once
    touch "$home/enough"
    wait "$watcher"
    [ ! -e "$home/unfinished-was-listed" ]
    [ "$(names manual | wc -l)" -eq 10 ]
    # By `created`, then by the number behind the name.
    [ "$(jq -r 'sort_by(.created, (.filename[19:-3] | ltrimstr("-") | if . == "" then 1
        else tonumber end)) | .[-10:][].filename' "$home/answers" | sort)" = "$(names manual)" ]
    assert_no_litter
}

# put_scheduled TIME: a scheduled backup of that time, as it would be there.
put_scheduled() {
    local name
    name=scheduled_$(date -u -d "$1" +%Y-%m-%d_%H-%M-%S).db
    cp "$home/template.db" "$BACKUP_DIR/$name"
    jq --arg created "$(date -u -d "$1" +%Y-%m-%dT%H:%M:%S.000Z)" '.created = $created' \
        "$home/template.json" >"$BACKUP_DIR/$name.json"
    echo "$name"
}

# The newest, which is made now, is the first of its day, week and month; two places of each are left.
@test "of scheduled ones the last of each of the last days, weeks and months that have one stay" {
    local template newest verdict time expected=""
    export BACKUP_KEEP_SCHEDULED=daily=3,weekly=3,monthly=3
    template=$(create --kind scheduled)
    mv "$BACKUP_DIR/$template" "$home/template.db"
    mv "$BACKUP_DIR/$template.json" "$home/template.json"
    while read -r verdict time _; do
        put_scheduled "${time/_/ } UTC" >"$home/name"
        if [ "$verdict" = stays ]; then
            expected+=$(cat "$home/name")$'\n'
        fi
    done <<TABLE
stays 2025-01-06_14:00:00 a Monday: the second day, the second week and the second month
goes  2025-01-06_08:00:00 there is a later one of that day
stays 2025-01-05_23:59:59 a Sunday: the third day and the third week
goes  2025-01-05_00:00:00 there is a later one of that day
goes  2025-01-04_12:00:00 it would be the fourth day
goes  2025-01-01_00:00:00 there is a later one of that week and month
stays 2024-12-31_23:59:59 the third month, though of the third week too
goes  2024-12-30_12:00:00 there is a later one of that week and month
goes  2024-12-29_12:00:00 it would be the fourth week
goes  2024-11-30_23:59:59 it would be the fourth month
goes  2024-01-06_14:00:00 the same day of another year
TABLE
    newest=$(create --kind scheduled)
    diff <(printf '%s%s\n' "$expected" "$newest" | sort) <(names scheduled)
    assert_no_litter
}
