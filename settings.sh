# Reads and checks the settings of serve.sh, which sources this; its head lists them. Nothing is made or started here.
# shellcheck shell=bash disable=SC2034,SC2154 # what serve.sh reads, and where it lies

# Exit statuses of sysexits.h
readonly wrong_usage=64 part_missing=69

refuse() { # STATUS SENTENCE
    printf 'serve.sh: %s\n' "$2" >&2
    exit "$1"
}

absolute() { # PATH
    realpath --canonicalize-missing --no-symlinks -- "$1"
}

read_settings() {
    local built=$site_files
    [[ ! -d $site_files/build ]] || built=$site_files/build
    run_dir_as_given=${RUN_DIR:-./run}
    RUN_DIR=$(absolute "$run_dir_as_given")
    LISTEN=${LISTEN:-127.0.0.1}
    PORT=${PORT:-8080}
    PROBE_PORT=${PROBE_PORT:-}
    TRUSTED_PROXIES=${TRUSTED_PROXIES:-}
    SERVER_NAMES=${SERVER_NAMES:-}
    PASSWORD_FILE=${PASSWORD_FILE:+$(absolute "$PASSWORD_FILE")}
    AUTH_URL=${AUTH_URL:-}
    AUTH_LOGIN_URL=${AUTH_LOGIN_URL:-}
    READERS=${READERS:-}
    TLS_CERTIFICATE=${TLS_CERTIFICATE:+$(absolute "$TLS_CERTIFICATE")}
    TLS_KEY=${TLS_KEY:+$(absolute "$TLS_KEY")}
    SAMPLE=${SAMPLE:+$(absolute "$SAMPLE")}
    PROGRAMS=$(absolute "${PROGRAMS:-$built/cgi-bin}")
    HTML=$(absolute "${HTML:-$built/html}")
    OPENAPI=$(absolute "${OPENAPI:-$built/openapi.json}")
    DATABASE_PATH=$(absolute "${DATABASE_PATH:-/data/camera_assignments.db}")
    BACKUP_DIR=$(absolute "${BACKUP_DIR:-$(dirname "$DATABASE_PATH")/backups}")
    export DATABASE_PATH BACKUP_DIR
    read_replication_settings
}

# With a configuration of somebody else's, somebody else may run Litestream, too.
read_replication_settings() {
    REPLICATE=${REPLICATE:-no}
    if [[ -z ${LITESTREAM_BIN:-} ]]; then
        LITESTREAM_BIN=litestream
        [[ ! -x $built/litestream ]] || LITESTREAM_BIN=$built/litestream
    fi
    [[ $LITESTREAM_BIN != */* ]] || LITESTREAM_BIN=$(absolute "$LITESTREAM_BIN")
    export LITESTREAM_BIN
    [[ $REPLICATE == yes ]] || return 0
    LITESTREAM_CONFIG=$(absolute "${LITESTREAM_CONFIG:-$site_files/litestream.yml}")
    LITESTREAM_REPLICA_URL=${LITESTREAM_REPLICA_URL:-file://$RUN_DIR/replica}
    LITESTREAM_ENDPOINT=${LITESTREAM_ENDPOINT:-}
    LITESTREAM_REGION=${LITESTREAM_REGION:-}
    LITESTREAM_SYNC_INTERVAL=${LITESTREAM_SYNC_INTERVAL:-1s}
    LITESTREAM_SNAPSHOT_INTERVAL=${LITESTREAM_SNAPSHOT_INTERVAL:-6h}
    LITESTREAM_RETENTION=${LITESTREAM_RETENTION:-174h}
    LITESTREAM_ADDR=${LITESTREAM_ADDR:-127.0.0.1:$(metrics_port)}
    AWS_EC2_METADATA_DISABLED=${AWS_EC2_METADATA_DISABLED:-true}
    export LITESTREAM_CONFIG LITESTREAM_REPLICA_URL LITESTREAM_ENDPOINT LITESTREAM_REGION LITESTREAM_SYNC_INTERVAL
    export LITESTREAM_SNAPSHOT_INTERVAL LITESTREAM_RETENTION LITESTREAM_ADDR AWS_EC2_METADATA_DISABLED
}

# A port of this site's own, so that two of them on one machine do not meet, and none that the kernel gives to clients.
metrics_port() {
    [[ ! $PORT =~ ^[0-9]{1,5}$ ]] || echo $((10000 + 10#$PORT % 20000))
}

is_port() { # NUMBER
    [[ $1 =~ ^[1-9][0-9]{0,4}$ && $1 -le 65535 ]]
}

# What goes into nginx's configuration must not be able to say more there than it should.
check_settings() {
    is_port "$PORT" || refuse $wrong_usage "PORT must be a number from 1 to 65535, not '$PORT'."
    [[ -z $PROBE_PORT ]] || is_port "$PROBE_PORT" ||
        refuse $wrong_usage "PROBE_PORT must be a number from 1 to 65535, not '$PROBE_PORT'."
    [[ $PROBE_PORT != "$PORT" && (-z $PROBE_PORT || ${LITESTREAM_ADDR:-} != *:"$PROBE_PORT") ]] ||
        refuse $wrong_usage "PROBE_PORT must be another port than PORT and that of LITESTREAM_ADDR: choose another one than $PROBE_PORT."
    [[ $LISTEN =~ ^[0-9A-Za-z.:-]+$ ]] ||
        refuse $wrong_usage "LISTEN must be an address of this machine, not '$LISTEN'."
    [[ $SERVER_NAMES =~ ^[]0-9A-Za-z.:_*\ [-]*$ ]] ||
        refuse $wrong_usage "SERVER_NAMES must be host names separated by spaces, not '$SERVER_NAMES'."
    [[ $REPLICATE == yes || $REPLICATE == no ]] ||
        refuse $wrong_usage "REPLICATE must be yes or no, not '$REPLICATE'."
    check_proxies
}

# Whether it is an address or, with a prefix length, a network.
is_address() { # TEXT
    local octet='(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])' group='[0-9A-Fa-f]{1,4}' address=${1%%/*} colons
    [[ ! $1 =~ ^($octet\.){3}$octet(/(3[0-2]|[12]?[0-9]))?$ ]] || return 0
    colons=${address//[^:]/}
    [[ $1 =~ ^[^/]*(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?$ && ${#colons} -le 7 ]] &&
        [[ $address =~ ^($group:){7}$group$ || $address =~ ^($group(:$group)*)?::($group(:$group)*)?$ ]]
}

# Who trusts everybody lets everybody choose the address that guesses are counted for.
check_proxies() {
    local words proxy
    read -r -d '' -a words <<<"$TRUSTED_PROXIES" || true
    for proxy in "${words[@]}"; do
        is_address "$proxy" || refuse $wrong_usage "TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, separated by spaces, not '$proxy'."
        [[ $proxy != */0 ]] || refuse $wrong_usage "TRUSTED_PROXIES is everybody ($proxy): name the network of your proxies."
    done
}

check_who_may_enter() {
    local url='https?://([0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[0-9A-Za-z._~%?=&,:/@+-]*)?'
    [[ -z $PASSWORD_FILE ]] || check_passwords
    [[ -z $PASSWORD_FILE || -z $AUTH_URL ]] ||
        refuse $wrong_usage "PASSWORD_FILE and AUTH_URL are both set: who may enter is known to one of them only."
    [[ -z $AUTH_URL || $AUTH_URL =~ ^$url$ && $AUTH_URL == http://*/* ]] ||
        refuse $wrong_usage "AUTH_URL must look like http://127.0.0.1:4180/oauth2/auth, not '$AUTH_URL'."
    [[ -z $AUTH_LOGIN_URL || -n $AUTH_URL && $AUTH_LOGIN_URL =~ ^$url$ ]] ||
        refuse $wrong_usage "AUTH_LOGIN_URL must be an http or https address, and AUTH_URL be set, not '$AUTH_LOGIN_URL'."
    [[ $READERS =~ ^[0-9A-Za-z.@_+\ -]*$ ]] ||
        refuse $wrong_usage "READERS must be user names separated by spaces, not '$READERS'."
    [[ -z $READERS || -n $PASSWORD_FILE$AUTH_URL ]] ||
        refuse $wrong_usage "READERS needs to know who asks: set PASSWORD_FILE or AUTH_URL."
    check_tls
    [[ ! $LISTEN =~ ^(127(\.[0-9]{1,3}){3}|::1|localhost)$ ]] || return 0
    [[ -n $PASSWORD_FILE$AUTH_URL || ${AUTH:-} == none ]] ||
        refuse $wrong_usage "Others could reach $LISTEN and restore or delete backups: set PASSWORD_FILE (made by htpasswd -B) or AUTH_URL, or AUTH=none if something in front of this site asks for the password."
}

# nginx would also take passwords in plain text and hashes that are guessed in no time.
# shellcheck disable=SC2016 # the dollars of the hashes
check_passwords() {
    local line number=0
    local hash='(\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}|\$6\$(rounds=[0-9]+\$)?[^$:]{1,16}\$[./0-9A-Za-z]{86}|\$y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]*\$[./0-9A-Za-z]{43})'
    [[ -s $PASSWORD_FILE && -f $PASSWORD_FILE && -r $PASSWORD_FILE ]] ||
        refuse $wrong_usage "PASSWORD_FILE '$PASSWORD_FILE' is missing, empty or not readable."
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        [[ -n $line && $line != '#'* ]] || continue
        [[ $line =~ ^[^:]+:$hash(:.*)?$ ]] ||
            refuse $wrong_usage "Line $number of PASSWORD_FILE is no name with a strong hash (bcrypt, SHA-512 or yescrypt): make it anew, by htpasswd -B '$PASSWORD_FILE' NAME."
    done <"$PASSWORD_FILE"
    warn_if_open_to_all PASSWORD_FILE "$PASSWORD_FILE"
}

check_tls() {
    [[ -n $TLS_CERTIFICATE$TLS_KEY ]] || return 0
    [[ -r $TLS_CERTIFICATE && -r $TLS_KEY ]] ||
        refuse $wrong_usage "TLS_CERTIFICATE and TLS_KEY must both name a file that is there and readable."
    command -v openssl >/dev/null || refuse $part_missing "openssl is not installed."
    ! grep --quiet ENCRYPTED "$TLS_KEY" ||
        refuse $wrong_usage "TLS_KEY is protected by a passphrase, which nobody could type in here: give one without."
    [[ $(openssl x509 -in "$TLS_CERTIFICATE" -noout -pubkey 2>&1) == $(openssl pkey -in "$TLS_KEY" -pubout 2>&1) ]] ||
        refuse $wrong_usage "TLS_CERTIFICATE and TLS_KEY are not a certificate and its key, both as PEM."
    warn_if_open_to_all TLS_KEY "$TLS_KEY"
}

# A volume of secrets is often made so, and may be out of others' reach all the same.
warn_if_open_to_all() { # SETTING FILE
    [[ -z $(find -L "$2" -maxdepth 0 -perm /004) ]] ||
        printf 'serve.sh: warning: everybody on this machine may read %s: chmod o-r %q\n' "$1" "$2" >&2
}

check_parts() {
    local part
    for part in nginx supervisord curl flock; do
        command -v "$part" >/dev/null || refuse $part_missing "$part is not installed."
    done
    for part in "$PROGRAMS" "$HTML" "$OPENAPI"; do
        [[ -e $part ]] || refuse $part_missing "'$part' is missing: run make first."
    done
    [[ $REPLICATE == no ]] || command -v "$LITESTREAM_BIN" >/dev/null ||
        refuse $part_missing "Litestream is not installed: install it, or set LITESTREAM_BIN or REPLICATE=no."
}

# A program that does not start at all would be started again and again; the sentence that it says is worth more.
check_settings_of_programs() {
    local complaint status=0
    complaint=$("$PROGRAMS/health" 2>&1 >/dev/null </dev/null) || status=$?
    ((status != wrong_usage)) || refuse $wrong_usage "$complaint"
}
