# Which paths and methods there are, and what nginx itself serves.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    start_site
    new_backup
    export backup
}
teardown_file() { stop_site; }

# How the OpenAPI document writes a path.
described() { # PATH
    local path=${1//$backup/{filename\}}
    printf '%s' "${path/shows/{table\}}"
}

# Every path with the methods that it takes.
routes() {
    cat <<END
/api/backups GET, HEAD, POST
/api/backups/$backup GET, HEAD, PATCH, DELETE
/api/backups/$backup/restore POST
/api/backups/$backup/verify POST
/api/backups/$backup/tables GET, HEAD
/api/backups/live/tables GET, HEAD
/api/backups/$backup/tables/shows.csv GET, HEAD
/api/backups/$backup/compare GET, HEAD
/api/backups/litestream/status GET, HEAD
/api/backups/litestream/restore-points GET, HEAD
/api/backups/litestream/fetch POST
/api/backups/litestream/drill POST
/api/databases GET, HEAD
/api/audit GET, HEAD
/api/health GET, HEAD
/metrics GET, HEAD
/api/openapi.json GET, HEAD
END
}

@test "another method is 405 with those that are allowed" {
    local path allow method
    while read -r path allow; do
        for method in GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND; do
            [[ ", $allow," != *", $method,"* ]] || continue
            ask "$method" "$path"
            expect_code 405
            expect_header Allow "$allow"
            [[ $method == HEAD ]] || expect_problem 405 method-not-allowed
        done
    done < <(routes)
}

@test "HEAD answers like GET, without the body" {
    local path length
    for path in /api/backups "/api/backups/$backup" "/api/backups/$backup/tables" "/api/backups/$backup/compare" /api/databases /api/health \
        /api/openapi.json / /healthz; do
        ask GET "$path"
        expect_code 200
        length=$(header Content-Length)
        ask HEAD "$path"
        expect_code 200
        expect_header Content-Length "$length"
    done
}

@test "a path that is none is 404" {
    local path
    for path in /api/ /api/nope /api/backups/ "/api/backups/$backup/" "/api/backups/$backup/nope" \
        "/api/backups/$backup/restore/" "/api/backups/$backup/tables/shows" "/api/backups/$backup/tables/" "/api/backups/$backup/compare/" /api//backups /api/./backups \
        /api/x/../backups /api/./openapi.json /api/../metrics /api/%6fpenapi.json /api/Backups /api/backups%0a /api/backups%2f /api/.problem /api/.range-problem; do
        ask GET "$path"
        expect_problem 404 not-found
    done
}

@test "outside of the API an error is plain text" {
    local path
    for path in /nope /nope/ /metrics/ /metricsx /%6detrics /x/../metrics /js/ /.problem /API/backups /index.php /.git/config /.htaccess; do
        ask GET "$path"
        expect_code 404
        [[ $(header Content-Type) == text/plain* ]]
    done
    ask POST / --data x
    expect_code 405
    expect_header Allow 'GET, HEAD'
}

@test "what the API answers is not stored" {
    local path
    for path in /api/backups "/api/backups/$backup" /api/databases /api/health /metrics /api/nope /healthz; do
        ask GET "$path"
        [[ $(header Cache-Control) == *no-store* ]] || fail "$path: $(header Cache-Control)"
    done
}

@test "the OpenAPI document describes exactly the routes that there are" {
    local path
    ask GET /api/openapi.json
    expect_code 200
    expect_header Content-Type application/json
    expect_json '.openapi | startswith("3.1")'
    cp "$body" "$scratch/openapi.json"
    jq --raw-output '.paths | to_entries[] | .key as $path | .value | keys[] | ascii_upcase + " " + $path
                     | select(test("^(GET|POST|PUT|PATCH|DELETE) "))' "$scratch/openapi.json" | sort >"$scratch/described"
    routes | grep --invert-match /live/ | while read -r path allow; do
        for method in ${allow//,/}; do
            [[ $method == HEAD ]] || printf '%s %s\n' "$method" "$(described "$path")"
        done
    done | sort | diff - "$scratch/described"
}

@test "the tables of a backup and of the live database" {
    local name
    for name in "$backup" live; do
        ask GET "/api/backups/$name/tables"
        expect_code 200
        expect_json 'map(select(.type == "table") | .name) == ["assignments", "cameras", "cues", "operators", "shows", "songs"]'
        expect_json 'map(select(.name == "shows"))[0] | .rows == 8 and .columns[1] == {"name": "name", "type": "TEXT"}'
        expect_json 'map(select(.type == "view"))[0] | .name == "camera_sheet" and .rows == null'
    done
}

@test "health answers what it has looked at" {
    ask GET /api/health
    expect_code 200
    expect_json '.status == "ok" and (.checks | length > 0) and all(.checks[]; .status and .detail)'
}

@test "nginx's own health needs no program" {
    ask GET /healthz
    expect_code 200
    [[ $(<"$body") == ok ]]
}

@test "the admin page and everything that it names are there, with their types" {
    local path
    ask GET /
    expect_code 200
    expect_header Content-Type 'text/html; charset=utf-8'
    cp "$body" "$scratch/page.html"
    grep --only-matching --extended-regexp '(src|href)="[^"#:]+"' "$scratch/page.html" | cut -d '"' -f 2 >"$scratch/named"
    [[ -s $scratch/named ]]
    while read -r path; do
        ask GET "/${path#/}"
        expect_code 200
        case $path in
            *.css) [[ $(header Content-Type) == text/css* ]] ;;
            *.js) [[ $(header Content-Type) == text/javascript* ]] ;;
            *.svg) [[ $(header Content-Type) == image/svg+xml* ]] ;;
        esac
    done <"$scratch/named"
}

@test "the page is asked for anew each time, and sent only if it has changed" {
    ask GET /
    expect_header Cache-Control no-cache
    ask GET / --header "If-None-Match: $(header ETag)"
    expect_code 304
}
