# With a password file, nobody gets in without a name and a password.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    htpasswd -cbB "$BATS_FILE_TMPDIR/passwords" anna 'correct horse' 2>"$BATS_FILE_TMPDIR/htpasswd"
    PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords start_site
}
teardown_file() { stop_site; }

@test "without credentials: 401, as a problem under /api/" {
    local path
    for path in /api/backups /api/openapi.json /api/health; do
        ask GET "$path"
        expect_problem 401 unauthorized
        [[ $(header WWW-Authenticate) == 'Basic realm='* ]]
    done
    ask POST /api/backups
    expect_problem 401 unauthorized
    ask GET /
    expect_code 401
    [[ $(header WWW-Authenticate) == 'Basic realm='* && $(header Content-Type) == text/plain* ]]
}

@test "with wrong ones: 401, and nothing happens" {
    local credentials
    for credentials in anna:wrong anna: berta:correct ':' 'anna:correct horse '; do
        ask POST /api/backups --user "$credentials"
        expect_problem 401 unauthorized
    done
    ask GET /api/backups --header 'Authorization: Bearer x'
    expect_problem 401 unauthorized
    [[ -z $(find "$BACKUPS" -name '*.db') ]]
}

@test "with the right ones everything works" {
    ask POST /api/backups --user 'anna:correct horse'
    expect_code 201
    ask GET "$(header Location)" --user 'anna:correct horse' --header 'Range: bytes=0-5'
    expect_code 206
    ask GET / --user 'anna:correct horse'
    expect_code 200
}

@test "credentials do not help another site's page" {
    ask POST /api/backups --user 'anna:correct horse' --header 'Sec-Fetch-Site: cross-site'
    expect_problem 403 forbidden
}

@test "nginx's own health asks for nobody" {
    ask GET /healthz
    expect_code 200
}

@test "the log names the person, and neither password nor credentials" {
    ask GET '/api/backups' --user 'anna:correct horse'
    expect_code 200
    grep --quiet '^127.0.0.1 anna \[.*"GET /api/backups HTTP/1.1" 200 ' "$SITE/site.log"
    ! grep --quiet -e 'correct horse' -e "$(printf 'anna:correct horse' | base64)" "$SITE/site.log" || fail 'a password is in the log'
}
