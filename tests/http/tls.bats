# A site with a certificate.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    make_certificate "$BATS_FILE_TMPDIR"
    htpasswd -cbB "$BATS_FILE_TMPDIR/passwords" anna horse 2>"$BATS_FILE_TMPDIR/htpasswd"
    export TLS_CERTIFICATE=$BATS_FILE_TMPDIR/certificate.pem TLS_KEY=$BATS_FILE_TMPDIR/key.pem
    export CURL_CA_BUNDLE=$TLS_CERTIFICATE
    PASSWORD_FILE=$BATS_FILE_TMPDIR/passwords SERVER_NAMES=backups.example start_site
}
teardown_file() { stop_site; }

make_certificate() { # FOLDER
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=backups.example \
        -addext 'subjectAltName=DNS:backups.example,IP:127.0.0.1' -keyout "$1/key.pem" -out "$1/certificate.pem" 2>"$1/openssl"
    chmod 600 "$1/key.pem"
}

host() { printf '%s' "${URL#https://}"; }

@test "it says https, and everything works there" {
    [[ $URL == https://127.0.0.1:* ]]
    ask GET /healthz
    expect_code 200
    ask GET /
    expect_code 401
    ask GET / --user anna:horse
    expect_code 200
    ask POST /api/backups --user anna:horse --header "Origin: $URL" --header 'Sec-Fetch-Site: same-origin'
    expect_code 201
    ask GET "$(header Location)" --user anna:horse
    expect_code 200
    # A page of the same host that came without encryption is not its own.
    ask POST /api/backups --user anna:horse --header "Origin: http://$(host)"
    expect_problem 403 forbidden
}

@test "a browser keeps to https for a host of this name, but not for every machine's own" {
    local port=${URL##*:} status
    curl --silent --fail --resolve "backups.example:$port:127.0.0.1" --dump-header "$scratch/headers" --output "$scratch/body" \
        "https://backups.example:$port/healthz"
    headers=$scratch/headers
    expect_header Strict-Transport-Security max-age=31536000
    curl --silent --resolve "backups.example:$port:127.0.0.1" --dump-header "$scratch/headers" --output "$scratch/body" \
        "https://backups.example:$port/api/backups"
    expect_header Strict-Transport-Security max-age=31536000
    ask GET /healthz
    [[ -z $(header Strict-Transport-Security) ]]
}

@test "who asks without encryption is sent there, and no further" {
    local method port=${URL##*:}
    for method in GET POST; do
        URL=http://$(host) ask "$method" '/api/backups?x=1'
        expect_code 308
        expect_header Location "$URL/api/backups?x=1"
    done
    URL=http://$(host) ask GET / --header "Host: backups.example:$port"
    expect_header Location "https://backups.example:$port/"
    ask GET / --header 'Host: evil.example'
    expect_code 421
}

@test "old protocols are refused" {
    local version
    for version in 1.0 1.1; do
        ! curl --silent "--tlsv$version" --tls-max "$version" --ciphers 'DEFAULT@SECLEVEL=0' "$URL/healthz" || fail "TLS $version"
    done
    for version in 1.2 1.3; do
        curl --silent --fail "--tlsv$version" --tls-max "$version" "$URL/healthz"
    done
}

@test "a certificate without its key is refused at the start" {
    TLS_KEY='' expect_refusal 64 'must both'
    TLS_CERTIFICATE='' expect_refusal 64 'must both'
    TLS_KEY=$scratch/nothing expect_refusal 64 'must both'
    TLS_CERTIFICATE=$TLS_KEY expect_refusal 64 'not a certificate and its key'
    mkdir "$scratch/other"
    make_certificate "$scratch/other"
    TLS_KEY=$scratch/other/key.pem expect_refusal 64 'not a certificate and its key'
    openssl pkey -in "$TLS_KEY" -aes256 -passout pass:word -out "$scratch/locked.pem"
    TLS_KEY=$scratch/locked.pem expect_refusal 64 'passphrase'
}

@test "a renewed certificate is taken without a restart" {
    local old master
    make_certificate "$BATS_FILE_TMPDIR"
    master=$(<"$SITE/nginx.pid")
    old=$(pgrep --parent "$master")
    kill -HUP "$master"
    # shellcheck disable=SC2086
    are_gone() { ! kill -0 $old 2>/dev/null; }
    await are_gone
    ask GET /healthz
    expect_code 200
}
