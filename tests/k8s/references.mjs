// Whether everything that a manifest names is there: Kubernetes takes each manifest by itself, and a name that nothing has
// shows as a pod that waits for ever, a Service that sends to nobody or a rule that fits nothing.

import { containersOf, podTemplate, pods, title } from "./manifests.mjs";

function named(manifests, kind) {
    return new Map(manifests.filter((one) => one.kind === kind).map((one) => [one.metadata.name, one]));
}

function keysOf(manifest) {
    return Object.keys({ ...manifest.data, ...manifest.stringData, ...manifest.binaryData });
}

function fits(selector, labels) {
    return Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
}

function duplicates(list) {
    return [...new Set(list.filter((one, index) => list.indexOf(one) !== index))];
}

// ---- What a pod names -------------------------------------------------------------------------------------------

// Each is {kind, name, key?, optional?, where}.
function namedByEnvironment(container) {
    const whole = (container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => [
        configMapRef && { kind: "ConfigMap", ...configMapRef },
        secretRef && { kind: "Secret", ...secretRef },
    ]);
    const single = (container.env ?? []).flatMap(({ valueFrom }) => [
        valueFrom?.configMapKeyRef && { kind: "ConfigMap", ...valueFrom.configMapKeyRef },
        valueFrom?.secretKeyRef && { kind: "Secret", ...valueFrom.secretKeyRef },
    ]);
    return [...whole, ...single].filter(Boolean);
}

function namedByVolumes(pod) {
    return (pod.volumes ?? [])
        .flatMap(({ configMap, secret, persistentVolumeClaim }) => [
            configMap && { kind: "ConfigMap", ...configMap },
            secret && { kind: "Secret", name: secret.secretName, optional: secret.optional },
            persistentVolumeClaim && { kind: "PersistentVolumeClaim", name: persistentVolumeClaim.claimName },
        ])
        .filter(Boolean);
}

function namedByPod(pod) {
    const account = pod.serviceAccountName ? [{ kind: "ServiceAccount", name: pod.serviceAccountName }] : [];
    return [...containersOf(pod).flatMap(namedByEnvironment), ...namedByVolumes(pod), ...account];
}

function checkNamed({ where, pod }, all) {
    return namedByPod(pod).flatMap(({ kind, name, key, optional }) => {
        const found = all[kind].get(name);
        if (found === undefined) return optional ? [] : [`${where}: there is no ${kind} ${name}`];
        return key === undefined || keysOf(found).includes(key) ? [] : [`${where}: ${kind} ${name} has no ${key}`];
    });
}

// ---- Volumes ----------------------------------------------------------------------------------------------------

function checkVolumes({ where, manifest, pod }, all) {
    const claims = manifest.spec.volumeClaimTemplates ?? [];
    const volumes = [...(pod.volumes ?? []), ...claims.map((claim) => claim.metadata)].map(({ name }) => name);
    const mounts = containersOf(pod).flatMap((container) => container.volumeMounts ?? []);
    const mounted = mounts.map(({ name }) => name);
    return [
        ...mounted.filter((name) => !volumes.includes(name)).map((name) => `${where}: there is no volume ${name}`),
        ...volumes.filter((name) => !mounted.includes(name)).map((name) => `${where}: nothing mounts ${name}`),
        ...duplicates(volumes).map((name) => `${where}: two volumes are named ${name}`),
        ...containersOf(pod).flatMap((container) =>
            duplicates((container.volumeMounts ?? []).map(({ mountPath }) => mountPath)).map(
                (path) => `${where}: ${container.name} mounts two volumes at ${path}`,
            ),
        ),
        ...checkSubPaths(where, pod, mounts, all),
    ];
}

// A subPath is a file of the ConfigMap: where there is none, the kubelet mounts an empty folder.
function checkSubPaths(where, pod, mounts, all) {
    return mounts.filter(({ subPath }) => subPath !== undefined).flatMap(({ name, subPath }) => {
        const map = all.ConfigMap.get((pod.volumes ?? []).find((volume) => volume.name === name)?.configMap?.name);
        return map === undefined || keysOf(map).includes(subPath) ? [] : [`${where}: ${name} has no ${subPath}`];
    });
}

// A command, an argument or a setting that names a file of a ConfigMap or a Secret.
function checkFiles({ where, pod }, all) {
    const filesOf = ({ name, mountPath, subPath }) => {
        const volume = (pod.volumes ?? []).find((one) => one.name === name);
        const source = all.ConfigMap.get(volume?.configMap?.name) ?? all.Secret.get(volume?.secret?.secretName);
        return source === undefined ? [] : subPath ? [mountPath] : keysOf(source).map((key) => `${mountPath}/${key}`);
    };
    return containersOf(pod).flatMap((container) => {
        const files = (container.volumeMounts ?? []).flatMap(filesOf);
        const values = (container.env ?? []).map(({ value }) => value);
        return [...(container.command ?? []), ...(container.args ?? []), ...values]
            .filter((value) => value?.startsWith("/etc/") && !files.includes(value))
            .map((value) => `${where}: ${container.name} has no file ${value}`);
    });
}

// ---- Within a pod -----------------------------------------------------------------------------------------------

function portNames(pod) {
    return containersOf(pod).flatMap((container) => (container.ports ?? []).map(({ name }) => name));
}

function portNumbers(pod) {
    return containersOf(pod).flatMap((container) => (container.ports ?? []).map(({ containerPort }) => containerPort));
}

function hasPort(pod, port) {
    return portNames(pod).includes(port) || portNumbers(pod).includes(port);
}

function checkNames({ where, pod }) {
    return [
        ...duplicates(containersOf(pod).map(({ name }) => name)).map((name) => `${where}: two containers are ${name}`),
        ...duplicates(portNames(pod)).map((name) => `${where}: two ports are named ${name}`),
        ...duplicates(portNumbers(pod)).map((number) => `${where}: two containers listen on ${number}`),
    ];
}

function checkProbes({ where, pod }) {
    return containersOf(pod).flatMap((container) =>
        ["startupProbe", "livenessProbe", "readinessProbe"].flatMap((name) => {
            const port = (container[name]?.httpGet ?? container[name]?.tcpSocket)?.port;
            return port === undefined || hasPort({ containers: [container] }, port)
                ? []
                : [`${where}: ${name} of ${container.name} asks at ${port}, which it does not have`];
        }),
    );
}

// The kubelet puts in only what stands before it in env, not what comes by envFrom.
function checkVariables({ where, pod }) {
    return containersOf(pod).flatMap((container) => {
        const before = [];
        return (container.env ?? []).flatMap(({ name, value }) => {
            const unknown = [...(value ?? "").matchAll(/(?<!\$)\$\((\w+)\)/g)].filter(([, used]) => !before.includes(used));
            const twice = before.includes(name) ? [`${where}: ${container.name} sets ${name} twice`] : [];
            before.push(name);
            return [...twice, ...unknown.map(([, used]) => `${where}: ${name} of ${container.name} has $(${used}), which is not set before`)];
        });
    });
}

// ---- Who selects pods -------------------------------------------------------------------------------------------

function selectorOf({ kind, spec }) {
    if (kind === "Service") return spec.selector;
    if (kind === "NetworkPolicy") return spec.podSelector.matchLabels;
    return spec?.selector?.matchLabels;
}

function checkSelectors(manifests, allPods) {
    return manifests.flatMap((one) => {
        const selector = selectorOf(one);
        if (selector === undefined) return [];
        const own = podTemplate(one) ? [{ labels: podTemplate(one).metadata?.labels ?? {} }] : allPods;
        return own.some(({ labels }) => fits(selector, labels)) ? [] : [`${title(one)}: its selector fits no pod`];
    });
}

function selected(selector, allPods) {
    return allPods.filter(({ labels }) => fits(selector, labels)).map(({ pod }) => pod);
}

function checkServicePorts(manifests, allPods) {
    return [...named(manifests, "Service").values()].flatMap((service) =>
        service.spec.ports
            .map(({ port, targetPort }) => targetPort ?? port)
            .filter((port) => selected(service.spec.selector, allPods).some((pod) => !hasPort(pod, port)))
            .map((port) => `${title(service)}: its pod has no port ${port}`),
    );
}

function checkGoverning(manifests) {
    const services = named(manifests, "Service");
    return [...named(manifests, "StatefulSet").values()]
        .filter(({ spec }) => services.get(spec.serviceName)?.spec.clusterIP !== "None")
        .map((one) => `${title(one)}: there is no headless Service ${one.spec.serviceName}`);
}

// The pods of this namespace that a rule speaks of; null when it also speaks of others.
function peers(list, allPods) {
    if (list === undefined || list.some((peer) => peer.podSelector === undefined)) return null;
    return list.flatMap((peer) => selected(peer.podSelector.matchLabels, allPods));
}

function checkPolicies(manifests, allPods) {
    return [...named(manifests, "NetworkPolicy").values()].flatMap((policy) => {
        const own = selected(policy.spec.podSelector.matchLabels, allPods);
        const incoming = (policy.spec.ingress ?? []).map((rule) => [rule.ports, own, rule.from]);
        const outgoing = (policy.spec.egress ?? []).map((rule) => [rule.ports, peers(rule.to, allPods), rule.to]);
        return [...incoming, ...outgoing].flatMap(([ports, targets, others]) => [
            ...(ports ?? [])
                .filter(({ port }) => targets !== null && !targets.some((pod) => hasPort(pod, port)))
                .map(({ port }) => `${title(policy)}: no pod that it speaks of has the port ${port}`),
            ...(others ?? [])
                .filter((peer) => peer.podSelector && !peer.namespaceSelector && !peers([peer], allPods).length)
                .map(() => `${title(policy)}: a podSelector of it fits no pod`),
        ]);
    });
}

// PodMonitors, of the Prometheus operator.
function checkMonitors(manifests, allPods) {
    return [...named(manifests, "PodMonitor").values()].flatMap((monitor) =>
        monitor.spec.podMetricsEndpoints
            .filter(({ port }) => !selected(monitor.spec.selector.matchLabels, allPods).some((pod) => hasPort(pod, port)))
            .map(({ port }) => `${title(monitor)}: its pod has no port ${port}`),
    );
}

// ---- Addresses of Services --------------------------------------------------------------------------------------

function addresses(manifests, allPods) {
    const inPods = allPods.flatMap(({ where, pod }) =>
        containersOf(pod).flatMap(({ env }) => (env ?? []).map(({ value }) => [where, value])),
    );
    const inMaps = [...named(manifests, "ConfigMap").values()].flatMap((map) =>
        Object.values(map.data ?? {}).map((value) => [title(map), value]),
    );
    return [...inPods, ...inMaps].filter(([, value]) => /^https?:\/\/[a-z0-9-]+(:\d+)?(\/|$)/.test(value ?? ""));
}

function checkAddresses(manifests, allPods) {
    const services = named(manifests, "Service");
    return addresses(manifests, allPods).flatMap(([where, value]) => {
        const { hostname, port } = new URL(value);
        const ports = services.get(hostname)?.spec.ports.map((one) => one.port) ?? [];
        return ports.includes(Number(port || 80)) ? [] : [`${where}: no Service answers at ${value}`];
    });
}

// ---- The whole --------------------------------------------------------------------------------------------------

function checkNamespaces(manifests) {
    const spaces = named(manifests, "Namespace");
    const used = [...new Set(manifests.filter(({ kind }) => kind !== "Namespace").map((one) => one.metadata.namespace))];
    return [
        ...(used.length > 1 ? [`they are in several namespaces: ${used.join(", ")}`] : []),
        ...used.filter((name) => name !== undefined && !spaces.has(name)).map((name) => `there is no Namespace ${name}`),
    ];
}

// A ConfigMap that nothing names is one whose name is misspelt.
function checkUnused(manifests, allPods) {
    const used = allPods.flatMap(({ pod }) => namedByPod(pod)).map(({ kind, name }) => `${kind} ${name}`);
    return manifests
        .filter(({ kind, metadata }) => kind === "ConfigMap" && !metadata.labels?.grafana_dashboard)
        .filter((one) => !used.includes(title(one)))
        .map((one) => `${title(one)}: nothing uses it`);
}

function checkTwice(manifests) {
    return duplicates(manifests.map(title)).map((name) => `${name}: there are two`);
}

// What the manifests name that is nowhere, a sentence each. `others` are there, too: Secrets that are made by hand.
export function checkReferences(manifests, others = []) {
    const allPods = pods(manifests);
    const all = Object.fromEntries(
        ["ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim"].map((kind) => [
            kind,
            named([...manifests, ...others], kind),
        ]),
    );
    return [
        ...allPods.flatMap((one) => [
            ...checkNamed(one, all),
            ...checkVolumes(one, all),
            ...checkFiles(one, all),
            ...checkNames(one),
            ...checkProbes(one),
            ...checkVariables(one),
        ]),
        ...checkSelectors(manifests, allPods),
        ...checkServicePorts(manifests, allPods),
        ...checkGoverning(manifests),
        ...checkPolicies(manifests, allPods),
        ...checkMonitors(manifests, allPods),
        ...checkAddresses(manifests, allPods),
        ...checkNamespaces(manifests),
        ...checkUnused(manifests, allPods),
        ...checkTwice(manifests),
    ];
}
