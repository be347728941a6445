# What probes ask without a password: on a port of their own, and on a socket.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    htpasswd -cbB "$BATS_FILE_TMPDIR/passwords" anna horse 2>"$BATS_FILE_TMPDIR/htpasswd"
    PROBE_PORT=any PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords start_site
    PROBES=$(sed -n 's|^listen \(127.0.0.1:[0-9]*\);$|http://\1|p' "$SITE/site/probes.conf")
    export PROBES
}
teardown_file() { stop_site; }

# Asks on the port, or through the socket.
ask_probe() { URL=$PROBES ask "$@"; }
ask_socket() { URL=http://localhost ask "$@" --unix-socket "$SITE/sockets/probes.sock"; }

@test "the site's own port asks for a password, the probes' port and socket do not" {
    local way
    ask GET /api/health
    expect_problem 401 unauthorized
    ask GET /metrics
    expect_problem 401 unauthorized
    for way in ask_probe ask_socket; do
        $way GET /metrics
        expect_code 200
        expect_header Content-Type 'text/plain; version=0.0.4; charset=utf-8'
        $way GET /healthz
        expect_code 200
        [[ $(<"$body") == ok ]]
        $way GET /api/health
        expect_code 200
        expect_json '.status == "ok"'
        $way HEAD /api/health
        expect_code 200
    done
}

@test "there is nothing else, whatever the path looks like" {
    local way path
    for way in ask_probe ask_socket; do
        for path in /api/backups /api/backups/live/tables /api/databases /api/audit /api/openapi.json /api/healthy /api/health/ /api/metrics \
            /api/x/../health /api/%68ealth /api/.problem; do
            $way GET "$path"
            expect_problem 404 not-found
        done
        for path in / /metrics/ /x/../metrics /x/../api/health /index.html /js/page.js /.problem /.login/by-password /.backups/x.db; do
            $way GET "$path"
            expect_code 404
        done
        $way POST /api/backups
        expect_problem 404 not-found
        $way POST /metrics
        expect_problem 405 method-not-allowed
        $way POST /api/health
        expect_problem 405 method-not-allowed
        expect_header Allow 'GET, HEAD'
        $way DELETE /healthz
        expect_code 405
    done
    [[ -z $(find "$BACKUPS" -name '*.db') ]]
}

@test "any host name is answered, as probes use addresses, and with the headers of every answer" {
    local name
    for name in 10.1.2.3:8081 '[fd00::1]:8081' camera-sheet-0.camera-sheet; do
        ask_probe GET /api/health --header "Host: $name"
        expect_code 200
        expect_header X-Content-Type-Options nosniff
        expect_header Cache-Control no-store
        expect_header Content-Security-Policy "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    done
    # As the simplest of them ask.
    URL=$PROBES ask_raw 'GET /healthz HTTP/1.0\r\n\r\n'
    expect_code 200
}

@test "a site that cannot back up says so there, by its status" {
    mv "$DATABASE" "$DATABASE.away"
    ask_probe GET /api/health
    expect_code 503
    expect_json '.status == "failing"'
    mv "$DATABASE.away" "$DATABASE"
    ask_probe GET /api/health
    expect_code 200
}

@test "the socket is there again after nginx was killed" {
    local victim
    victim=$(<"$SITE/nginx.pid")
    kill -KILL "$victim"
    is_another() { [[ -s $SITE/nginx.pid && $(<"$SITE/nginx.pid") != "$victim" ]] && ask_socket GET /healthz && [[ $code == 200 ]]; }
    await is_another
    ask_probe GET /healthz
    expect_code 200
}
