#!/bin/bash
# Makes a bucket in an S3 store, once that answers: make-bucket.sh BUCKET
#   STORE_URL, ACCESS_KEY_ID, SECRET_ACCESS_KEY   where it is, and its keys
#   TRIES, PAUSE   how often it asks (60), and how many seconds lie between (5)
set -uo pipefail

# One that is there already (409, of the same owner) is as good.
for ((try = 1; try <= ${TRIES:-60}; try++)); do
    ((try == 1)) || sleep "${PAUSE:-5}"
    status=$(printf 'user = "%s:%s"\n' "$ACCESS_KEY_ID" "$SECRET_ACCESS_KEY" |
        curl --config - --silent --show-error --request PUT --max-time 30 --aws-sigv4 aws:amz:us-east-1:s3 \
            --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --output /dev/null --write-out '%{http_code}' "$STORE_URL/$1")
    printf '%s/%s: %s\n' "$STORE_URL" "$1" "$status"
    [[ $status != 200 && $status != 409 ]] || exit 0
done
exit 1
