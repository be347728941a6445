# Who is refused: other hosts' names, other sites' pages, too many at once. And what every answer says to browsers.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    SERVER_NAMES='backups.example *.crew.example' start_site
    new_backup
    export backup
}
teardown_file() { stop_site; }

@test "only the site's own names are answered" {
    local name
    for name in localhost 127.0.0.1 '[::1]' 127.0.0.1:80 LOCALHOST localhost. localhost.:80 '[::1]:80' backups.example \
        backups.example:8443 a.crew.example; do
        ask GET /api/backups --header "Host: $name"
        expect_code 200
    done
    for name in evil.example 127.0.0.1.evil.example localhost.evil.example xn--lcalhost-x4a 10.0.0.1 crew.example \
        backups.example.evil.example evil.example:80 evil.example.; do
        ask GET /api/backups --header "Host: $name"
        expect_problem 421 misdirected
        ask POST /api/backups --header "Host: $name"
        expect_problem 421 misdirected
        ask GET / --header "Host: $name"
        expect_code 421
        [[ $(header Content-Type) == text/plain* ]]
        # What the path ends in says nothing about the answer.
        ask GET /api/openapi.json --header "Host: $name"
        expect_problem 421 misdirected
        ask GET /index.html --header "Host: $name"
        [[ $(header Content-Type) == text/plain* ]]
    done
}

@test "the request's own line names no other host than its header" {
    local host=${URL#http://}
    ask_raw "GET http://$host/api/backups HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n"
    expect_code 200
    ask_raw "GET http://evil.example/api/backups HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n"
    expect_problem 421 misdirected
    ask_raw "GET http://$host/api/backups HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    expect_problem 403 forbidden
    ask_raw "POST http://$host/api/backups HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n"
    expect_problem 403 forbidden
    ask_raw "GET / HTTP/1.1\r\nHost: $host\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    expect_code 400
}

@test "a change that a page of another site asks for is refused" {
    local origin site
    count() { find "$BACKUPS" -name '*.db' | wc -l; }
    local before
    before=$(count)
    for site in cross-site same-site nonsense; do
        ask POST /api/backups --header "Sec-Fetch-Site: $site"
        expect_problem 403 forbidden
        ask DELETE "/api/backups/$backup" --header "Sec-Fetch-Site: $site"
        expect_problem 403 forbidden
    done
    for origin in http://evil.example null https://evil.example "$URL.evil.example" "${URL%:*}" "${URL%:*}:1" \
        "http://x@${URL#http://}"; do
        ask POST /api/backups --header "Origin: $origin"
        expect_problem 403 forbidden
        ask POST "/api/backups/$backup/restore" --header "Origin: $origin"
        expect_problem 403 forbidden
        ask_json PATCH "/api/backups/$backup" '{"pinned":true}' --header "Origin: $origin" \
            --header 'Sec-Fetch-Site: same-origin'
        expect_problem 403 forbidden
    done
    [[ $(count) == "$before" ]]
    ask GET /api/backups
    expect_json '.[0].pinned == false'
}

@test "a change that the site's own page or a program asks for is taken" {
    ask POST /api/backups --header "Origin: $URL" --header 'Sec-Fetch-Site: same-origin'
    expect_code 201
    ask POST /api/backups --header 'Sec-Fetch-Site: none'
    expect_code 201
    ask POST /api/backups --header 'Host: backups.example' --header 'Origin: https://backups.example'
    expect_code 201
    ask POST /api/backups
    expect_code 201
}

# What a page can make a browser fetch: a script, an image, a frame, data.
@test "a page of another site reads nothing either" {
    local site kind
    for site in cross-site same-site; do
        for kind in 'no-cors image' 'no-cors script' 'navigate iframe' 'navigate object' 'cors empty' 'websocket websocket'; do
            ask GET "/api/backups/$backup" --header "Sec-Fetch-Site: $site" --header "Sec-Fetch-Mode: ${kind% *}" \
                --header "Sec-Fetch-Dest: ${kind#* }"
            expect_problem 403 forbidden
        done
    done
    ask GET /api/backups --header 'Origin: http://evil.example'
    expect_problem 403 forbidden
    ask OPTIONS /api/backups --header 'Origin: http://evil.example' --header 'Access-Control-Request-Method: POST'
    expect_code 403 405
    [[ -z $(grep --ignore-case '^access-control-' "$headers") ]]
}

@test "a person follows a link of another site to a backup, but to no change" {
    local link=(--header 'Sec-Fetch-Site: cross-site' --header 'Sec-Fetch-Mode: navigate' --header 'Sec-Fetch-Dest: document')
    ask GET "/api/backups/$backup" "${link[@]}"
    expect_code 200
    ask GET / "${link[@]}"
    expect_code 200
    ask POST /api/backups "${link[@]}"
    expect_problem 403 forbidden
}

# Each of them once: a second one could say something else.
expect_security_headers() { # PATH
    local page="default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    local data="default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    if [[ $1 == /api/* ]]; then
        expect_header Content-Security-Policy "$data"
    else
        expect_header Content-Security-Policy "$page"
    fi
    [[ -z $(header Access-Control-Allow-Origin)$(header Strict-Transport-Security) ]]
    expect_header X-Content-Type-Options nosniff
    expect_header X-Frame-Options DENY
    expect_header Referrer-Policy no-referrer
    expect_header Cross-Origin-Opener-Policy same-origin
    expect_header Cross-Origin-Resource-Policy same-origin
    expect_header Cross-Origin-Embedder-Policy require-corp
    expect_header Server nginx
    [[ $(grep --count --ignore-case '^cache-control:' "$headers") -eq 1 ]] || fail "Cache-Control: $(header Cache-Control)"
}

@test "every answer, errors too, carries the headers that bind a browser" {
    local path
    for path in / /nope /healthz /api/backups "/api/backups/$backup" /api/nope /api/openapi.json /api/%00 \
        /api/backups/x.db '/api/backups?x=1'; do
        ask GET "$path"
        # Where nginx cannot read the path, there is none.
        expect_security_headers "${path/*%00/}"
    done
    ask PUT /api/backups
    expect_security_headers /api/
    ask POST /api/backups --header 'Accept: text/event-stream'
    expect_security_headers /api/
    ask POST /api/backups --header 'Origin: http://evil.example'
    expect_security_headers /api/
    ask GET /api/backups --header 'Host: evil.example'
    expect_security_headers /api/
    ask GET "/api/backups/$backup" --header 'Range: bytes=99999999-'
    expect_security_headers /api/
    ask POST /api/backups --header 'Content-Type: text/plain' --data x
    expect_security_headers /api/
    head --bytes 70000 /dev/zero | ask POST /api/backups --data-binary @-
    expect_security_headers /api/
}

@test "one address has at most a hundred requests at once" {
    local host=${URL#http://} connections=()
    for _ in {1..100}; do
        exec {connection}<>"/dev/tcp/${host%:*}/${host#*:}"
        printf 'POST /api/backups HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n' >&"$connection"
        connections+=("$connection")
    done
    is_limited() { ask GET /api/backups && [[ $code == 429 ]]; }
    await is_limited
    expect_problem 429 too-many-requests
    expect_header Retry-After 1
    for connection in "${connections[@]}"; do
        exec {connection}>&-
    done
    is_free() { ask GET /api/backups && [[ $code == 200 ]]; }
    await is_free
}
