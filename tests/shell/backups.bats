#!/usr/bin/env bats
# The main job in the shell, with no server anywhere.
load helper

@test "a backup is one whole database file, listed with what was asked for" {
    run backup-create --label 'before "import" <script>' --pinned
    [ "$status" -eq 0 ]
    name=$(jq --raw-output .filename <<<"$output")
    [[ $name =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}\.db$ ]]
    [ "$(sqlite3 "$backups/$name" 'PRAGMA integrity_check; SELECT count(*) FROM cues')" = $'ok\n3' ]
    [ ! -e "$backups/$name-wal" ]
    backup-list | jq --exit-status --arg name "$name" --arg sha "$(sha256sum <"$backups/$name" | cut -d' ' -f1)" '
        length == 1 and .[0].filename == $name and .[0].label == "before \"import\" <script>" and
        .[0].pinned and .[0].kind == "manual" and .[0].sha256 == $sha and .[0].verified != null and
        .[0].database == "camera_assignments"'
}

@test "what HTTP calls Backup is the same document in the shell" {
    backup-create >"$folder/made"
    backup-list | jq --exit-status --slurpfile made "$folder/made" '.[0] == $made[0]'
}

@test "two backups in one second have two names, and the younger comes first" {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do make_backup >>"$folder/names"; done
    [ "$(sort -u "$folder/names" | wc -l)" -eq 12 ]
    diff <(tac "$folder/names" | head -10) <(backup-list | jq --raw-output '.[].filename')
}

@test "restore needs --yes, brings the data back, and can be undone" {
    name=$(make_backup)
    live "DELETE FROM cues WHERE id = 1; INSERT INTO cues (name) VALUES ('Encore')"
    refused 64 --yes backup-restore "$name"
    [ "$(live 'SELECT group_concat(name) FROM cues')" = 'Walk-in,Opener,Encore' ]
    backup-restore "$name" --yes >"$folder/answer"
    [ "$(live 'SELECT group_concat(name) FROM cues')" = 'House lights down,Walk-in,Opener' ]
    [ "$(live 'PRAGMA journal_mode')" = wal ]
    jq --exit-status '.status == "restored" and .notified == null and .duration_ms >= 0' "$folder/answer"
    safety=$(jq --raw-output .safety_backup "$folder/answer")
    [[ $safety == pre-restore_* ]]
    backup-restore "$safety" --yes
    [ "$(live 'SELECT group_concat(name) FROM cues')" = 'Walk-in,Opener,Encore' ]
}

@test "restoring the oldest safety backup does not remove it on the way" {
    name=$(make_backup)
    export BACKUP_KEEP_PRE_RESTORE=2
    backup-restore "$name" --yes
    backup-restore "$name" --yes
    oldest=$(backup-list | jq --raw-output '[.[] | select(.kind == "pre-restore")][-1].filename')
    backup-restore "$oldest" --yes
    [ -e "$backups/$oldest" ]
}

@test "download writes the file once, or to standard output" {
    name=$(make_backup)
    backup-download "$name" --output "$folder/copy.db"
    cmp "$folder/copy.db" "$backups/$name"
    backup-download "$name" | cmp - "$backups/$name"
    echo mine >"$folder/mine"
    refused 73 mine backup-download "$name" --output "$folder/mine"
    [ "$(cat "$folder/mine")" = mine ]
    refused 73 'no folder' backup-download "$name" --output "$folder/no/copy.db"
    [ "$(find "$folder" -name '*.part*')" = '' ]
}

@test "update changes label and pin, and nothing else" {
    name=$(make_backup --label old)
    before=$(backup-list | jq --sort-keys '.[0] | del(.label, .pinned)')
    backup-update "$name" --label new --pinned
    backup-list | jq --exit-status '.[0].label == "new" and .[0].pinned'
    backup-update "$name" --no-pinned --label ''
    backup-list | jq --exit-status '.[0].label == null and (.[0].pinned | not)'
    [ "$before" = "$(backup-list | jq --sort-keys '.[0] | del(.label, .pinned)')" ]
    refused 64 'nothing to change' backup-update "$name"
}

@test "a pinned backup is not deleted, an unpinned one is, with its manifest" {
    name=$(make_backup --pinned)
    refused 77 pinned backup-delete "$name"
    [ -e "$backups/$name" ]
    backup-update "$name" --no-pinned
    backup-delete "$name" | jq --exit-status --arg name "$name" '. == {status: "deleted", filename: $name}'
    [ ! -e "$backups/$name" ]
    [ ! -e "$backups/$name.json" ]
    refused 66 'no backup' backup-delete "$name"
}

@test "verify finds a flipped byte and takes the mark away" {
    name=$(make_backup)
    backup-verify "$name" | jq --exit-status '.status == "ok" and .problems == []'
    printf '\xff' | dd of="$backups/$name" bs=1 seek=5000 conv=notrunc status=none
    refused 65 checksum backup-verify "$name"
    backup-list | jq --exit-status '.[0].verified == null'
}

@test "verify --oldest is not held up by a damaged one" {
    name=$(make_backup)
    head --bytes 9000 /dev/urandom >"$backups/junk.db"
    run backup-verify --oldest 1
    [ "$status" -eq 65 ]
    jq --exit-status --arg name "$name" 'map(.filename) == ["junk.db", $name]' <<<"$output"
}

@test "verify --oldest takes those whose check is longest ago" {
    first=$(make_backup)
    sleep 1.1
    second=$(make_backup)
    backup-verify --oldest 1 | jq --exit-status --arg name "$first" 'length == 1 and .[0].filename == $name'
    sleep 1.1
    backup-verify --oldest 1 | jq --exit-status --arg name "$second" '.[0].filename == $name'
    backup-verify --oldest 9 | jq --exit-status 'length == 2'
    refused 64 oldest backup-verify
    refused 64 oldest backup-verify "$first" --oldest 1
}

@test "a file by hand is listed, verified, and then keeps what is known of it" {
    make_backup
    sqlite3 "$folder/x.db" 'CREATE TABLE t (a)'
    mv "$folder/x.db" "$backups/from the old pod.db"
    created=$(backup-list | jq '.[] | select(.filename == "from the old pod.db") | .created')
    backup-list | jq --exit-status '.[] | select(.filename == "from the old pod.db") |
        .sha256 == null and .verified == null and .kind == "manual"'
    backup-verify 'from the old pod.db'
    touch -d 2001-01-01 "$backups/from the old pod.db"
    backup-list | jq --exit-status --argjson created "$created" '.[] | select(.filename == "from the old pod.db") |
        .sha256 != null and .verified != null and .created == $created'
}

@test "tables of a backup and of the live database" {
    name=$(make_backup)
    live "INSERT INTO cues (name) VALUES ('Encore')"
    backup-tables live | jq --exit-status '. == [
        {name: "cues", type: "table", rows: 4, columns: [{name: "id", type: "INTEGER"}, {name: "name", type: "TEXT"}]},
        {name: "openers", type: "view", rows: null, columns: [{name: "name", type: "TEXT"}]}]'
    backup-tables "$name" | jq --exit-status '.[0].rows == 3'
}

@test "a label may look like an escape" {
    name=$(make_backup --pinned --label 'C:\u0000 "quoted" \\u0000 \n')
    backup-list | jq --exit-status '.[0].label == "C:\\u0000 \"quoted\" \\\\u0000 \\n" and .[0].pinned'
    backup-verify "$name" | jq --exit-status '.status == "ok"'
}

@test "a clock that was set back does not make retention remove what was just made" {
    export BACKUP_KEEP=1 BACKUP_KEEP_PRE_RESTORE=1
    name=$(make_backup)
    cp "$backups/$name" "$backups/2099-01-01_00-00-00.db"
    cp "$backups/$name" "$backups/pre-restore_2099-01-01_00-00-00.db"
    name=$(make_backup)
    [ -e "$backups/$name" ]
    safety=$(backup-restore "$name" --yes | jq --raw-output .safety_backup)
    [ -e "$backups/$safety" ]
}

@test "other databases in the folder have backups of their own" {
    sqlite3 "$folder/tour.db" 'CREATE TABLE t (a); INSERT INTO t VALUES (1)'
    name=$(make_backup --database tour)
    [ -e "$backups/tour/$name" ]
    backup-list | jq --exit-status '. == []'
    backup-list --database tour | jq --exit-status '.[0].database == "tour"'
    sqlite3 "$folder/tour.db" 'DELETE FROM t'
    backup-restore "$name" --yes --database=tour
    [ "$(sqlite3 "$folder/tour.db" 'SELECT count(*) FROM t')" -eq 1 ]
    database-list | jq --exit-status '
        [.[] | {name, default, backups}] == [{name: "camera_assignments", default: true, backups: 0},
                                             {name: "tour", default: false, backups: 2}]'
    refused 66 'no database' backup-list --database nothing
    rm "$folder"/tour.db*
    database-list | jq --exit-status '.[1].name == "tour" and .[1].size == null'
    backup-restore "$name" --yes --database tour | jq --exit-status .reopen_required
    [ "$(sqlite3 "$folder/tour.db" 'SELECT count(*) FROM t')" -eq 1 ]
}

@test "health fails where the volume is not there" {
    DATABASE_PATH=/nonexistent/show.db run health
    [ "$status" -eq 69 ]
    jq --exit-status '.status == "failing"' <<<"$output"
}

@test "health says what is wrong" {
    health | jq --exit-status '.status == "ok"'
    touch "$folder/x"
    mkdir "$backups"
    touch "$backups/-rf.db"
    health | jq --exit-status '.status == "degraded" and .checks.ignored_files.status == "degraded"'
    rm "$DATABASE_PATH"*
    run health
    [ "$status" -eq 69 ]
    jq --exit-status '.status == "failing" and .checks.database.status == "failing"' <<<"$output"
}
