// Whether each pod is within the pod security standard "restricted"
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and what this project adds to it.

import { containersOf, pods } from "./manifests.mjs";

const volumeKinds = [
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
];
const safeSysctls = [
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
];
const seccompTypes = ["RuntimeDefault", "Localhost"];
const seLinuxTypes = [undefined, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

// Each is [whether it is refused, what it is].
function ofPod(pod) {
    const context = pod.securityContext ?? {};
    return [
        [pod.hostNetwork || pod.hostPID || pod.hostIPC, "uses the host's network or processes"],
        [context.windowsOptions?.hostProcess, "is a process of the host"],
        [context.sysctls?.some(({ name }) => !safeSysctls.includes(name)), "sets an unsafe sysctl"],
        [!seLinuxTypes.includes(context.seLinuxOptions?.type) || context.seLinuxOptions?.user, "sets SELinux"],
        [context.appArmorProfile?.type === "Unconfined", "is not confined by AppArmor"],
        [context.supplementalGroups?.includes(0) || context.fsGroup === 0, "has root's group"],
        ...(pod.volumes ?? []).map((volume) => [
            Object.keys(volume).some((key) => key !== "name" && !volumeKinds.includes(key)),
            `has a volume of a kind that is not allowed: ${volume.name}`,
        ]),
    ];
}

function ofContainer(container, pod) {
    const context = { ...pod.securityContext, ...container.securityContext };
    return [
        [context.privileged, "is privileged"],
        [context.allowPrivilegeEscalation !== false, "may get privileges (allowPrivilegeEscalation)"],
        [context.runAsNonRoot !== true, "may run as root (runAsNonRoot)"],
        [context.runAsUser === 0 || context.runAsGroup === 0, "runs as root (runAsUser)"],
        [!seccompTypes.includes(context.seccompProfile?.type), "has no seccomp profile"],
        [!context.capabilities?.drop?.includes("ALL"), "keeps capabilities"],
        [context.capabilities?.add?.some((name) => name !== "NET_BIND_SERVICE"), "gets capabilities"],
        [!["Default", undefined].includes(context.procMount), "sees /proc unmasked"],
        [!seLinuxTypes.includes(context.seLinuxOptions?.type), "sets SELinux"],
        [context.appArmorProfile?.type === "Unconfined", "is not confined by AppArmor"],
        [container.ports?.some(({ hostPort }) => hostPort), "takes a port of the host"],
        [probesOf(container).some((probe) => (probe.httpGet ?? probe.tcpSocket)?.host), "has the kubelet ask another host"],
    ];
}

function probesOf(container) {
    const { startupProbe, livenessProbe, readinessProbe, lifecycle } = container;
    return [startupProbe, livenessProbe, readinessProbe, lifecycle?.postStart, lifecycle?.preStop].filter(Boolean);
}

// What nobody demands, but what all of these can do without.
function beyond(container, pod) {
    return [
        [container.securityContext?.readOnlyRootFilesystem !== true, "may write into its image"],
        [container.stdin || container.tty, "has a terminal"],
        [pod.automountServiceAccountToken !== false, "has a token for the cluster's API"],
        [pod.enableServiceLinks !== false, "gets the Services as environment variables"],
        [pod.shareProcessNamespace, "shares its processes"],
    ];
}

function tell(where, findings) {
    return findings.filter(([refused]) => refused).map(([, what]) => `${where} ${what}`);
}

// What is refused, a sentence each.
export function checkSecurity(manifests) {
    return pods(manifests).flatMap(({ where, pod }) => [
        ...tell(`${where}:`, ofPod(pod)),
        ...containersOf(pod).flatMap((container) =>
            tell(`${where}: ${container.name}`, [...ofContainer(container, pod), ...beyond(container, pod)]),
        ),
    ]);
}
