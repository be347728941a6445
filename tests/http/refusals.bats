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
    for name in localhost 127.0.0.1 '[::1]' 127.0.0.1:80 LOCALHOST backups.example backups.example:8443 a.crew.example; do
        ask GET /api/backups --header "Host: $name"
        expect_code 200
    done
    for name in evil.example 127.0.0.1.evil.example localhost.evil.example xn--lcalhost-x4a 10.0.0.1 crew.example \
        backups.example.evil.example; do
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

@test "reading is not a change, but no other site is allowed to see the answer" {
    ask GET /api/backups --header 'Origin: http://evil.example' --header 'Sec-Fetch-Site: cross-site'
    expect_code 200
    [[ -z $(header Access-Control-Allow-Origin) ]]
    expect_header Cross-Origin-Resource-Policy same-origin
}

# Each of them once: a second one could say something else.
expect_security_headers() {
    local policy
    policy=$(header Content-Security-Policy)
    [[ $policy == "default-src 'self';"* ]] || fail "Content-Security-Policy: $policy"
    for part in "base-uri 'none'" "form-action 'self'" "frame-ancestors 'none'" "object-src 'none'"; do
        [[ $policy == *"$part"* ]] || fail "$part is not in $policy"
    done
    [[ $policy != *unsafe* && $policy != *'*'* ]]
    expect_header X-Content-Type-Options nosniff
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
        expect_security_headers
    done
    ask PUT /api/backups
    expect_security_headers
    ask POST /api/backups --header 'Accept: text/event-stream'
    expect_security_headers
    ask POST /api/backups --header 'Origin: http://evil.example'
    expect_security_headers
    ask GET /api/backups --header 'Host: evil.example'
    expect_security_headers
    ask GET "/api/backups/$backup" --header 'Range: bytes=99999999-'
    expect_security_headers
    ask POST /api/backups --header 'Content-Type: text/plain' --data x
    expect_security_headers
    head --bytes 70000 /dev/zero | ask POST /api/backups --data-binary @-
    expect_security_headers
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
