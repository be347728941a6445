# Downloads: the program names the file, nginx sends it.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    start_site
    new_backup
    export backup
}
teardown_file() { stop_site; }

@test "a download is the backup, to be saved under its name" {
    ask GET "/api/backups/$backup"
    expect_code 200
    expect_header Content-Type application/vnd.sqlite3
    [[ $(header Content-Disposition) == attachment*"$backup"* ]]
    [[ $(header Cache-Control) == *no-store* ]]
    cmp "$body" "$BACKUPS/$backup"
}

@test "HEAD tells size and validators and sends nothing" {
    ask HEAD "/api/backups/$backup"
    expect_code 200
    expect_header Content-Length "$(stat --format %s "$BACKUPS/$backup")"
    expect_header Accept-Ranges bytes
    [[ -n $(header ETag) && $(header Content-Disposition) == attachment* ]]
}

@test "one range" {
    ask GET "/api/backups/$backup" --header 'Range: bytes=0-14'
    expect_code 206
    expect_header Content-Range "bytes 0-14/$(stat --format %s "$BACKUPS/$backup")"
    [[ $(cat "$body") == 'SQLite format 3' ]]
}

@test "the last bytes" {
    ask GET "/api/backups/$backup" --header 'Range: bytes=-100'
    expect_code 206
    cmp "$body" <(tail --bytes 100 "$BACKUPS/$backup")
}

@test "several ranges come as one multipart answer" {
    ask GET "/api/backups/$backup" --header 'Range: bytes=0-5,7-12'
    expect_code 206
    [[ $(header Content-Type) == 'multipart/byteranges; boundary='* ]]
    [[ $(grep --text --count '^Content-Range: bytes ' "$body") -eq 2 ]]
    grep --text --quiet '^SQLite' "$body"
    grep --text --quiet '^format' "$body"
}

@test "a range outside the file is a problem that tells the size" {
    ask GET "/api/backups/$backup" --header 'Range: bytes=99999999-'
    expect_problem 416 range-not-satisfiable
    expect_header Content-Range "bytes */$(stat --format %s "$BACKUPS/$backup")"
}

@test "an interrupted download goes on where it stopped, if the file is still the same" {
    ask HEAD "/api/backups/$backup"
    local etag
    etag=$(header ETag)
    ask GET "/api/backups/$backup" --header 'Range: bytes=100-' --header "If-Range: $etag"
    expect_code 206
    ask GET "/api/backups/$backup" --header 'Range: bytes=100-' --header 'If-Range: "another"'
    expect_code 200
}

@test "what the client has already is not sent again" {
    ask HEAD "/api/backups/$backup"
    ask GET "/api/backups/$backup" --header "If-None-Match: $(header ETag)"
    expect_code 304
    [[ ! -s $body ]]
    ask GET "/api/backups/$backup" --header 'If-None-Match: "another"'
    expect_code 200
}

@test "a file that is not the one that was meant is a problem" {
    local condition path
    for condition in 'If-Match: "another"' 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT'; do
        for path in "/api/backups/$backup" /api/openapi.json; do
            ask GET "$path" --header "$condition"
            expect_problem 412 precondition-failed
            [[ $(grep --count --ignore-case '^x-content-type-options:' "$headers") -eq 1 ]] || fail "$(<"$headers")"
        done
        ask GET / --header "$condition"
        expect_code 412
        [[ $(header Content-Type) == text/plain* ]]
    done
}

@test "a name with spaces and letters of any language" {
    cp "$BACKUPS/$backup" "$BACKUPS/Größe und 写真 (1).db"
    ask GET '/api/backups/Gr%C3%B6%C3%9Fe%20und%20%E5%86%99%E7%9C%9F%20(1).db'
    expect_code 200
    cmp "$body" "$BACKUPS/$backup"
    [[ $(header Content-Disposition) == *"filename*=UTF-8''Gr%C3%B6%C3%9Fe%20und%20%E5%86%99%E7%9C%9F"* ]]
}

@test "manifests, hidden folders and unfinished work are no downloads" {
    mkdir -p "$BACKUPS/.work/1"
    cp "$BACKUPS/$backup" "$BACKUPS/.work/1/unfinished.db"
    local path
    for path in "$backup.json" .lock .work%2f1%2funfinished.db .work/1/unfinished.db; do
        ask GET "/api/backups/$path"
        expect_code 400 404
        expect_header Content-Type application/problem+json
    done
}

@test "the folder behind the downloads cannot be asked for" {
    local path
    for path in "/.backups/$backup" "/backups/$backup" "/.backups/" "//.backups/$backup" "/%2ebackups/$backup"; do
        ask GET "$path"
        expect_code 404
    done
}

@test "two downloads at once do not wait for each other" {
    truncate --size 300M "$BACKUPS/large.db"
    curl --silent --limit-rate 1M --output /dev/null "$URL/api/backups/large.db" 3>&- &
    ask GET "/api/backups/$backup" --max-time 5
    kill $!
    rm "$BACKUPS/large.db"
    expect_code 200
}
