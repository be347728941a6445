#!/bin/bash
# In the place of the app, for trying: makes a small camera sheet if there is none, and then does nothing.
set -euo pipefail

if [[ ! -s $DATABASE_PATH ]]; then
    sqlite3 -bail "$DATABASE_PATH" <"$(dirname "$0")/sheet.sql"
fi
echo "The camera sheet is $DATABASE_PATH."
trap 'exit 0' TERM
while :; do
    sleep 3600 &
    wait $!
done
