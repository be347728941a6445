// What this project's own manifests promise: names as a camera-sheet deployment has them, the order of starting and ending,
// which trouble ends a container and which does not, one version of one image.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { containersOf, pods, read, top, version } from "./manifests.mjs";

const dataPath = "/data", database = "/data/camera_assignments.db", runDir = "/run/camera-sheet-backup";
const graceSeconds = 300, user = 10001;
const secrets = { "litestream-s3": ["access-key-id", "secret-access-key"] };
const replication = { "sync-interval": "10s", retention: "168h", "snapshot-interval": "6h" };

function find(manifests, kind, name) {
    return manifests.find((one) => one.kind === kind && one.metadata.name.startsWith(name));
}

function tell(findings) {
    return findings.filter(([wrong]) => wrong).map(([, what]) => what);
}

// ---- Images and settings ----------------------------------------------------------------------------------------

function ofImages(manifests) {
    return pods(manifests)
        .flatMap(({ pod }) => containersOf(pod))
        .flatMap(({ name, image }) => [
            [/(^|\/)camera-sheet-backup:/.test(image) && !image.endsWith(`:${version()}`), `${name} has another version: ${image}`],
            [image.includes("litestream/") && !/:0\.3\.\d+$/.test(image), `${name} is another Litestream: ${image}`],
        ]);
}

// A misspelt setting has no effect, and nobody is told. All of them are described somewhere.
function ofSettings(manifests) {
    const described = ["serve.sh", "README.md", "k8s/base/ask.sh"].map((file) => readFileSync(join(top, file), "utf8")).join();
    const ours = pods(manifests).flatMap(({ pod }) => containersOf(pod)).filter(({ image }) => image.includes("camera-sheet-backup"));
    const settings = find(manifests, "ConfigMap", "camera-sheet-settings")?.data ?? {};
    // NAMESPACE and PUBLIC_NAMES make SERVER_NAMES; the others are not of this project.
    const others = ["NAMESPACE", "PUBLIC_NAMES", "AWS_EC2_METADATA_DISABLED", "STORE_URL", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"];
    return [...ours.flatMap(({ env }) => (env ?? []).map(({ name }) => name)), ...Object.keys(settings)].map((name) => [
        !others.includes(name) && !new RegExp(`\\b${name}\\b`).test(described),
        `there is no setting ${name}`,
    ]);
}

function ofReplication(manifests) {
    const [config] = read(find(manifests, "ConfigMap", "litestream-config")?.data?.["litestream.yml"] ?? "{}");
    const replica = config?.dbs?.[0]?.replicas?.[0] ?? {};
    return [
        [config?.dbs?.[0]?.path !== "${DATABASE_PATH}", "Litestream replicates another database"],
        [!/^127\.0\.0\.1:\d+$/.test(config?.addr), "Litestream's metrics are open to others"],
        ...Object.entries(replication).map(([name, value]) => [replica[name] !== value, `Litestream's ${name} is not ${value}`]),
    ];
}

// ---- The pod ----------------------------------------------------------------------------------------------------

function ofOrder({ initContainers = [], terminationGracePeriodSeconds: grace }) {
    const [first, second] = initContainers;
    return [
        [first?.name !== "restore-lost" || first.restartPolicy, "what was lost is not restored first"],
        [second?.name !== "litestream" || second.restartPolicy !== "Always", "Litestream is no sidecar: it would end too early"],
        [!(grace >= graceSeconds), "a restore is not given the time to end"],
    ];
}

function mountsOf(container) {
    return Object.fromEntries((container?.volumeMounts ?? []).map((mount) => [mount.mountPath, mount.name]));
}

function ofVolumes(pod, claims) {
    const backup = pod.containers.find(({ name }) => name === "backup");
    const volume = (name) => (pod.volumes ?? []).find((one) => one.name === name)?.emptyDir;
    const run = volume(mountsOf(backup)[runDir]), answers = volume(mountsOf(backup)[`${runDir}/tmp`]);
    return [
        ...containersOf(pod).map((container) => [mountsOf(container)[dataPath] !== claims?.[0]?.metadata.name, `${container.name} has no ${dataPath}`]),
        [run?.medium !== "Memory" || !run.sizeLimit, "RUN_DIR is not in memory, or may fill it"],
        [!answers || answers.medium || answers.sizeLimit, "a large answer fills the memory, or evicts the pod"],
        [!mountsOf(backup)["/tmp"], "there is no /tmp"],
    ];
}

// What a restart does not mend must not end the container.
function ofProbes(pod) {
    const backup = pod.containers.find(({ name }) => name === "backup") ?? {};
    const path = (name) => backup[name]?.httpGet?.path;
    return [
        [path("livenessProbe") !== "/healthz" || path("startupProbe") !== "/healthz", "it is restarted for what a restart does not mend"],
        [path("readinessProbe") !== "/api/health", "nobody sees that a backup would fail"],
        [backup.livenessProbe?.httpGet?.port !== "metrics", "the probes have no password to give at that port"],
    ];
}

function ofPod(manifests) {
    const set = find(manifests, "StatefulSet", "camera-sheet");
    if (set === undefined) return [[true, "there is no StatefulSet camera-sheet"]];
    const pod = set.spec.template.spec;
    return [
        ...ofOrder(pod),
        ...ofVolumes(pod, set.spec.volumeClaimTemplates),
        ...ofProbes(pod),
        [pod.securityContext?.runAsUser !== user || pod.securityContext?.fsGroup !== user, `it is not the image's user ${user}`],
        [set.spec.podManagementPolicy !== "Parallel", "a broken pod keeps its own repair out"],
        [find(manifests, "ConfigMap", "camera-sheet-settings")?.data?.DATABASE_PATH !== database, `the database is not ${database}`],
    ];
}

function ofServices(manifests) {
    return ["camera-sheet", "camera-sheet-backup"].map((name) => [
        manifests.find((one) => one.kind === "Service" && one.metadata.name === name)?.spec.publishNotReadyAddresses !== true,
        `a failing backup cuts people off from ${name}`,
    ]);
}

// ---- The jobs ---------------------------------------------------------------------------------------------------

function ofJobs(manifests) {
    const asked = manifests
        .filter(({ kind }) => kind === "CronJob")
        .map(({ spec }) => spec.jobTemplate.spec.template.spec.containers[0].args?.join(" "));
    return [
        [!asked.includes('/api/backups {"kind":"scheduled"}'), "nothing takes a scheduled backup"],
        [!asked.includes("/api/backups/litestream/drill"), "nothing proves the replica"],
    ];
}

function ofSecrets(others) {
    return Object.entries(secrets).flatMap(([name, keys]) => {
        const secret = others.find((one) => one.kind === "Secret" && one.metadata.name === name);
        return keys.map((key) => [!(key in (secret?.stringData ?? {})), `there is no Secret ${name} with ${key}`]);
    });
}

// What is not as promised, a sentence each. `others` are there, too: Secrets that are made by hand.
export function checkHouse(manifests, others = []) {
    return tell([
        ...ofImages(manifests),
        ...ofSettings(manifests),
        ...ofReplication(manifests),
        ...ofPod(manifests),
        ...ofServices(manifests),
        ...ofJobs(manifests),
        ...ofSecrets([...manifests, ...others]),
    ]);
}
