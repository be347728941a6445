# Mixed load on a whole site, with Litestream: memory, descriptors and files stay as they are, and workers that are
# killed cost no request but their own. SOAK_SECONDS (60) is how long it lasts after the warm-up.
# alone: it measures memory under load.
# shellcheck disable=SC2154 # what helper.bash sets
load helper

setup_file() {
    export BACKUP_KEEP=5 BACKUP_KEEP_PRE_RESTORE=3 BACKUP_KEEP_LITESTREAM=2
    mkdir -p "$BATS_FILE_TMPDIR/site/data" "$BATS_FILE_TMPDIR/site/own-tmp"
    sqlite3 "$BATS_FILE_TMPDIR/site/data/other.db" <"$repository/tests/sample/camera_sheet.sql" >"$BATS_FILE_TMPDIR/sqlite"
    # Without caches of free blocks, and with large blocks outside of the heap: the heap is then as large as what is in
    # use, and a small leak shows in it.
    local tunables=glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0:glibc.malloc.mmap_threshold=4096
    # An answer whose worker was killed is cut off; soak.mjs holds the others against the document by itself.
    GLIBC_TUNABLES=$tunables:glibc.malloc.trim_threshold=4096:glibc.malloc.top_pad=0 \
        TMPDIR=$BATS_FILE_TMPDIR/site/own-tmp REPLICATE=yes CHECK_ANSWERS=no start_site
}
teardown_file() { stop_site; }

@test "under load it stays as it is, and a killed worker costs no request but its own" {
    local line
    require_plain_build 'the memory of a program'
    node "$repository/tests/http/soak/soak.mjs" "$URL" "$SITE" >"$scratch/figures" 2>"$scratch/problems" ||
        fail "$(<"$scratch/figures") $(<"$scratch/problems") $(tail -n 30 "$SITE/site.log")"
    while read -r line; do
        printf '# %s\n' "$line" >&3
    done <"$scratch/figures"
}
