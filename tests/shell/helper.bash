# What the tests of the shell programs share: a database and a backups folder of their own.
# shellcheck source=tests/build.bash
source "$BATS_TEST_DIRNAME/../build.bash"
PATH=$PROGRAMS:$PATH
unset GATEWAY_INTERFACE "${!BACKUP_@}" BUSY_TIMEOUT

setup() {
    folder=$(mktemp -d)
    export DATABASE_PATH=$folder/camera_assignments.db
    backups=$folder/backups
    sqlite3 "$DATABASE_PATH" >/dev/null <<'SQL'
PRAGMA journal_mode = WAL;
CREATE TABLE cues (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO cues (name) VALUES ('House lights down'), ('Walk-in'), ('Opener');
CREATE VIEW openers AS SELECT name FROM cues WHERE id > 2;
SQL
}

teardown() {
    chmod -R u+w "$folder"
    rm -rf "$folder"
}

live() { # SQL: on the live database
    sqlite3 -cmd '.timeout 5000' "$DATABASE_PATH" "$1"
}

make_backup() { # [OPTION...]: prints its file name
    backup-create "$@" | jq --raw-output .filename
}

# Runs a command that must fail with STATUS and a sentence that contains TEXT.
refused() { # STATUS TEXT COMMAND...
    local expected=$1 text=$2
    shift 2
    run "$@"
    [[ $status -eq $expected && $output == *"$text"* ]] || {
        echo "status $status, not $expected: $output"
        return 1
    }
}
