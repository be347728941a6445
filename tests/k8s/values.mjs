// What the API server refuses although the schema allows it, and what of the values would be a surprise.

import { containersOf, pods, podTemplate, title } from "./manifests.mjs";

const label = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const serviceLabel = /^(?=.{1,63}$)[a-z]([a-z0-9-]*[a-z0-9])?$/;
const portName = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;
const variable = /^[A-Za-z_]\w*$/;
// With a tag that names one version, or a digest.
const image = /^[a-z0-9]([a-z0-9./:-]*[a-z0-9])?(:(?!latest$)[\w][\w.-]*[0-9][\w.-]*|@sha256:[0-9a-f]{64})$/;
const accessModes = ["ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany", "ReadWriteMany"];
const units = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

function amount(quantity) {
    const [, number, unit] = String(quantity).match(/^([\d.]+)([A-Za-z]*)$/) ?? [];
    return Number(number) * (unit ? (units[unit] ?? NaN) : 1);
}

// Each is [whether it is wrong, what it is].
function tell(where, findings) {
    return findings.filter(([wrong]) => wrong).map(([, what]) => `${where}: ${what}`);
}

function isPort(port) {
    return typeof port === "string" ? portName.test(port) : port >= 1 && port <= 65535;
}

// ---- Names ------------------------------------------------------------------------------------------------------

function ofMetadata({ kind, metadata }) {
    const labels = Object.entries({ ...metadata?.labels });
    return [
        [!(kind === "Service" ? serviceLabel : subdomain).test(metadata?.name ?? ""), "its name is none"],
        ...labels.map(([name, value]) => [!labelValue.test(value), `its label ${name} is none: ${value}`]),
    ];
}

// ---- Containers -------------------------------------------------------------------------------------------------

function ofProbe(name, probe) {
    const kinds = ["httpGet", "tcpSocket", "exec", "grpc"].filter((kind) => probe[kind] !== undefined);
    return [
        [kinds.length !== 1, `its ${name} asks in ${kinds.length} ways`],
        [probe.httpGet && !probe.httpGet.path?.startsWith("/"), `its ${name} has no path`],
        [!isPort((probe.httpGet ?? probe.tcpSocket)?.port ?? 1), `its ${name} has no port`],
        [name !== "readinessProbe" && (probe.successThreshold ?? 1) !== 1, `its ${name} must succeed once`],
        [(probe.timeoutSeconds ?? 1) > (probe.periodSeconds ?? 10), `its ${name} overlaps with the next`],
    ];
}

function ofResources({ requests, limits } = {}) {
    return [
        [requests?.memory === undefined || requests?.cpu === undefined, "it requests no memory or CPU"],
        [limits?.memory === undefined, "its memory has no limit"],
        [limits?.cpu !== undefined, "its CPU has a limit: locks would be held longer"],
        [amount(requests?.memory) > amount(limits?.memory), "it requests more memory than its limit"],
        [amount(limits?.memory) < 16 * units.Mi, "no program has room in its memory"],
        [amount(requests?.cpu) > 4, "it requests more CPU than a node has"],
    ];
}

function ofContainer(container, isInit) {
    const probes = ["startupProbe", "livenessProbe", "readinessProbe"].filter((name) => container[name] !== undefined);
    const isSidecar = isInit && container.restartPolicy === "Always";
    return [
        [!label.test(container.name), "its name is none"],
        [!image.test(container.image ?? ""), `its image has no version: ${container.image}`],
        [isInit && ![undefined, "Always"].includes(container.restartPolicy), "its restartPolicy can be Always only"],
        [!isInit && container.restartPolicy !== undefined, "only a sidecar has a restartPolicy"],
        [isInit && !isSidecar && probes.length > 0, "what runs once has no probes"],
        ...(container.env ?? []).map(({ name }) => [!variable.test(name), `no variable can be named ${name}`]),
        ...(container.env ?? []).map((one) => [one.value && one.valueFrom, `${one.name} has two values`]),
        ...(container.ports ?? []).map((port) => [!isPort(port.containerPort), `it has no port ${port.containerPort}`]),
        ...(container.ports ?? []).map(({ name }) => [!isPort(name ?? ""), `its port's name is none: ${name}`]),
        ...(container.volumeMounts ?? []).map(({ mountPath }) => [!mountPath.startsWith("/"), `${mountPath} is no path`]),
        ...probes.flatMap((name) => ofProbe(name, container[name])),
        ...ofResources(container.resources),
    ];
}

function ofVolume(volume) {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    const mode = volume.secret?.defaultMode;
    return [
        [!label.test(volume.name), "a volume's name is none"],
        [kinds.length !== 1, `the volume ${volume.name} is of ${kinds.length} kinds`],
        [mode !== undefined && (mode & 0o7) !== 0, `everybody may read the secret ${volume.name}`],
    ];
}

function checkPod({ where, pod }) {
    const init = (pod.initContainers ?? []).map((container) => [container, true]);
    return [
        ...tell(where, (pod.volumes ?? []).flatMap(ofVolume)),
        ...[...init, ...pod.containers.map((container) => [container, false])].flatMap(([container, isInit]) =>
            tell(`${where}: ${container.name}`, ofContainer(container, isInit)),
        ),
    ];
}

// ---- Kinds ------------------------------------------------------------------------------------------------------

// minute, hour, day of the month, month, day of the week: numbers, lists, ranges and steps of them.
function isSchedule(text) {
    const ranges = [[0, 59], [0, 23], [1, 31], [1, 12], [0, 7]];
    const fields = String(text).split(" ");
    return fields.length === 5 && fields.every((field, index) =>
        field.split(",").every((part) => {
            const match = part.match(/^(?:\*|(\d+)(?:-(\d+))?)(?:\/[1-9]\d*)?$/);
            return match && match.slice(1).every((n) => n === undefined || (n >= ranges[index][0] && n <= ranges[index][1]));
        }),
    );
}

function isTimeZone(name) {
    try {
        return Boolean(name && new Intl.DateTimeFormat("en", { timeZone: name }));
    } catch {
        return false;
    }
}

const ofKind = {
    CronJob: ({ spec }) => [
        [!isSchedule(spec.schedule), `its schedule is none: ${spec.schedule}`],
        [!isTimeZone(spec.timeZone), "its time zone is that of whatever machine"],
        [spec.concurrencyPolicy !== "Forbid", "two of it may run at once"],
        [spec.jobTemplate.spec.activeDeadlineSeconds === undefined, "it may hang for ever"],
    ],
    Job: ({ spec }) => [[spec.activeDeadlineSeconds === undefined, "it may hang for ever"]],
    StatefulSet: ({ spec }) => [
        [spec.replicas !== 1, "SQLite allows one pod"],
        [spec.persistentVolumeClaimRetentionPolicy?.whenDeleted !== "Retain", "the volume goes with its StatefulSet"],
        ...spec.volumeClaimTemplates.flatMap((claim) => ofClaim(claim)),
    ],
    PersistentVolumeClaim: (claim) => ofClaim(claim),
    Service: ({ spec }) => spec.ports.map(({ port }) => [!isPort(port), `it has no port ${port}`]),
    PodDisruptionBudget: ({ spec }) => [
        [(spec.minAvailable === undefined) === (spec.maxUnavailable === undefined), "it says too little or too much"],
    ],
    NetworkPolicy: ({ spec }) => [
        [spec.egress && !spec.policyTypes?.includes("Egress"), "its egress is not looked at"],
        ...[...(spec.ingress ?? []), ...(spec.egress ?? [])].map((rule) => [!rule.ports?.length, "a rule opens all ports"]),
    ],
};

function ofClaim({ spec }) {
    return [
        [!spec.accessModes?.every((mode) => accessModes.includes(mode)), "there is no such access mode"],
        [!(amount(spec.resources?.requests?.storage) >= units.Gi), "the volume has no room"],
    ];
}

function ofJobPod(manifest) {
    const isJob = ["CronJob", "Job"].includes(manifest.kind);
    const policy = podTemplate(manifest)?.spec.restartPolicy;
    return [
        [isJob && !["Never", "OnFailure"].includes(policy), "a job's pod is not started for ever"],
        [podTemplate(manifest) && !isJob && ![undefined, "Always"].includes(policy), "its pod must be started again"],
    ];
}

// What is wrong, a sentence each.
export function checkValues(manifests) {
    return [
        ...manifests.flatMap((one) =>
            tell(title(one), [...ofMetadata(one), ...ofJobPod(one), ...(ofKind[one.kind]?.(one) ?? [])]),
        ),
        ...pods(manifests).flatMap(checkPod),
    ];
}
