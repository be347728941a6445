# What the tests of power loss share: the tree that a loss is made of, and what must hold in each
# state that it may leave. The checks run in programs of their own, one for each state.

# The tree that loses its power is in $1: a database and its backups.
use_tree() {
    tree=$1/tree
    live=$tree/data/ledger.db
    export home tree live DATABASE_PATH=$live BACKUP_DIR=$tree/backups
}

# Another committed state than before.
readonly change='UPDATE account SET balance = balance + 3 - 2 * id WHERE id < 3;'

# --- what loses its power -------------------------------------------------------------------------

# prepare_scenario NAME: makes the tree; what is run then is told by scenario_command.
prepare_scenario() {
    mkdir -p "$tree/data"
    "$TOOLS/ledger_create" "$live" 1 300 100 wal
    create --label first --pinned
    content "$live" >"$home/new_content"
    what=$1 scenario=(backup-restore "$(list | jq -r '.[0].filename')" --yes)
    "scenario_$1"
    printf '%s\n' "$what" "${scenario[@]}" >"$home/scenario"
    list >"$home/before.json"
    audited >"$home/before_audited"
    if [ -e "$home/old_is_lost" ]; then
        sha256sum <"$live" >"$home/old_content"
    else
        content "$live" >"$home/old_content"
    fi
}

scenario_create() {
    scenario=(backup-create --label new --pinned)
}

scenario_first() {
    rm -r "$BACKUP_DIR"
    what=create scenario=(backup-create --label new --pinned)
}

# With BACKUP_KEEP=1.
scenario_retention() {
    create --label second
    scenario=(backup-create --label new)
}

scenario_delete() {
    scenario=(backup-delete "$(create --label victim)")
}

scenario_update() {
    scenario=(backup-update "$(create --label victim --pinned)" --label changed)
}

scenario_restore() {
    sqlite3 "$live" "$change"
}

# The app has made the -wal file, has committed into it, and has synced neither.
scenario_unsynced() {
    keep_open "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; $change"
    what=restore
}

scenario_rollback() {
    sqlite3 "$live" "PRAGMA journal_mode=DELETE; $change"
    what=restore
}

scenario_replace() {
    keep_open "PRAGMA wal_autocheckpoint=0; $change"
    kill -KILL "${started[0]}"
    wait "${started[0]}" || true
    [ -s "$live-wal" ]
    head -c 200000 /dev/urandom >"$live"
    chmod 664 "$live"
    touch "$home/old_is_lost"
}

# Prints what is run, with the library that watches it: only it, and not what starts it.
scenario_command() { # SETTING...
    local scenario
    mapfile -t scenario < <(tail -n +2 "$home/scenario")
    printf '%s\n' env "$@" LD_PRELOAD="$BUILD/tests/preload/power.so" "$PROGRAMS/${scenario[0]}" \
        "${scenario[@]:1}"
}

# --- what must hold ------------------------------------------------------------------------------

# check FOLDER answered|unanswered: the tree in FOLDER after the power was lost.
check() {
    export DATABASE_PATH=$1/data/ledger.db BACKUP_DIR=$1/backups
    live=$DATABASE_PATH
    list >"$home/now.json" || fail "it cannot be listed"
    assert_all_whole
    "after_$(head -n 1 "$home/scenario")" "$2"
    next_run
    assert_audited "$2"
}

# How many changes have their line.
audited() {
    { cat "$BACKUP_DIR"/.audit/log*.jsonl 2>/dev/null || true; } | wc -l
}

# What was answered has its line, and what was begun and has changed something gets it from the next
# run, which has one of its own.
assert_audited() {
    if [ "$1" = answered ] || ! cmp -s "$home/now.json" "$home/before.json"; then
        [ "$(audited)" -ge $(($(cat "$home/before_audited") + 2)) ] || fail "its audit line is lost"
    fi
}

assert_all_whole() {
    local name
    jq -r '.[] | select(.sha256) | "\(.sha256)  \(.filename)"' "$home/now.json" >"$home/sums"
    [ ! -s "$home/sums" ] ||
        (cd "$BACKUP_DIR" && sha256sum --check --quiet --strict "$home/sums") || fail "damaged"
    for name in $(jq -r '.[] | select(.sha256 | not) | .filename' "$home/now.json"); do
        "$TOOLS/ledger_check" "$BACKUP_DIR/$name" >/dev/null || fail "$name is listed"
    done
}

# now FILTER, before FILTER: asks the list.
now() {
    jq -er "$1" "$home/now.json"
}

before() {
    jq -er "$1" "$home/before.json"
}

# Whatever was there is there, as it was, except what the jq filter $1 says of it.
assert_kept() {
    jq -en --slurpfile before "$home/before.json" --slurpfile now "$home/now.json" \
        "(\$before[0] | map(select($1 | not))) - \$now[0] == []" >/dev/null || fail "others are lost"
}

# What is there and was not.
new_ones() {
    jq -n --slurpfile before "$home/before.json" --slurpfile now "$home/now.json" \
        '$now[0] | map(select(.filename as $name | $before[0] | all(.filename != $name)))'
}

after_create() {
    assert_kept false
    if [ "$1" = answered ]; then
        new_ones | jq -e 'length == 1 and all(.label == "new" and .pinned and .sha256)' >/dev/null ||
            fail "the answered backup is lost"
    fi
}

after_retention() {
    assert_kept '.pinned | not'
    now 'any(.pinned | not)' >/dev/null || fail "the old ones are lost before the new one is there"
    if [ "$1" = answered ]; then
        now 'map(select(.pinned | not)) | length == 1 and all(.label == "new")' >/dev/null ||
            fail "it is not what stays"
    fi
}

after_delete() {
    assert_kept '.label == "victim"'
    if [ "$1" = answered ]; then
        [ "$(now length)" -eq $(($(before length) - 1)) ] || fail "what was deleted is back"
        [ "$(find "$BACKUP_DIR" -name '*.json' | wc -l)" -eq "$(now length)" ] ||
            fail "its manifest is back"
    fi
}

after_update() {
    assert_kept '.label == "victim"'
    now 'any(.pinned and .sha256 and (.label == "victim" or .label == "changed"))' >/dev/null ||
        fail "it is neither old nor new"
    if [ "$1" = answered ]; then
        now 'any(.label == "changed")' >/dev/null || fail "the change is lost"
    fi
}

# The live database is the old one or the restored one; nothing is overwritten before the safety
# backup is there.
after_restore() {
    local found safety
    assert_kept false
    found=$(content "$live") || fail "the live database is lost"
    if [ "$found" = "$(cat "$home/new_content")" ]; then
        safety=$(now 'map(select(.kind == "pre-restore"))[0].filename') || fail "no safety backup"
        [ "$(content "$BACKUP_DIR/$safety")" = "$(cat "$home/old_content")" ] ||
            fail "the safety backup is another"
    else
        [ "$found" = "$(cat "$home/old_content")" ] || fail "the live database is a mixture"
        [ "$1" = unanswered ] || fail "the restore is undone"
    fi
}

# A lost database is as it was, or replaced; then its remains are kept aside.
after_replace() {
    local kept
    assert_kept false
    if [ "$(sha256sum <"$live")" = "$(cat "$home/old_content")" ]; then
        [ "$1" = unanswered ] || fail "the restore is undone"
        return
    fi
    kept=$(find "${live%/*}" -name '*.damaged-*[0-9]')
    [ "$(sha256sum <"$kept")" = "$(cat "$home/old_content")" ] || fail "the damaged one is lost"
    [ "$(content "$live")" = "$(cat "$home/new_content")" ] || fail "the old -wal was replayed"
    [ "$1" = unanswered ] || [ "$(stat -c %a "$live")" = 664 ] || fail "its mode is lost"
}

# Whatever is left, the next program works, and clears away what was unfinished.
next_run() {
    if [ -e "$home/old_is_lost" ]; then
        program backup-restore "$(before '.[-1].filename')" --yes >/dev/null
        [ "$(content "$live")" = "$(cat "$home/new_content")" ] || fail "the next restore is wrong"
    else
        create --kind scheduled >/dev/null
    fi
    [ -z "$(find "$BACKUP_DIR/.work" -mindepth 1)" ] || fail "the next run leaves litter"
}
