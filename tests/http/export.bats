# Tables as CSV, and comparisons, over HTTP.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    start_site
    new_backup
    export backup
}
teardown_file() { stop_site; }

# A database in the backups folder whose table `rows` has a damaged page in its middle.
plant_damaged() { # NAME ROWS
    sqlite3 "$BACKUPS/$1" "CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
        INSERT INTO rows SELECT i, hex(randomblob(100)) FROM n"
    local size
    size=$(stat --format %s "$BACKUPS/$1")
    dd if=/dev/zero of="$BACKUPS/$1" bs=4096 seek=$((size / 4096 - 10)) count=1 conv=notrunc status=none
}

@test "a table is CSV with its names, as an attachment that is not stored" {
    ask GET "/api/backups/$backup/tables/shows.csv"
    expect_code 200
    expect_header Content-Type 'text/csv; charset=utf-8; header=present'
    expect_header Content-Disposition "attachment; filename*=UTF-8''shows.csv"
    [[ $(header Cache-Control) == *no-store* ]]
    [[ $(head -n 1 "$body") == "id,name,"*$'\r' && $(wc -l <"$body") -eq 9 ]]
    DATABASE_PATH=$DATABASE "$PROGRAMS/backup-export" "$backup" shows >"$scratch/shell"
    cmp "$body" "$scratch/shell"
}

@test "HEAD tells the same without the rows" {
    ask HEAD /api/backups/live/tables/shows.csv
    expect_code 200
    expect_header Content-Type 'text/csv; charset=utf-8; header=present'
    [[ ! -s $body ]]
}

@test "a table of any name" {
    local name encoded
    for name in 'a/b' '..' '%41' 'x.csv' 'ta"ble' "it's" 'ä 写' $'line\nbreak' $'\xff' '?' 'select'; do
        live "CREATE TABLE \"${name//\"/\"\"}\" (x); INSERT INTO \"${name//\"/\"\"}\" VALUES (7)"
        encoded=$(printf %s "$name" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')
        ask GET "/api/backups/live/tables/$encoded.csv"
        expect_code 200
        [[ $(<"$body") == $'x\r\n7\r' ]] || fail "$name: $(<"$body")"
        [[ $(header Content-Disposition) == "attachment; filename*=UTF-8''"*.csv ]]
        live "DROP TABLE \"${name//\"/\"\"}\""
    done
}

@test "what is no table is 404" {
    local name
    live 'CREATE TABLE numbers (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE _litestream_seq (id);
          CREATE VIRTUAL TABLE words USING fts5(text)'
    for name in camera_sheet nope sqlite_schema sqlite_sequence _litestream_seq words words_data shows%00 'shows%20'; do
        ask GET "/api/backups/live/tables/$name.csv"
        expect_code 404 400
        expect_header Content-Type application/problem+json
    done
    live 'DROP TABLE numbers; DROP TABLE _litestream_seq; DROP TABLE words'
    ask GET /api/backups/none.db/tables/shows.csv
    expect_problem 404 not-found
    for name in shows shows.CSV shows.csvx shows%2ecsv shows.csv/; do
        ask GET "/api/backups/live/tables/$name"
        expect_problem 404 not-found
    done
}

@test "what cannot be read from the start is an error, not an empty table" {
    printf 'no database, but as long as one %0.s' {1..200} >"$BACKUPS/none-such.db"
    ask GET /api/backups/none-such.db/tables/rows.csv
    expect_problem 422 unusable
    ask GET "/api/backups/none-such.db/compare"
    expect_problem 422 unusable
    rm "$BACKUPS/none-such.db"
}

@test "an export that breaks off does not look whole" {
    local rows status
    for rows in 20000 200; do
        plant_damaged damaged.db $rows
        status=0
        curl --silent --output "$scratch/part" --dump-header "$scratch/part-headers" --fail \
            "$URL/api/backups/damaged.db/tables/rows.csv" || status=$?
        rm "$BACKUPS/damaged.db"
        [[ $status -ne 0 ]] || fail "curl took $(wc -l <"$scratch/part") of $rows rows for all"
    done
    # The program is fine afterwards.
    ask GET /api/backups/live/tables/shows.csv
    expect_code 200
}

@test "who leaves early does not end the program" {
    plant_damaged long.db 20000
    sqlite3 "$BACKUPS/long.db" 'DROP TABLE rows' 2>/dev/null || true
    rm "$BACKUPS/long.db"
    live "CREATE TABLE long AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
          SELECT i, hex(randomblob(50)) AS text FROM n"
    for _ in 1 2 3; do
        curl --silent "$URL/api/backups/live/tables/long.csv" | head -c 1000 >"$scratch/part" || true
    done
    ask GET /api/backups/live/tables/long.csv
    expect_code 200
    [[ $(wc -l <"$body") -eq 100001 ]]
    live 'DROP TABLE long'
}

@test "a comparison with the live database, and the other way round with a backup" {
    local first=$backup
    ask GET "/api/backups/$first/compare"
    expect_code 200
    expect_json ".from == \"$first\" and .to == \"live\" and .identical and .schema == [] and .tables == []"
    live "UPDATE shows SET name = 'Renamed' WHERE id = 1"
    ask GET "/api/backups/$first/compare?with=live"
    expect_json '.identical == false and .schema == [] and (.tables | length == 1)'
    expect_json '.tables[0] | .name == "shows" and .added == 0 and .removed == 0 and .changed == 1'
    expect_json '.tables[0].samples[0] | .change == "changed" and .key == {"id": 1} and .to.name == "Renamed"'
    new_backup
    ask GET "/api/backups/$backup/compare?with=$first"
    expect_json '.tables[0].samples[0] | .change == "changed" and .from.name == "Renamed"'
    ask HEAD "/api/backups/$first/compare"
    expect_code 200
}

@test "only backups and the live database are compared" {
    ask GET /api/backups/live/compare
    expect_problem 400 bad-request
    ask GET /api/backups/none.db/compare
    expect_problem 404 not-found
    ask GET "/api/backups/$backup/compare?with=none.db"
    expect_problem 404 not-found
    ask GET "/api/backups/$backup/compare?with=../x.db"
    expect_problem 400 bad-request
}
