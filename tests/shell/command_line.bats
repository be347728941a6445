#!/usr/bin/env bats
# What a person types, and what a script relies on.
load helper

@test "every program explains itself without any settings" {
    unset DATABASE_PATH
    for program in "$PROGRAMS"/*; do
        name=$(basename "$program")
        run "$program" --help
        [ "$status" -eq 0 ]
        [[ $output == "Usage: $name"* && $output == *'Over HTTP: '* && $output == *'Exit status'* ]]
        run "$program" --version
        [[ $output == "$name "[0-9]* ]]
        run "$program" --json -h
        [[ $status -eq 0 && $output == Usage:* ]]
    done
}

@test "health --help lists every setting with its default" {
    run health --help
    for setting in DATABASE_PATH BACKUP_DIR BACKUP_KEEP BACKUP_KEEP_PRE_RESTORE BACKUP_KEEP_UPLOAD \
        BACKUP_KEEP_LITESTREAM BACKUP_KEEP_SCHEDULED BUSY_TIMEOUT; do
        [[ $output == *"  $setting"* ]]
    done
    [[ $output == *'/data/camera_assignments.db'* && $output == *'daily=7,weekly=4,monthly=6'* ]]
}

@test "wrong usage is one line and status 64, and changes nothing" {
    refused 64 'no option --lable' backup-create --lable x
    refused 64 'no option --lab' backup-create --lab x
    refused 64 'needs a value' backup-create --label
    refused 64 'given twice' backup-create --label a --label b
    refused 64 'one of: manual, scheduled' backup-create --kind upload
    refused 64 'one argument too many' backup-create x.db
    refused 64 'true or false' backup-create --pinned=maybe
    refused 64 'at most 200' backup-create --label "$(printf 'x%.0s' {1..201})"
    refused 64 'control characters' backup-create --label $'a\nb'
    refused 64 'filename is missing' backup-delete
    refused 64 'no option -x' backup-list -x
    refused 64 'no option --no-label' backup-create --no-label
    refused 64 'whole number' backup-verify --oldest many
    [ "${#lines[@]}" -eq 1 ]
    [ ! -e "$backups" ]
}

@test "a bad setting stops the program with a sentence" {
    BACKUP_KEEP=many refused 64 'BACKUP_KEEP is "many"' backup-list
    BUSY_TIMEOUT=-1 refused 64 BUSY_TIMEOUT backup-list
    BACKUP_DIR=$folder refused 64 'BACKUP_DIR is the folder of the databases' backup-list
    DATABASE_PATH=$folder/x.sqlite refused 64 DATABASE_PATH backup-list
    DATABASE_PATH=/nowhere/x.db refused 66 '/nowhere' backup-list
}

@test "hostile names reach no file" {
    make_backup
    echo secret >"$folder/secret.db"
    ln -s "$folder/secret.db" "$backups/link.db"
    mkdir "$folder/outside"
    cp "$folder/secret.db" "$folder/outside/x.db"
    ln -s "$folder/outside" "$backups/linked"
    long=$(printf 'x%.0s' {1..300}).db
    for program in backup-download backup-tables backup-compare backup-verify 'backup-restore --yes' backup-delete \
        'backup-update --label x'; do
        for name in ../secret.db ../outside/x.db linked/x.db "$folder/secret.db" %2e%2e%2fsecret.db \
            ..%5csecret.db $'x\n.db' "$long" $'\xff.db' link.db .lock .db x 'a:b.db'; do
            run $program -- "$name"
            [[ $status -eq 64 || $status -eq 66 ]] || { echo "$program $name: $status $output"; false; }
            [[ $output != *secret* || $output == *"no file"* || $output == *"no backup"* || $output == *"no option"* ]]
        done
        refused 64 'no option' $program -x.db
        refused 64 'does not begin' $program -- -x.db
    done
    for name in ../x "$folder/secret" x/y $'\xff' '' .; do
        run backup-list --database "$name"
        [[ $status -eq 64 || $status -eq 66 ]]
    done
    [ "$(cat "$folder/secret.db")" = secret ]
    [ "$(cat "$folder/outside/x.db")" = secret ]
}

@test "a live database that is a link is refused, not replaced" {
    name=$(make_backup)
    mv "$DATABASE_PATH" "$folder/real.database"
    ln -s "$folder/real.database" "$DATABASE_PATH"
    refused 64 'no regular file' backup-restore "$name" --yes
    [ -L "$DATABASE_PATH" ]
}

@test "a reader that leaves early does no harm" {
    for _ in 1 2 3; do make_backup; done
    backup-list | head -c 1 >/dev/null
    [ "${PIPESTATUS[0]}" -eq 0 ]
    set +o pipefail
    backup-create | true
    backup-list | jq --exit-status 'length == 4'
}

@test "a full standard output is an error, however much there is to say" {
    for _ in {1..20}; do backup-create --kind scheduled --pinned >"$folder/made"; done
    run bash -c 'backup-list >/dev/full'
    [ "$status" -eq 74 ]
}

@test "a terminal gets a table and a bar, a pipe gets JSON" {
    run script --quiet --return --command 'backup-create --label "für später"' /dev/null
    [[ $output == *'Made 2'* && $output == *'copying'* ]]
    run script --quiet --return --command backup-list /dev/null
    [[ $output == *FILE*SIZE*CREATED* && $output == *'für später'* ]]
    run script --quiet --return --command 'backup-list --json' /dev/null
    [[ $output == *'"filename"'* ]]
    backup-list 2>&1 | jq --exit-status length
}
