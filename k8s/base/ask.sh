#!/bin/bash
# Asks the backups' API to do one thing, for the CronJobs: ask.sh PATH [JSON]
#   BACKUPS_URL, BACKUPS_USER, BACKUPS_PASSWORD   where it is, and who asks
#   TRIES, PAUSE   how often it asks (40), and how many seconds lie between (30)
# It asks again while the site is busy (503) or cannot be connected to. Whatever else comes is the end: what may have been
# done already is not asked for twice.
set -uo pipefail

readonly path=$1 json=${2:-} answer_limit_seconds=3000
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# As curl's configuration has it: no other process sees the password.
quoted() { # TEXT
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# Prints the status of the answer, or 000, and the seconds until there was a connection.
ask() {
    local body=()
    [[ -z $json ]] || body=(--header 'Content-Type: application/json' --data-binary "$json")
    printf 'user = %s\n' "$(quoted "$BACKUPS_USER:$BACKUPS_PASSWORD")" |
        curl --config - --silent --show-error --request POST --connect-timeout 10 --max-time $answer_limit_seconds \
            "${body[@]}" --output "$answer" --write-out '%{http_code} %{time_connect}' "$BACKUPS_URL$path"
}

for ((try = 1; try <= ${TRIES:-40}; try++)); do
    ((try == 1)) || sleep "${PAUSE:-30}"
    : >"$answer"
    read -r status connected < <(ask)
    printf '%s: %s %s\n' "$path" "$status" "$(<"$answer")"
    [[ $status != 2?? ]] || exit 0
    [[ $status == 503 || $status == 000 && $connected == 0.000000 ]] || exit 1
done
exit 1
