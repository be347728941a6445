# With a password file, nobody gets in without a name and a password; and what a password file may be.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    htpasswd -cbB "$BATS_FILE_TMPDIR/passwords" anna 'correct horse' 2>"$BATS_FILE_TMPDIR/htpasswd"
    printf '# a comment\n\nberta:%s\ncarla:%s:a remark' "$(openssl passwd -6 'battery')" \
        "$(openssl passwd -6 -salt x 'staple')" >>"$BATS_FILE_TMPDIR/passwords"
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
    for credentials in anna:wrong anna: berta:correct berta:batterY dora:battery ':' 'anna:correct horse '; do
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

@test "SHA-512 as well as bcrypt" {
    ask GET /api/backups --user berta:battery
    expect_code 200
    ask GET /api/backups --user carla:staple
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

@test "the logs name the person, and neither password nor credentials" {
    ask GET '/api/audit?limit=1' --user 'anna:correct horse'
    expect_json '.[0].actor == "anna"'
    ask GET '/api/backups' --user 'anna:correct horse'
    expect_code 200
    grep --quiet '^127.0.0.1 anna \[.*"GET /api/backups HTTP/1.1" 200 ' "$SITE/site.log"
    ! grep --quiet -e 'correct horse' -e "$(printf 'anna:correct horse' | base64)" "$SITE/site.log" || fail 'a password is in the log'
}

# What serve.sh says of a password file with this line in it, after a good one.
start_with() { # LINE
    printf 'anna:%s\n%s' "$(openssl passwd -6 x)" "$1" >"$scratch/passwords"
    chmod "${mode:-600}" "$scratch/passwords"
    status=0
    RUN_DIR=$scratch/run DATABASE_PATH=$scratch/show.db PASSWORD_FILE=$scratch/passwords PORT=${port-${URL##*:}} \
        timeout 20 "$repository/serve.sh" >"$scratch/out" 2>"$scratch/err" 3>&- || status=$?
}

@test "a hash that is guessed in no time is refused at the start, by its line, and not shown" {
    local hash
    for hash in secretword '{PLAIN}secretword' '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' '$apr1$abcdefgh$D4Fnk4bOmYYRGzfNGTnoz1' \
        "$(openssl passwd -1 secretword)" "$(openssl passwd -apr1 secretword)" "$(openssl passwd -5 secretword)" abJnggxhB/yWI \
        '' '$2y$05$tooshort' '$6$x$tooshort' "$(openssl passwd -6 x)"$'\r' "$(openssl passwd -6 x)trailing"; do
        start_with "berta:$hash"
        [[ $status -eq 64 ]] || fail "status $status with '$hash'"
        [[ $(<"$scratch/err") == 'serve.sh: Line 2 of PASSWORD_FILE '*'htpasswd -B'* ]] || fail "$(<"$scratch/err")"
        [[ -z $hash || $(<"$scratch/err") != *"$hash"* ]]
    done
    for hash in berta ":$(openssl passwd -6 x)" 'berta battery'; do
        start_with "$hash"
        [[ $status -eq 64 && $(<"$scratch/err") == 'serve.sh: Line 2 '* ]] || fail "$(<"$scratch/err")"
    done
}

# With a port in use it gets no further than that.
@test "a file that everybody may read starts with a warning" {
    mode=644 start_with 'berta:$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7'
    [[ $status -eq 75 && $(head --lines 1 "$scratch/err") == 'serve.sh: warning: everybody on this machine may read PASSWORD_FILE'* ]]
    mode=640 start_with ''
    [[ $status -eq 75 && $(head --lines 1 "$scratch/err") == 'serve.sh: Port '* ]]
}

# Some of the values have a second line, and so has the sentence then: that is not what expect_refusal takes.
refused() { # PART OF THE SENTENCE, settings in the environment
    local status=0
    RUN_DIR=$scratch/run DATABASE_PATH=$scratch/show.db timeout 20 "$repository/serve.sh" >"$scratch/out" 2>"$scratch/err" 3>&- || status=$?
    [[ $status -eq 64 && $(<"$scratch/err") == *"$1"* ]] || fail "$status: $(<"$scratch/err")"
}

@test "settings that say nothing sensible, or more than they should, are refused" {
    local value
    for value in "$scratch/nothing" /dev/null "$scratch"; do
        PASSWORD_FILE=$value refused 'missing, empty or not readable'
    done
    for value in 127.0.0.1:4180/auth https://127.0.0.1/auth http://127.0.0.1:4180 'http://127.0.0.1/a;' 'http://127.0.0.1/$uri' \
        'http://127.0.0.1/a b' 'http://127.0.0.1/"' 'http://unix:/tmp/x:/' 'http://127.0.0.1/{' $'http://127.0.0.1/\nx' \
        'http://$host/' 'http://a@b/' 'http://127.0.0.1/\'; do
        AUTH_URL=$value refused 'AUTH_URL must look like'
    done
    for value in /oauth2/start 'javascript:x' 'https://login.example/";' 'https://login.example/$uri' 'https://login.example/ x'; do
        AUTH_URL=http://127.0.0.1:1/auth AUTH_LOGIN_URL=$value refused 'AUTH_LOGIN_URL must be'
    done
    AUTH_LOGIN_URL=https://login.example/ refused 'AUTH_URL be set'
    AUTH_URL=http://127.0.0.1:1/auth PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords refused 'both set'
    READERS=rita refused 'READERS needs'
    for value in 'rita;' 'a"b' 'a$b' $'a\nb' 'a\b' '~x'; do
        PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords READERS=$value refused 'READERS must be'
    done
    READERS_MAY_DOWNLOAD=all refused 'READERS_MAY_DOWNLOAD'
}

@test "without authentication everybody is an administrator, and nobody has a name" {
    local folder=$scratch/site
    URL=$("$repository/tests/site" up "$folder")
    ask POST /api/backups --user 'eve:x' --header 'Remote-User: eve' --header 'X-Forwarded-For: 203.0.113.7' --header 'X-Real-IP: 203.0.113.7'
    expect_code 201
    ask GET /api/audit
    "$repository/tests/site" down "$folder"
    expect_json 'length == 1 and .[0].actor == null and .[0].address == "127.0.0.1"'
    grep --quiet '^127.0.0.1 - \[.*"POST /api/backups ' "$folder/site.log"
}
