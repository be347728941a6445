#!/usr/bin/env bats
# k8s/monitoring by those whom it is for: Prometheus' own tool checks what /metrics says and the alerts; a real Prometheus
# scrapes a real site, with Litestream, and evaluates every alert and every panel of the dashboard.
# shellcheck disable=SC2154 # what replication.bash and helper.bash set

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/http/helper.bash
source "$repository/tests/http/helper.bash"
# shellcheck source=tests/replication.bash
source "$repository/tests/replication.bash"

readonly MONITORING=$repository/k8s/monitoring

setup_file() {
    PROBE_PORT=any REPLICATE=yes start_site
    new_backup
    ask_json POST /api/backups '{"kind": "scheduled"}'
    expect_code 201
    await drill_proves
    start_prometheus
}

# A site that does not end well keeps Prometheus from being ended no more than one that never came up.
teardown_file() {
    if [[ -n ${PROMETHEUS:-} ]]; then
        kill "$PROMETHEUS" || true
        is_gone() { ! process_runs "$PROMETHEUS"; }
        await is_gone
    fi
    stop_site
}

# Before Litestream's first upload there is nothing to prove.
drill_proves() {
    ask POST /api/backups/litestream/drill
    [[ $code == 200 ]]
}

# It looks every second.
start_prometheus() {
    local port probes
    port=$(free_port)
    probes=$(sed -n 's|^listen \(127.0.0.1:[0-9]*\);$|\1|p' "$SITE/site/probes.conf")
    cp "$MONITORING/alerts.yml" "$BATS_FILE_TMPDIR"
    cat >"$BATS_FILE_TMPDIR/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [alerts.yml]
scrape_configs: [{job_name: camera-sheet, static_configs: [{targets: ["$probes"]}]}]
END
    prometheus --config.file="$BATS_FILE_TMPDIR/prometheus.yml" --storage.tsdb.path="$BATS_FILE_TMPDIR/tsdb" \
        --web.listen-address="127.0.0.1:$port" >"$BATS_FILE_TMPDIR/prometheus.log" 2>&1 3>&- &
    export PROMETHEUS=$! PROMETHEUS_URL=http://127.0.0.1:$port/api/v1
}

# Asks Prometheus; the answer is in $body.
query() { # EXPRESSION
    body=$scratch/query
    curl --silent --max-time 10 --output "$body" --get --data-urlencode "query=$1" "$PROMETHEUS_URL/query"
}

has_result() { # EXPRESSION
    query "$1" && jq --exit-status '.status == "success" and (.data.result | length > 0)' "$body" >/dev/null
}

@test "promtool finds nothing to say about the metrics" {
    ask GET /metrics
    expect_code 200
    promtool check metrics <"$body" >"$scratch/said" 2>&1 || fail "$(<"$scratch/said")"
    [[ ! -s $scratch/said ]] || fail "$(<"$scratch/said")"
    # It would.
    if sed 's/^# TYPE .*databases gauge/& x/' "$body" | promtool check metrics >"$scratch/said" 2>&1; then fail 'it checks nothing'; fi
}

@test "each alert fires when it should, and does not when it should not" {
    local alert
    promtool check rules "$MONITORING/alerts.yml" >"$scratch/said" 2>&1 || fail "$(<"$scratch/said")"
    promtool test rules "$MONITORING"/*.test.yml >"$scratch/said" 2>&1 || fail "$(<"$scratch/said")"
    for alert in $(sed -n 's/.* alert: //p' "$MONITORING/alerts.yml"); do
        grep --no-filename -A1 "alertname: $alert\$" "$MONITORING"/*.test.yml >"$scratch/cases"
        grep --quiet 'exp_alerts: \[\]' "$scratch/cases" || fail "$alert is not shown not firing"
        grep --quiet 'exp_alerts:$' "$scratch/cases" || fail "$alert is not shown firing"
    done
}

@test "the operator's rules are the same, and each alert is in the guide" {
    local alert
    diff <(grep -v '^#' "$MONITORING/alerts.yml") <(sed '1,/^spec:/d; s/^  //' "$MONITORING/prometheus-rule.yaml") ||
        fail 'make monitoring, and commit it'
    for alert in $(sed -n 's/.* alert: //p' "$MONITORING/alerts.yml"); do
        grep --quiet --line-regexp "#### $alert" "$repository/docs/recovery.md" || fail "not in docs/recovery.md: $alert"
        grep --quiet "runbook: docs/recovery.md#${alert,,}\$" "$MONITORING/alerts.yml" || fail "does not name its place: $alert"
    done
    diff <(sed -n 's/^#### \(CameraSheet.*\)/\1/p' "$repository/docs/recovery.md" | sort) \
        <(sed -n 's/.* alert: //p' "$MONITORING/alerts.yml" | sort)
}

@test "a real Prometheus evaluates every alert, and none fires at a site that is well" {
    await has_result 'camera_sheet_backup_replication_state{state="active"} == 1'
    rules_were_evaluated() {
        body=$scratch/rules
        curl --silent --max-time 10 --output "$body" "$PROMETHEUS_URL/rules" &&
            jq --exit-status '[.data.groups[].rules[]] | length > 10 and all(.health != "unknown")' "$body" >/dev/null
    }
    await rules_were_evaluated
    expect_json '[.data.groups[].rules[] | select(.health != "ok" or .lastError)] == []'
    expect_json '[.data.groups[].rules[] | select(.state == "firing")] == []'
}

@test "every expression of the dashboard has something to show, but for what is wrong" {
    local expression
    await has_result 'camera_sheet_backup_drill_proven_timestamp_seconds'
    jq --raw-output '.panels[].targets[].expr' "$MONITORING/dashboard.json" | sed "s/\\\$database/.*/g" >"$scratch/expressions"
    [[ $(wc --lines <"$scratch/expressions") -ge 15 ]]
    while read -r expression; do
        query "$expression"
        jq --exit-status '.status == "success"' "$body" >/dev/null || fail "$expression: $(<"$body")"
        [[ $expression == *'status!="ok"'* || $expression == *' == 0' ]] ||
            jq --exit-status '.data.result | length > 0' "$body" >/dev/null || fail "nothing to show: $expression"
    done <"$scratch/expressions"
}

@test "README.md lists every family, the dashboard shows those that have a course, and its panels stand beside each other" {
    local family
    ask GET /metrics
    diff <(sed -n '/^## Metrics/,/^## Who/s/^| \(`[a-z].*`\) | .*|.*|$/\1/p' "$repository/README.md" | grep --only-matching '`[a-z_]*`' | tr -d '`' | sort) \
        <(sed -n 's/^# TYPE camera_sheet_backup_\([a-z_]*\) gauge$/\1/p' "$body" | sort)
    for family in $(sed -n 's/^# TYPE \([a-z_]*\) gauge$/\1/p' "$body"); do
        case ${family#camera_sheet_backup_} in build_info | databases | drill_timestamp_seconds | drill_success | file_system_size_bytes | \
            replication_lag_bytes | replication_last_sync_timestamp_seconds) continue ;; esac
        grep --quiet "$family" "$MONITORING/dashboard.json" || fail "no panel shows $family"
    done
    jq --exit-status '[.panels[].id] | length == (unique | length)' "$MONITORING/dashboard.json"
    jq --exit-status '[.panels[].gridPos | range(.x; .x + .w) as $x | range(.y; .y + .h) as $y | [$x, $y]]
        | length == (unique | length) and all(.[0] < 24)' "$MONITORING/dashboard.json"
}

# The last one: it breaks something.
@test "a damaged backup fires its alert, by name" {
    new_backup
    printf 'x' | dd of="$BACKUPS/$backup" bs=1 seek=5000 conv=notrunc status=none
    ask POST "/api/backups/$backup/verify"
    expect_json '.status == "damaged"'
    await has_result 'ALERTS{alertname="CameraSheetBackupDamaged", alertstate="firing", database="camera_assignments"}'
}
