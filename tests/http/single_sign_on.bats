# A proxy for single sign-on is asked about each request: what it says holds, and what it does not say lets nobody in.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

login_page='https://login.example:8443/start?rd=https%3A%2F%2Fbackups.example%2F&x=1'

setup_file() {
    export PROXY=$BATS_FILE_TMPDIR/proxy
    mkdir "$PROXY"
    node "$BATS_TEST_DIRNAME/sign_in_proxy.mjs" "$PROXY" 3>&- >"$PROXY/log" 2>&1 &
    export PROXY_PID=$!
    await test -e "$PROXY/port"
    AUTH_URL="http://127.0.0.1:$(<"$PROXY/port")/auth?groups=crew,light" AUTH_LOGIN_URL=$login_page \
        READERS='rita default' start_site
    as anna POST /api/backups
    expect_code 201
    backup=$(json .filename)
    export backup
}

teardown_file() {
    kill "$PROXY_PID" 2>/dev/null || true
    stop_site
}

as() { # WHO METHOD PATH [CURL ARGUMENT...]
    ask "$2" "$3" --header "Cookie: theme=dark; as=$1" "${@:4}"
}

@test "2xx with a name lets in" {
    local who
    for who in anna berta both boss slow; do
        as "$who" GET /api/backups
        expect_code 200
        as "$who" GET /
        expect_code 200
    done
    as anna GET "/api/backups/$backup"
    expect_code 200
    cmp "$body" "$BACKUPS/$backup"
}

@test "401 does not: a problem for the API, the way to the sign-in for the page" {
    as '' GET /api/backups
    expect_problem 401 unauthorized
    expect_header WWW-Authenticate 'Test realm="elsewhere"'
    as '' POST /api/backups
    expect_problem 401 unauthorized
    ask GET /api/openapi.json
    expect_problem 401 unauthorized
    as '' GET '/?database=x'
    expect_code 302
    expect_header Location "$login_page"
}

@test "403 does not" {
    as 403 GET /api/backups
    expect_problem 403 forbidden
    as 403 GET /
    expect_code 403
}

# Each of them with a name, as if it did.
@test "any other answer does not, nor does one that is none" {
    local answer
    for answer in 302 404 500 503 418 429 304 garbage status header cut close; do
        as "$answer" GET /api/backups
        expect_problem 503 unavailable
        as "$answer" GET /
        expect_code 503
    done
    # A header by which nginx would answer with this file: 200.
    cp "$BACKUPS/$backup" "$BACKUPS/x.db"
    as accel GET /api/backups
    expect_problem 401 unauthorized
    as accel GET /
    expect_code 302
}

@test "an answer that does not come within two seconds does not" {
    local answer start=$SECONDS
    for answer in hang drip; do
        as "$answer" GET /api/backups --max-time 10
        expect_problem 503 unavailable
    done
    ((SECONDS - start <= 8)) || fail "it took $((SECONDS - start)) s"
}

@test "what a client says of itself does not" {
    local header
    for header in X-Auth-Request-User Remote-User X-Auth-Role X-Forwarded-User Role; do
        ask GET /api/backups --header "$header: admin"
        expect_problem 401 unauthorized
        as rita DELETE "/api/backups/$backup" --header "$header: admin"
        expect_problem 403 forbidden
        as nobody DELETE "/api/backups/$backup" --header "$header: admin"
        expect_problem 403 forbidden
    done
    ask GET /api/backups --user anna:x
    expect_problem 401 unauthorized
}

@test "who has no name, or another role than admin, or is one of READERS, only reads" {
    local who
    for who in nobody reader viewer rita; do
        as "$who" GET /api/backups
        expect_code 200
        as "$who" GET "/api/backups/$backup"
        expect_problem 403 forbidden
        as "$who" POST /api/backups
        expect_problem 403 forbidden
    done
}

@test "the proxy learns what is asked and by whom, and nothing that a client makes up" {
    : >"$PROXY/received"
    as anna POST '/api/backups/%41.db/restore?database=a%20b' --header 'X-Original-URI: /healthz' --user 'a:b' \
        --header 'X-Original-Method: GET' --header 'Remote-User: eve' --header 'X-Forwarded-For: 192.0.2.1' --data x
    jq --exit-status '.method == "GET" and .url == "/auth?groups=crew,light" and (.headers |
        .cookie == "theme=dark; as=anna" and .authorization == "Basic YTpi" and
        ."x-original-uri" == "/api/backups/%41.db/restore?database=a%20b" and ."x-original-method" == "POST" and
        ."x-forwarded-for" == "127.0.0.1" and (has("remote-user") or has("content-length") | not))' "$PROXY/received"
    [[ $(wc --lines <"$PROXY/received") -eq 1 ]]
    # Once for each request, a download too.
    as anna GET "/api/backups/$backup"
    [[ $(wc --lines <"$PROXY/received") -eq 2 ]]
}

@test "the logs name the person that the proxy names" {
    as berta POST /api/backups --user 'eve:x' --header 'Remote-User: eve'
    expect_code 201
    as nobody POST /api/backups --user 'eve:x' --header 'Remote-User: eve'
    expect_problem 403 forbidden
    as anna GET '/api/audit?limit=2'
    expect_json 'map([.actor, .action, .address]) == [[null, "create", "127.0.0.1"], ["berta", "create", "127.0.0.1"]]'
    as both GET '/api/backups?log' --user 'eve:x'
    grep --quiet '^127.0.0.1 anna \[.*"GET /api/backups?log HTTP/1.1" ' "$SITE/site.log"
    ! grep --quiet '^127.0.0.1 eve' "$SITE/site.log" || fail 'eve is in the log'
}

@test "the names of its questions cannot be asked for" {
    local path
    for path in /.login/by-proxy /.login/by-password /.problem/forbidden; do
        as anna GET "$path"
        expect_code 404
    done
}

# The last: it is not there any more.
@test "a proxy that is down lets nobody in, and nginx's own health still answers" {
    kill "$PROXY_PID"
    is_gone() { ! kill -0 "$PROXY_PID" 2>/dev/null; }
    await is_gone
    as anna GET /api/backups
    expect_problem 503 unavailable
    as anna GET /
    expect_code 503
    ask GET /healthz
    expect_code 200
}
