#!/usr/bin/env bats
# The programs as plain CGI, without nginx and without FastCGI.
load helper

cgi() { # PROGRAM METHOD [VARIABLE=VALUE...], body on standard input
    local program=$1 method=$2
    shift 2
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD="$method" "$@" "$PROGRAMS/$program" 2>/dev/null | tr -d '\r'
}

status_of() {
    sed -n 's/^Status: \([0-9]*\) .*/\1/p;/^$/q'
}

body_of() {
    sed '1,/^$/d'
}

@test "a POST makes a backup and tells where it is" {
    body='{"label": "by CGI", "pinned": true}'
    cgi backup-create POST PATH_INFO=/api/backups CONTENT_TYPE=application/json CONTENT_LENGTH=${#body} \
        <<<"$body" >"$folder/answer"
    [ "$(status_of <"$folder/answer")" = 201 ]
    name=$(body_of <"$folder/answer" | jq --raw-output .filename)
    grep -q "^Location: /api/backups/$name$" "$folder/answer"
    cgi backup-list GET | body_of | jq --exit-status '.[0].label == "by CGI" and .[0].pinned'
}

@test "the path comes from REQUEST_URI, or from PATH_INFO in either form" {
    name=$(make_backup)
    for path in "REQUEST_URI=/api/backups/$name/verify?database=camera_assignments" \
        "PATH_INFO=/api/backups/$name/verify" "PATH_INFO=/$name/verify"; do
        cgi backup-verify POST "$path" </dev/null | body_of | jq --exit-status '.status == "ok"'
    done
}

@test "a download without nginx is the file itself" {
    name=$(make_backup)
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET "REQUEST_URI=/api/backups/$name" \
        "$PROGRAMS/backup-download" 2>/dev/null >"$folder/answer"
    grep --text -q "^Content-Disposition: attachment; filename\*=UTF-8''$name" "$folder/answer"
    size=$(stat --format %s "$backups/$name")
    grep --text -q "^Content-Length: $size" "$folder/answer"
    tail --bytes "$size" "$folder/answer" | cmp - "$backups/$name"
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=HEAD "REQUEST_URI=/api/backups/$name" \
        "$PROGRAMS/backup-download" 2>/dev/null | tail --bytes 4 | cmp - <(printf '\r\n\r\n')
}

@test "what is wrong is a problem document" {
    check() { # STATUS SLUG
        [ "$(status_of <"$folder/answer")" = "$1" ]
        grep -q '^Content-Type: application/problem+json' "$folder/answer"
        body_of <"$folder/answer" | jq --exit-status --argjson status "$1" \
            --arg type "urn:camera-sheet-backup:error:$2" \
            '.type == $type and .status == $status and (.title | length) > 0 and (.detail | length) > 0'
    }
    cgi backup-list POST </dev/null >"$folder/answer" && check 405 method-not-allowed
    grep -q '^Allow: GET, HEAD$' "$folder/answer"
    cgi backup-list GET QUERY_STRING=colour=red >"$folder/answer" && check 400 bad-request
    cgi backup-list GET 'QUERY_STRING=database=a&database=b' >"$folder/answer" && check 400 bad-request
    cgi backup-list GET QUERY_STRING=database=%zz >"$folder/answer" && check 400 bad-request
    cgi backup-list GET QUERY_STRING=database=other >"$folder/answer" && check 404 not-found
    cgi backup-verify POST PATH_INFO=/api/other </dev/null >"$folder/answer" && check 404 not-found
    for name in %2e%2e%2fx.db ..%5cx.db %00x.db x%0a.db %ff.db -x.db %252e%252e%252fx.db; do
        cgi backup-download GET "REQUEST_URI=/api/backups/$name" >"$folder/answer" && check 400 bad-request
    done
    post() { # TYPE BODY
        cgi backup-create POST CONTENT_TYPE="$1" CONTENT_LENGTH=${#2} <<<"$2" >"$folder/answer"
    }
    post application/json '{"label": ' && check 400 bad-request
    post application/json '[]' && check 400 bad-request
    post application/json '{"lable": "x"}' && check 400 bad-request
    post application/json '{"pinned": "true"}' && check 400 bad-request
    post application/json '{"label": "a", "label": "b"}' && check 400 bad-request
    post text/plain '{}' && check 415 unsupported-media-type
    cgi backup-create POST CONTENT_TYPE=application/json CONTENT_LENGTH=9999999 </dev/null >"$folder/answer" &&
        check 413 payload-too-large
    [ ! -e "$backups" ]
}

@test "an event stream ends with the answer or with the problem" {
    cgi backup-create POST HTTP_ACCEPT=text/event-stream </dev/null >"$folder/answer"
    grep -q '^Content-Type: text/event-stream$' "$folder/answer"
    grep -q '^event: progress$' "$folder/answer"
    [ "$(grep -c '^event: done$' "$folder/answer")" -eq 1 ]
    [ "$(body_of <"$folder/answer" | grep '^event' | tail -1)" = 'event: done' ]
    cgi backup-verify POST HTTP_ACCEPT=text/event-stream PATH_INFO=/none.db/verify </dev/null >"$folder/answer"
    [ "$(status_of <"$folder/answer")" = 200 ]
    sed -n '/^event: error$/{n;s/^data: //p}' "$folder/answer" | jq --exit-status '.status == 404'
}
