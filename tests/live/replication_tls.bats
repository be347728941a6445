#!/usr/bin/env bats
# S3 over TLS with a private CA, and with credentials that have a session token.

bats_require_minimum_version 1.5.0
load support
load ../replication

setup_file() {
    start_object_store
}

teardown_file() {
    end_replication
}

setup() {
    require_object_store
    require_litestream
    mkdir "$BATS_TEST_TMPDIR/data"
    export DATABASE_PATH=$BATS_TEST_TMPDIR/data/show.db LITESTREAM_CONFIG=$BATS_TEST_TMPDIR/litestream.yml
    sqlite3 "$DATABASE_PATH" 'PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1)' >/dev/null
}

teardown() {
    [[ -z ${litestream_pid:-} ]] || stop_litestream
    [[ -z ${front_pid:-} ]] || kill "$front_pid"
}

# A certificate for 127.0.0.1 by a CA that nobody else knows.
make_certificates() {
    cd "$BATS_TEST_TMPDIR" || return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=private CA' \
        -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=127.0.0.1' -keyout key.pem -out request.pem
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 2 -out certificate.pem \
        -extfile <(echo 'subjectAltName=IP:127.0.0.1')
    cd - || return
} >/dev/null 2>&1

# The object store behind TLS.
start_front() {
    tls_port=$(free_port)
    cat >"$BATS_TEST_TMPDIR/front.conf" <<END
daemon off;
pid front.pid;
error_log front.log;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:$tls_port ssl;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        location / {
            proxy_pass $OBJECT_STORE_URL;
            proxy_set_header Host \$http_host;
        }
    }
}
END
    PATH=$PATH:/usr/sbin nginx -p "$BATS_TEST_TMPDIR" -c front.conf 3>&- 4>&- &
    front_pid=$!
    wait_until bash -c "exec 3<>/dev/tcp/127.0.0.1/$tls_port" 2>/dev/null
}

configure() { # OPTION...
    write_litestream_config "$LITESTREAM_CONFIG" "$DATABASE_PATH" "s3://$BUCKET/$BATS_TEST_NUMBER" "$@"
}

is_active() {
    [[ $("$PROGRAMS/litestream-status" --json | jq -r .status) == active ]]
}

@test "a private CA is trusted when it is given, and only then" {
    make_certificates
    start_front
    configure "endpoint: https://127.0.0.1:$tls_port"
    export AWS_CA_BUNDLE=$BATS_TEST_TMPDIR/ca.pem
    start_litestream "$LITESTREAM_CONFIG"
    wait_until is_active
    "$PROGRAMS/litestream-points" --json | jq --exit-status '.earliest != null'
    "$PROGRAMS/litestream-fetch" --json | jq --exit-status '.kind == "litestream"'

    AWS_CA_BUNDLE='' run --separate-stderr "$PROGRAMS/litestream-fetch"
    [[ $status -eq 69 && $stderr == *certificate*AWS_CA_BUNDLE* ]]
    AWS_CA_BUNDLE='' run "$PROGRAMS/litestream-status" --json
    [[ $(jq -r .status <<<"$output") == unreachable && $(jq -r .detail <<<"$output") == *certificate* ]]

    configure "endpoint: https://127.0.0.1:$tls_port" 'skip-verify: true'
    AWS_CA_BUNDLE='' "$PROGRAMS/litestream-points" --json | jq --exit-status '.earliest != null'
}

# The gateway of these tests takes any token, so this looks at what is sent.
@test "a session token is sent, and signed with the rest" {
    local port
    port=$(free_port)
    configure "endpoint: http://127.0.0.1:$port"
    node -e '
        require("http").createServer((request, response) => {
            console.log(JSON.stringify(request.headers));
            response.end("<ListBucketResult/>", () => process.exit());
        }).listen(Number(process.argv[1]), "127.0.0.1")' "$port" >"$BATS_TEST_TMPDIR/headers" 3>&- 4>&- &
    server_pid=$!
    wait_until bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null
    AWS_ACCESS_KEY_ID=temporary AWS_SECRET_ACCESS_KEY=secret AWS_SESSION_TOKEN=the-token "$PROGRAMS/litestream-points" --json
    wait "$server_pid"
    jq --exit-status '.["x-amz-security-token"] == "the-token"
        and (.authorization | test("SignedHeaders=[^,]*x-amz-security-token"))' "$BATS_TEST_TMPDIR/headers"
}
