# What the tests over HTTP share: each file has one site of its own (real nginx, real FastCGI), which setup_file starts
# and teardown_file stops, and asks it by curl.
# shellcheck disable=SC2034 # what the tests read

scratch=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}
repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/build.bash
source "$repository/tests/build.bash"

# What this machine reaches other hosts by is not for its own.
export no_proxy='*'

# ---- The site ---------------------------------------------------------------------------------------------------

start_site() {
    export SITE=$BATS_FILE_TMPDIR/site
    export DATABASE=${DATABASE_PATH:-$SITE/data/camera_assignments.db}
    export BACKUPS=${DATABASE%/*}/backups
    URL=$("$repository/tests/site" up "$SITE")
    export URL
}

stop_site() {
    "$repository/tests/site" down "$SITE"
}

# The processes of one program of the site.
workers() { # PROGRAM
    pgrep --session "$(<"$SITE/site.pid")" --full "^programs/$1$"
}

# That one of them which restores.
busy_worker() {
    local worker
    for worker in $(workers backup-restore); do
        [[ -z $(find "/proc/$worker/fd" -lname '*/.restore.lock') ]] || printf '%s' "$worker"
    done
}

# ---- Saying what is wrong ---------------------------------------------------------------------------------------

fail() { # SENTENCE
    printf '%s\n' "$*" >&2
    exit 1
}

# Waits, half a minute at most, until COMMAND succeeds.
await() { # COMMAND...
    local deadline=$((SECONDS + 30))
    until "$@"; do
        ((SECONDS < deadline)) || fail "waited for half a minute: $*"
        sleep 0.02
    done
}

# ---- Asking -----------------------------------------------------------------------------------------------------

# Asks the site and leaves the answer: $code, header NAME, and the body in the file $body.
ask() { # METHOD PATH [CURL ARGUMENT...]
    local method=$1 path=$2
    shift 2
    if [[ $method == HEAD ]]; then set -- --head "$@"; else set -- --request "$method" "$@"; fi
    body=$scratch/body headers=$scratch/headers
    : >"$body"
    code=$(curl --silent --show-error --path-as-is --globoff --max-time 60 --dump-header "$headers" \
        --output "$body" --write-out '%{http_code}' "$@" "$URL$path")
    [[ $method != HEAD ]] || : >"$body"
}

# Asks in the background: what has come so far is in $body, and await_answer waits for the rest.
begin_asking() { # METHOD PATH [CURL ARGUMENT...]
    body=$scratch/late-body headers=$scratch/late-headers
    : >"$body"
    curl --silent --no-buffer --max-time 60 --request "$1" --dump-header "$headers" --output "$body" \
        --write-out '%{http_code}' "${@:3}" "$URL$2" >"$scratch/late-code" 3>&- &
    asking=$!
}

await_answer() {
    wait "$asking"
    body=$scratch/late-body headers=$scratch/late-headers code=$(<"$scratch/late-code")
}

ask_json() { # METHOD PATH JSON [CURL ARGUMENT...]
    ask "$1" "$2" --header 'Content-Type: application/json' --data-binary "$3" "${@:4}"
}

# Sends these bytes as they are, where curl would not send a request like that.
ask_raw() { # BYTES, as printf's format
    body=$scratch/body headers=$scratch/headers
    local host=${URL#http://} answer=$scratch/answer
    # shellcheck disable=SC2059
    printf "$1" >"$scratch/bytes"
    exec 7<>"/dev/tcp/${host%:*}/${host#*:}"
    # All at once: nginx may close the connection at the first line that is wrong.
    cat "$scratch/bytes" >&7
    timeout 10 cat <&7 >"$answer"
    exec 7>&-
    sed '/^\r$/,$d' "$answer" >"$headers"
    sed '1,/^\r$/d' "$answer" >"$body"
    code=$(head -c 12 "$headers" | cut -d ' ' -f 2)
}

header() { # NAME
    tr -d '\r' <"$headers" | awk -v name="$1" 'BEGIN { FS = ": " } tolower($1) == tolower(name) { sub(/^[^:]*: /, ""); print }'
}

json() { # JQ FILTER
    jq --raw-output "$1" "$body"
}

# Takes a backup; its name is in $backup.
new_backup() { # [JSON]
    ask_json POST /api/backups "${1:-{\}}"
    expect_code 201
    backup=$(json .filename)
}

# ---- Expecting --------------------------------------------------------------------------------------------------

expect_code() { # CODE...
    [[ " $* " == *" $code "* ]] || fail "expected $*, got $code: $(head -c 500 "$body")"
}

expect_header() { # NAME VALUE
    local value
    value=$(header "$1")
    [[ $value == "$2" ]] || fail "expected $1: $2, got '$value' with status $code"
}

# A condition on the body, which must be one JSON document.
expect_json() { # JQ FILTER
    jq --exit-status "$1" "$body" >/dev/null || fail "not so: $1: $(head -c 500 "$body")"
}

# A problem as RFC 9457 has it, of this type, with a sentence.
expect_problem() { # CODE SLUG
    expect_code "$1"
    expect_header Content-Type application/problem+json
    expect_json ".type == \"urn:camera-sheet-backup:error:$2\" and .status == $1 and (.title | length > 2)
                 and (.detail | test(\"^.{10,}[.]\$\"))"
    [[ $1 != 503 || -n $(header Retry-After) ]] || fail "503 without Retry-After"
    [[ $1 != 405 || -n $(header Allow) ]] || fail "405 without Allow"
}

# serve.sh does not start, and says why in one sentence.
expect_refusal() { # STATUS PART OF THE SENTENCE, settings in the environment
    local status=0
    RUN_DIR=${RUN_DIR:-$scratch/run} DATABASE_PATH=${DATABASE_PATH:-$scratch/show.db} timeout 20 "$repository/serve.sh" >"$scratch/out" 2>"$scratch/err" 3>&- || status=$?
    [[ $status -eq $1 ]] || fail "expected status $1, got $status: $(<"$scratch/err")"
    [[ ! -s $scratch/out && $(wc --lines <"$scratch/err") -eq 1 ]] || fail "not one line: $(<"$scratch/out")$(<"$scratch/err")"
    grep --quiet --fixed-strings -e "$2" "$scratch/err" || fail "expected '$2': $(<"$scratch/err")"
}

# ---- The live database ------------------------------------------------------------------------------------------

# The app beside the site: another process that reads and writes the live database.
live() { # SQL
    sqlite3 -bail -cmd '.timeout 10000' "$DATABASE" "$1"
}

content() { # DATABASE FILE
    sqlite3 -readonly "$1" '.sha3sum'
}

# The app holds the write lock until release_lock.
hold_lock() {
    coproc APP { sqlite3 -bail "$DATABASE" 3>&-; }
    # shellcheck disable=SC2154
    printf 'BEGIN IMMEDIATE; SELECT 1;\n' >&"${APP[1]}"
    read -r -u "${APP[0]}"
}

release_lock() {
    local app=$APP_PID
    printf 'ROLLBACK;\n.quit\n' >&"${APP[1]}"
    wait "$app"
}
