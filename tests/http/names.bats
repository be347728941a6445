# Hostile names: whatever stands in the path, nothing outside of the backups folder is read, changed or removed.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    start_site
    cp "$DATABASE" "$SITE/data/secret.db"
    make_traps
    content_of_data >"$BATS_FILE_TMPDIR/data"
}
teardown_file() { stop_site; }

# Files that are in the folder but are no backups.
make_traps() {
    mkdir "$BACKUPS/folder.db"
    mkfifo "$BACKUPS/pipe.db"
    ln -s ../secret.db "$BACKUPS/link.db"
    ln -s /etc/passwd "$BACKUPS/passwd.db"
    ln -s "$SITE/data" "$BACKUPS/data"
    cp "$DATABASE" "$BACKUPS/-dash.db"
    cp "$DATABASE" "$BACKUPS/.hidden.db"
    cp "$DATABASE" "$BACKUPS/"$'new\nline.db'
    cp "$DATABASE" "$BACKUPS/"$'not\xff\xfeutf8.db'
    cp "$DATABASE" "$BACKUPS/back\\slash.db"
}

content_of_data() {
    find "$SITE/data" ! -path '*/.*' ! -name '*-shm' ! -name '*-wal' -printf '%p %y %s\n' | sort
    sha256sum "$SITE/data/secret.db"
    content "$DATABASE"
}

hostile_names() {
    cat <<'END'
../secret.db
..%2fsecret.db
%2e%2e%2fsecret.db
%2e%2e/secret.db
%2E%2E%2Fsecret.db
..%5csecret.db
..%5Csecret.db
....//secret.db
..;/secret.db
%252e%252e%252fsecret.db
%2fetc%2fpasswd
/etc/passwd
data/secret.db
data%2fsecret.db
./link.db
link.db
passwd.db
folder.db
pipe.db
-dash.db
--help.db
.hidden.db
.work
.lock
..
.
%2e%2e
%20space.db
new%0aline.db
secret.db%0a
%0d%0aX-Injected:%20yes.db
nul%00.db
secret.db%00.db
not%ff%feutf8.db
%c0%ae%c0%ae%c0%afsecret.db
%ed%a0%80.db
%e2%80%aebd.db
%1b[31m.db
%7f.db
back%5cslash.db
c:secret.db
con%3a.db
what%3f.db
*.db
%2a.db
%22quoted%22.db
%3Cscript%3E.db
a%7Cb.db
100%25.db
secret.db.json
secret.DB
secret
.db
%2edb
db
litestream
live
END
    printf 'a%.0s' {1..297}
    printf '.db\n'
    printf '%%c3%%a4%.0s' {1..100}
    printf '.db\n'
}

# Asks for each of the names: refused, and without a word of what is in a file.
expect_refused() { # METHOD SUFFIX [CURL ARGUMENT...]
    local name
    while IFS= read -r name; do
        [[ $2 != /tables* || $name != live ]] || continue
        ask "$1" "/api/backups/$name$2" "${@:3}"
        [[ $code == 40[04] || $name == .. && $code == 405 ]] || fail "$1 $name$2: $code $(head -c 200 "$body")"
        [[ $1 == HEAD || $(header Content-Type) == application/problem+json ]] || fail "$1 $name$2: $(<"$headers")"
        ! grep --text --quiet -e 'SQLite format' -e root: "$body" || fail "$1 $name$2 gave a file away"
        [[ -z $(header X-Injected) ]] || fail "$1 $name$2 made a header"
    done < <(hostile_names)
    content_of_data | diff "$BATS_FILE_TMPDIR/data" -
}

@test "none of them is downloaded" { expect_refused GET ''; }

@test "none of them has a size" { expect_refused HEAD ''; }

@test "none of them is changed" {
    expect_refused PATCH '' --header 'Content-Type: application/json' --data-binary '{"pinned":true}'
}

@test "none of them is deleted" { expect_refused DELETE ''; }

@test "none of them is restored" {
    expect_refused POST /restore --header 'Content-Type: application/json' --data-binary '{"force":true}'
}

@test "none of them is verified" { expect_refused POST /verify; }

@test "none of them shows its tables" { expect_refused GET /tables; }

@test "none of them is exported" { expect_refused GET /tables/shows.csv; }

@test "none of them is compared" { expect_refused GET /compare; }

@test "none of them is listed" {
    ask GET /api/backups
    expect_code 200
    expect_json '. == []'
}

@test "bytes that are no text at all are refused" {
    ask_raw 'GET /api/backups/\xff\xfe.db HTTP/1.0\r\nHost: localhost\r\n\r\n'
    expect_problem 400 bad-request
    ask_raw 'GET /api/backups/not\xff\xfeutf8.db HTTP/1.0\r\nHost: localhost\r\n\r\n'
    expect_problem 400 bad-request
}

@test "a link that has taken a backup's place is not followed" {
    new_backup
    ln -sf ../secret.db "$BACKUPS/$backup"
    ask GET "/api/backups/$backup"
    expect_problem 404 not-found
    ask POST "/api/backups/$backup/restore"
    expect_problem 404 not-found
    rm "$BACKUPS/$backup" "$BACKUPS/$backup.json"
}
