# Requests that are wrong: bodies, parameters, sizes, and what is no HTTP.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    start_site
    new_backup
    export backup
}
teardown_file() { stop_site; }

@test "a body that is no JSON is refused" {
    local text
    for text in '{' 'label=x' '{"label":"x"} more' '{"label":"x"' "{'label':1}" '{"label":"x",}' ' '; do
        ask_json POST /api/backups "$text"
        expect_problem 400 bad-request
    done
}

@test "JSON that is no object is refused" {
    local text
    for text in '[]' '"x"' 7 null true '[{"label":"x"}]'; do
        ask_json POST /api/backups "$text"
        expect_problem 400 bad-request
    done
}

@test "a value of the wrong kind is refused" {
    local text
    for text in '{"label":7}' '{"label":["x"]}' '{"pinned":"true"}' '{"pinned":1}' '{"kind":"upload"}' '{"kind":7}'; do
        ask_json POST /api/backups "$text"
        expect_problem 400 bad-request
    done
    ask_json POST "/api/backups/$backup/restore" '{"force":"yes"}'
    expect_problem 400 bad-request
}

@test "a member that nobody asked for, or that comes twice, is refused" {
    ask_json POST /api/backups '{"labels":"x"}'
    expect_problem 400 bad-request
    ask_json POST /api/backups '{"label":"x","label":"y"}'
    expect_problem 400 bad-request
    ask_json PATCH "/api/backups/$backup" '{"label":"x","filename":"y.db"}'
    expect_problem 400 bad-request
}

@test "a parameter that is unknown, or that comes twice, is refused" {
    ask GET '/api/backups?nonsense=1'
    expect_problem 400 bad-request
    ask GET '/api/backups?database=camera_assignments&database=camera_assignments'
    expect_problem 400 bad-request
    ask POST '/api/backups?label=x'
    expect_problem 400 bad-request
    ask GET '/api/backups?%zz=1'
    expect_problem 400 bad-request
}

@test "deeply nested JSON is refused, not followed" {
    ask_json POST /api/backups "$(printf '[%.0s' {1..30000})"
    expect_problem 400 bad-request
    ask_json POST /api/backups "$(printf '{"label":%.0s' {1..5000})"
    expect_problem 400 bad-request
}

@test "a body of another type is refused" {
    ask POST /api/backups --header 'Content-Type: text/plain' --data '{"label":"x"}'
    expect_problem 415 unsupported-media-type
    ask POST /api/backups --data 'label=x'
    expect_problem 415 unsupported-media-type
    ask POST /api/backups --header 'Content-Type: application/json; charset=utf-8' --data '{"label":"x"}'
    expect_code 201
}

@test "a body has at most 64 KiB" {
    printf '{"label":"x"%*s}' $((65536 - 13)) '' >"$scratch/largest"
    ask POST /api/backups --header 'Content-Type: application/json' --data-binary "@$scratch/largest"
    expect_code 201
    printf ' ' >>"$scratch/largest"
    ask POST /api/backups --header 'Content-Type: application/json' --data-binary "@$scratch/largest"
    expect_problem 413 payload-too-large
    ask PATCH "/api/backups/$backup" --header 'Content-Type: application/json' --data-binary "@$scratch/largest"
    expect_problem 413 payload-too-large
}

@test "a body without its length is read to its end, and limited too" {
    ask_json POST /api/backups '{"label":"chunked"}' --header 'Transfer-Encoding: chunked'
    expect_code 201
    expect_json '.label == "chunked"'
    head --bytes 100000 /dev/zero >"$scratch/large"
    ask POST /api/backups --header 'Content-Type: application/json' --header 'Transfer-Encoding: chunked' \
        --data-binary "@$scratch/large"
    expect_problem 413 payload-too-large
}

@test "an address that is too long is refused" {
    ask GET "/api/backups?database=$(printf 'x%.0s' {1..9000})"
    expect_problem 414 uri-too-long
}

@test "a header that is too large is refused" {
    ask GET /api/backups --header "X-Large: $(printf 'x%.0s' {1..9000})"
    expect_problem 400 bad-request
}

@test "broken escapes and NUL in the path are refused" {
    local path
    for path in /api/backups/%zz.db /api/backups/%4 /api/backups/x%00.db /api/%00; do
        ask GET "$path"
        expect_problem 400 bad-request
    done
}

@test "a path that climbs out of the site is refused" {
    ask GET /api/backups/../../../etc/passwd
    expect_problem 400 bad-request
    ask GET /../etc/passwd
    expect_code 400
}

@test "what is no HTTP is refused, and the site goes on" {
    ask_raw 'GET /api/backups HTTP/1.1\r\n\r\n'
    expect_problem 400 bad-request
    ask_raw 'GET /api/backups HTTP/1.1\r\nHost: localhost\r\nHost: 127.0.0.1\r\n\r\n'
    expect_problem 400 bad-request
    ask_raw 'POST /api/backups HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n'
    expect_problem 400 bad-request
    ask_raw 'POST /api/backups HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: nonsense\r\n\r\n'
    expect_problem 400 bad-request
    ask_raw 'GET /api/backups HTTP/3.0\r\nHost: localhost\r\n\r\n'
    expect_problem 400 bad-request
    ask_raw 'NONSENSE\r\n\r\n'
    expect_code 400
    ask GET /api/backups
    expect_code 200
}
