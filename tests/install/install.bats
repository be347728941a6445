# make install: what it puts where, its manual pages, its units, its settings, and the site of an nginx in front.
# shellcheck disable=SC2154 # what helper.bash sets
load ../http/helper

readonly site=camera-sheet-backup

setup_file() {
    require_plain_build 'what is installed'
    export STAGE=$BATS_FILE_TMPDIR/stage
    touch "$BATS_FILE_TMPDIR/before"
    (umask 077 && install_to "$STAGE")
}

# What make says of the jobs of the make that runs the tests is none of it.
make_quietly() { # ARGUMENT...
    make --no-print-directory --silent --directory "$repository" "$@" 2>"$scratch/make.log" >&2 || fail "make $*: $(tail "$scratch/make.log")"
}

install_to() { # DESTDIR [MAKE ARGUMENT...]
    make_quietly install DESTDIR="$1" "${@:2}"
}

@test "a staged installation lies in its folder, readable by everybody, and nowhere else" {
    [[ -x $STAGE/usr/local/bin/backup-create && -x $STAGE/usr/local/bin/$site ]]
    [[ -z $(find "$STAGE" ! -type l ! -perm -044 ! -name settings.env ! -path "$STAGE") ]]
    [[ $(stat --format %a "$STAGE/etc/$site/settings.env") == 600 ]]
    # Of its own places on this machine.
    [[ -z $(find /etc /usr/local /usr/lib/s* /usr/share/man /data -newer "$BATS_FILE_TMPDIR/before" -name "*$site*" 2>/dev/null) ]]
    [[ -z $(grep -r -l '@[A-Z]*@' "$STAGE" --include='*.service' --include='*.timer' --include='*.conf' --include='*.env') ]]
    ! grep -r --quiet "$STAGE" "$STAGE/usr/local/lib/systemd" "$STAGE/etc"
}

@test "what is installed runs from wherever it lies" {
    local folder=$scratch/elsewhere
    cp -R "$STAGE/usr/local" "$folder"
    cp -R "$repository/tests/sample" "$scratch/sample"
    unset PROGRAMS HTML OPENAPI
    mkdir "$scratch/data"
    sqlite3 -bail "$scratch/data/show.db" <"$repository/tests/sample/camera_sheet.sql" >"$scratch/made"
    DATABASE_PATH=$scratch/data/show.db "$folder/bin/$site" run backup-create --label installed >"$scratch/created"
    [[ $(jq -r .label "$scratch/created") == installed ]]
    cp "$scratch/data/show.db" "$scratch/data/second.db"
    DATABASE_PATH=$scratch/data/show.db "$folder/bin/$site" run-for-each backup-create --kind scheduled >"$scratch/created"
    [[ $(jq -rs 'map(.database) | sort | join(" ")' "$scratch/created") == 'second show' ]]
    local status=0
    "$folder/bin/$site" run ../serve.sh 2>"$scratch/err" || status=$?
    [[ $status -eq 64 ]]
    grep --quiet "There is no program '../serve.sh'" "$scratch/err"
}

@test "settings that are there are not written over; uninstalled, nothing is left but them" {
    local own=$scratch/own
    install_to "$own" PREFIX=/opt/backups DATA=/srv/shows SITE_USER=crew
    grep --quiet '^DATABASE_PATH=/srv/shows/' "$own/opt/backups/etc/$site/settings.env"
    grep --quiet '^User=crew' "$own/opt/backups/lib/systemd/system/$site.service.d/common.conf"
    echo PORT=8081 >>"$own/opt/backups/etc/$site/settings.env"
    install_to "$own" PREFIX=/opt/backups
    grep --quiet '^PORT=8081' "$own/opt/backups/etc/$site/settings.env"
    make_quietly uninstall DESTDIR="$own" PREFIX=/opt/backups
    [[ $(find "$own" ! -type d) == "$own/opt/backups/etc/$site/settings.env" ]]
    [[ $(find "$own" -name "$site*") == "$own/opt/backups/etc/$site" ]]
}

@test "uninstalled, a staged installation leaves no file and no folder of its own" {
    cp -R "$STAGE" "$scratch/stage"
    make_quietly uninstall DESTDIR="$scratch/stage"
    [[ -z $(find "$scratch/stage" ! -type d -o -name "*$site*") ]]
}

words() {
    tr --squeeze-repeats '[:space:]' '\n' | grep . | sort --unique
}

@test "each program has a manual page that is well formed and says what --help says" {
    local page program
    for page in "$STAGE"/usr/local/share/man/man1/*.1 "$STAGE/usr/local/share/man/man8/$site.8"; do
        program=$(basename "${page%.*}")
        groff -ww -k -man -Tutf8 -P-cbou "$page" >"$scratch/page" 2>"$scratch/complaints"
        [[ ! -s $scratch/complaints ]] || fail "$program: $(<"$scratch/complaints")"
        # What follows the program's name in the first line is the synopsis; headings are in capitals there.
        "$STAGE/usr/local/bin/$program" --help |
            sed '1s/^Usage: [^ ]*//; /^[^ ].*:$/d; s/^\(Over HTTP\|Exit status\): //' | words >"$scratch/said"
        words <"$scratch/page" | comm -23 "$scratch/said" - >"$scratch/missing"
        [[ -s $scratch/said && ! -s $scratch/missing ]] || fail "$program: not in its page: $(<"$scratch/missing")"
        lexgrog "$page" >"$scratch/name"
        grep --quiet "\"$program - [a-z].*[^.]\"" "$scratch/name" || fail "$program: $(<"$scratch/name")"
    done
    [[ $(find "$STAGE/usr/local/share/man/man1" -name '*.1' -printf . | wc --bytes) -eq $(find "$PROGRAMS" -type f -executable -printf . | wc --bytes) ]]
    man --manpath="$STAGE/usr/local/share/man" --where backup-create
}

@test "systemd finds nothing wrong with the units" {
    local root=$scratch/root complaints
    # In a root of its own: here neither the programs nor the targets are where the units look for them.
    cp -R "$STAGE" "$root"
    mkdir -p "$root/usr/lib/systemd"
    cp -R /usr/lib/systemd/system "$root/usr/lib/systemd/"
    install -D /bin/sh "$root/bin/sh"
    complaints=$(systemd-analyze verify --man=no --root="$root" "$site.service" "$site"-{create,verify,drill}.{service,timer} 2>&1 | grep "$site" || true)
    [[ -z $complaints ]] || fail "$complaints"
}

@test "the units let go of every right that they can do without" {
    local unit
    for unit in "$site" "$site"-{create,verify,drill}; do
        systemd-analyze security --offline=yes --root="$STAGE" --threshold=20 "$unit.service" >"$scratch/exposure" ||
            fail "$unit: $(tail --lines 1 "$scratch/exposure")"
    done
}

@test "the file of settings names only settings that there are, in the form that systemd and a shell take" {
    local name known
    known=$("$PROGRAMS/health" --help && "$repository/serve.sh" --help)
    for name in $(sed -n 's/^#\{0,1\}\([A-Z_]*\)=.*/\1/p' "$STAGE/etc/$site/settings.env"); do
        grep --quiet --word-regexp "$name" <<<"$known" || fail "$name is no setting"
    done
    # systemd and a shell read the same, also with each of them in use.
    sed '/^#[A-Z_]*=/s/^#//' "$STAGE/etc/$site/settings.env" >"$scratch/settings.env"
    [[ -z $(grep -v '^#\|^$\|^[A-Z_]*=[^ "]*$\|^[A-Z_]*="[^"]*"$' "$scratch/settings.env") ]]
    [[ $(env -i bash -c 'set -a -e; . "$1"; echo "$READERS $DATABASE_PATH"' sh "$scratch/settings.env") == 'rita tom /data/camera_assignments.db' ]]
}
