# Wrong passwords: ten at once and ten a minute are tried, for one user name from one address; then, for a minute, none.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    local name
    : >"$BATS_FILE_TMPDIR/passwords"
    for name in anna berta carla dora emma frida gina; do
        htpasswd -bB "$BATS_FILE_TMPDIR/passwords" "$name" "horse of $name" 2>>"$BATS_FILE_TMPDIR/htpasswd"
    done
    PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords start_site
}
teardown_file() { stop_site; }

# How many passwords of somebody nginx has tried and found wrong.
tried() { # NAME
    grep --count "user \"$1\": password mismatch" "$SITE/site.log" || true
}

lock_out() { # NAME
    local number
    for number in {1..10}; do
        ask GET /api/backups --user "$1:$number"
        expect_problem 401 unauthorized
    done
    ask GET /api/backups --user "$1:11"
    expect_problem 429 too-many-requests
}

@test "after ten wrong passwords none is tried, not even the right one" {
    lock_out anna
    expect_header Retry-After 60
    expect_json '.detail | test("wrong passwords")'
    [[ -z $(header WWW-Authenticate) ]]
    local before
    before=$(tried anna)
    ask GET /api/backups --user 'anna:horse of anna'
    expect_problem 429 too-many-requests
    expect_header Retry-After 60
    ask DELETE /api/backups/x.db --user 'anna:horse of anna'
    expect_problem 429 too-many-requests
    ask GET / --user 'anna:horse of anna'
    expect_code 429
    [[ $(header Content-Type) == text/plain* ]]
    [[ $(tried anna) == "$before" ]]
}

@test "everybody else goes on, from the same address, too" {
    lock_out carla
    ask GET /api/backups --user berta:wrong
    expect_problem 401 unauthorized
    ask GET /api/backups --user 'berta:horse of berta'
    expect_code 200
    # Who has no password yet is asked for one.
    ask GET /
    expect_code 401
    expect_header WWW-Authenticate 'Basic realm="Camera sheet backups"'
    ask GET /healthz
    expect_code 200
}

@test "the name cannot be written in another way that is tried" {
    lock_out frida
    local before name
    before=$(tried frida)
    for name in FRIDA 'frida ' ' frida' 'frida%00' $'frida\t'; do
        ask GET /api/backups --user "$name:horse of frida"
        expect_code 401
    done
    for name in basic BASIC 'Basic '; do
        ask GET /api/backups --header "Authorization: $name $(printf 'frida:horse of frida' | base64)"
        expect_code 401 429
    done
    [[ $(tried frida) == "$before" ]]
}

@test "no header that a client sends makes it another address" {
    lock_out emma
    local header
    for header in X-Client X-Real-IP X-Forwarded-For Forwarded X-Accel-Expires Cache-Control Pragma; do
        ask GET /api/backups --user 'emma:horse of emma' --header "$header: no-cache, 192.0.2.7"
        expect_problem 429 too-many-requests
    done
}

# What comes at the same moment is tried before nginx knows that it is too many: one a connection.
@test "of a thousand guesses a few are tried, while another user's page never waits" {
    local result
    result=$(node "$BATS_TEST_DIRNAME/guesses.mjs" "$URL" dora 1000 'horse of dora' 'berta:horse of berta')
    printf '# %s; tried: %s\n' "$result" "$(tried dora)" >&3
    (($(tried dora) <= 60)) || fail "$(tried dora) were tried"
    jq --exit-status '.guesses.right == 429 and .guesses.answers."401" <= 11 and (.other.answers | keys) == ["200"]
                      and .other.median_ms < 1000' <<<"$result"
}

@test "the right password from a page that asks much at once is never too much" {
    local result
    result=$(node "$BATS_TEST_DIRNAME/guesses.mjs" "$URL" berta 1 'horse of berta' 'berta:horse of berta')
    jq --exit-status '.guesses.right == 200' <<<"$result"
    seq 300 | xargs --max-procs 20 --replace \
        curl --silent --output /dev/null --write-out '%{http_code}\n' --user 'berta:horse of berta' "$URL/api/backups" |
        sort | uniq --count >"$scratch/codes"
    [[ $(tr -s ' ' <"$scratch/codes") == ' 300 200' ]] || fail "$(<"$scratch/codes")"
}

# With seconds in place of the minute; nginx reads its configuration anew for it, as after a new certificate.
@test "after its time, passwords are tried again" {
    local old master
    sed 's/403 1m;/403 3s;/' "$repository/nginx.conf" >"$SITE/nginx.conf.short"
    ! cmp --silent "$repository/nginx.conf" "$SITE/nginx.conf.short"
    mv "$SITE/nginx.conf.short" "$SITE/nginx.conf"
    master=$(<"$SITE/nginx.pid")
    old=$(pgrep --parent "$master")
    kill -HUP "$master"
    # shellcheck disable=SC2086
    are_gone() { ! kill -0 $old 2>/dev/null; }
    await are_gone
    lock_out gina
    ask GET /api/backups --user 'gina:horse of gina'
    expect_problem 429 too-many-requests
    is_free() { ask GET /api/backups --user 'gina:horse of gina' && [[ $code == 200 ]]; }
    await is_free
}
