# Behind a proxy: TRUSTED_PROXIES says whose word is taken for who asks.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    htpasswd -cbB "$BATS_FILE_TMPDIR/passwords" anna horse 2>"$BATS_FILE_TMPDIR/htpasswd"
    export PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords
    TRUSTED_PROXIES='127.0.0.1 10.0.0.0/8 2001:db8:7::/48' start_site
}
teardown_file() { stop_site; }

# Asks as anna through proxies, the last of which is this machine: FORWARDED is what they have noted.
ask_through() { # FORWARDED METHOD PATH [CURL ARGUMENT...]
    ask "$2" "$3" --header "X-Forwarded-For: $1" --user anna:horse "${@:4}"
}

# The address in the newest line of the audit log.
audited() {
    ask GET '/api/audit?limit=1' --user anna:horse
    json '.[0].address'
}

@test "the client that the proxy names is in the audit log and in the log" {
    ask_through 203.0.113.7 POST /api/backups
    expect_code 201
    [[ $(audited) == 203.0.113.7 ]]
    grep --quiet '^203.0.113.7 anna \[.*"POST /api/backups ' "$SITE/site.log"
    ask_through 2001:db8:1::2 POST /api/backups
    [[ $(audited) == 2001:db8:1::2 ]]
}

@test "of a chain it is the last one that no trusted proxy is" {
    ask_through '198.51.100.1, 203.0.113.8, 10.1.2.3, 2001:db8:7::9' POST /api/backups
    [[ $(audited) == 203.0.113.8 ]]
}

@test "what is no address changes nothing" {
    local value
    for value in unknown '203.0.113.300' '"; DROP' '_hidden' ''; do
        ask_through "$value" POST /api/backups
        expect_code 201
        [[ $(audited) == 127.0.0.1 ]]
    done
}

@test "only the address is taken from a proxy" {
    ask_through 203.0.113.7 GET /api/health --header 'X-Forwarded-Host: evil.example' --header 'X-Forwarded-Proto: https' \
        --header 'X-Forwarded-User: berta' --header 'X-Real-IP: 192.0.2.1' --header 'Forwarded: for=192.0.2.1'
    expect_code 200
    [[ -z $(header Strict-Transport-Security) ]]
    grep --quiet '^203.0.113.7 anna \[.*"GET /api/health ' "$SITE/site.log"
}

@test "who guesses passwords behind the proxy locks nobody else out" {
    local number
    for number in {1..10}; do
        ask GET /api/backups --header 'X-Forwarded-For: 203.0.113.66' --user "anna:$number"
        expect_problem 401 unauthorized
    done
    ask GET /api/backups --header 'X-Forwarded-For: 203.0.113.66' --user anna:11
    expect_problem 429 too-many-requests
    ask_through 203.0.113.66 GET /api/backups
    expect_problem 429 too-many-requests
    ask_through 203.0.113.67 GET /api/backups
    expect_code 200
    # Whoever guesses may write what they like before what the proxy adds.
    ask_through '192.0.2.9, 203.0.113.66' GET /api/backups
    expect_problem 429 too-many-requests
}

@test "what is no address, or everybody, is refused at the start" {
    local value
    for value in proxy.example 10.0.0 10.0.0.256 10.0.0.0/33 10.0.0.0/ '10.0.0.1;' '10.0.0.1, 10.0.0.2' 01.2.3.4 ::/129 1:2 :::1 \
        1:2:3:4:5:6:7:8:9 '1::2::3' 12345::1 unix: '*' $'10.0.0.1\n;' 10.0.0.1/8/8; do
        TRUSTED_PROXIES="10.0.0.9 $value" expect_refusal 64 'TRUSTED_PROXIES must be'
    done
    for value in 0.0.0.0/0 ::/0; do
        TRUSTED_PROXIES=$value expect_refusal 64 'TRUSTED_PROXIES is everybody'
    done
    # With a port in use it gets no further than that.
    for value in 192.0.2.1 10.0.0.0/8 ::1 fd00::/8 2001:db8::1/128 1:2:3:4:5:6:7:8 '  10.0.0.1   10.0.0.2  '; do
        status=0
        TRUSTED_PROXIES=$value PORT=${URL##*:} RUN_DIR=$scratch/run DATABASE_PATH=$scratch/show.db "$repository/serve.sh" >"$scratch/err" 2>&1 3>&- || status=$?
        [[ $status -eq 75 ]] || fail "'$value': $(<"$scratch/err")"
    done
}
