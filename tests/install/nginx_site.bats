# The site file for an nginx of the machine's own, in front of a real site: TLS, names, addresses, events, large files.
# shellcheck disable=SC2154 # what helper.bash sets
load ../http/helper

readonly name=backups.example.com

# The file as it is installed, but with ports and a certificate of the test.
write_front() { # FOLDER HTTP_PORT HTTPS_PORT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name" -keyout "$1/front.key" -out "$1/front.pem" 2>"$1/openssl.log"
    sed -e "s|listen 80;|listen 127.0.0.1:$2;|; s|listen 443 |listen 127.0.0.1:$3 |; /listen \[::\]/d" \
        -e "s|/etc/ssl/.*\.pem|$1/front.pem|; s|/etc/ssl/private/.*\.key|$1/front.key|" \
        -e "s|127.0.0.1:8080|${SITE_URL#http://}|" "$repository/install/nginx-site.conf" >"$1/site.conf"
    cat >"$1/nginx.conf" <<END
daemon off;
pid $1/nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path $1/body;
    proxy_temp_path $1/proxy;
    fastcgi_temp_path $1/fastcgi;
    scgi_temp_path $1/scgi;
    uwsgi_temp_path $1/uwsgi;
    include $1/site.conf;
}
END
}

# Another program may have the port: then again with another one.
start_front() { # FOLDER
    local port
    mkdir -p "$1"
    for _ in {1..10}; do
        port=$((20000 + RANDOM % 12000))
        write_front "$1" "$((port + 1))" "$port"
        PATH=$PATH:/usr/sbin nginx -p "$1/" -c "$1/nginx.conf" >"$1/log" 2>&1 3>&- &
        FRONT=$!
        is_decided() { curl_front "http://127.0.0.1:$((port + 1))/" >"$1/answer" 2>&1 || ! kill -0 "$FRONT" 2>/dev/null; }
        await is_decided "$1"
        if kill -0 "$FRONT" 2>/dev/null; then
            URL=https://$name:$port PLAIN_URL=http://127.0.0.1:$((port + 1))
            return
        fi
    done
    fail "nginx does not start: $(<"$1/log")"
}

curl_front() {
    command curl --silent --max-time 5 "$@"
}

# The name is the machine's own for this test, and its certificate one to trust.
curl() {
    command curl --resolve "*:${URL##*:}:127.0.0.1" --cacert "$BATS_FILE_TMPDIR/front/front.pem" "$@"
}

setup_file() {
    SERVER_NAMES=$name TRUSTED_PROXIES=127.0.0.1 BUSY_TIMEOUT=60 start_site
    SITE_URL=$(<"$SITE/site.url")
    start_front "$BATS_FILE_TMPDIR/front"
    export URL PLAIN_URL FRONT
}
teardown_file() {
    [[ -z ${FRONT:-} ]] || kill "$FRONT"
    stop_site
}

@test "the page, and the main job, by the site's name" {
    ask GET / --header 'Accept: text/html'
    expect_code 200
    # As the page asks it.
    ask_json POST /api/backups '{"label":"in front"}' --header "Origin: $URL" --header 'Sec-Fetch-Site: same-origin'
    expect_code 201
    backup=$(json .filename)
    ask GET "/api/backups/$backup"
    cmp "$body" "$BACKUPS/$backup"
    ask GET "/api/backups/$backup" --range 0-15
    expect_code 206
    ask POST "/api/backups/$backup/restore"
    expect_code 200
    ask DELETE "/api/backups/$backup"
    expect_code 200
}

@test "another site's page is refused through it, too" {
    ask POST /api/backups --header 'Origin: https://evil.example'
    expect_problem 403 forbidden
}

@test "what comes unencrypted is sent to where it is not" {
    command curl --silent --output /dev/null --write-out '%{http_code} %{redirect_url}' --header "Host: $name" "$PLAIN_URL/api/backups?a=b" >"$scratch/plain"
    [[ $(<"$scratch/plain") == "308 https://$name/api/backups?a=b" ]]
}

@test "the site knows who asks, and believes nobody but the one in front" {
    ask GET /api/databases --interface 127.0.0.9 --header 'X-Forwarded-For: 192.0.2.66' --user-agent "$BATS_TEST_NAME"
    expect_code 200
    is_logged() { grep "$BATS_TEST_NAME" "$SITE/site.log" >"$scratch/logged"; }
    await is_logged
    [[ $(<"$scratch/logged") == '127.0.0.9 '* ]]
}

@test "events come while the work is done, not at its end" {
    new_backup
    hold_lock
    begin_asking POST "/api/backups/$backup/restore" --header 'Accept: text/event-stream'
    await grep --quiet '^event: progress' "$body"
    [[ -z $(grep '^event: done' "$body") ]]
    release_lock
    await_answer
    expect_code 200
    [[ $(grep --count '^event: done' "$body") -eq 1 ]]
}

@test "it is the site, not the one in front, that says what is too large" {
    head --bytes 2000000 /dev/zero >"$scratch/large"
    ask POST /api/backups --header 'Content-Type: application/json' --data-binary "@$scratch/large"
    expect_problem 413 payload-too-large
}
