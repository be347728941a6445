// What a kubelet does with a container, as far as a test needs it: container.mjs MANIFESTS FOLDER KIND/NAME
// CONTAINER [NAME=VALUE...] makes the pod's volumes in FOLDER/volumes and prints bubblewrap's arguments, each ended by a zero byte, with which the
// container's command runs as its manifest says: its variables, its files, its user, a root that cannot be written, no
// capabilities, processes of its own. In the place of an image is this repository, at /image.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { containersOf, podTemplate, top } from "./manifests.mjs";

const [file, folder, podName, containerName, ...further] = process.argv.slice(2);
const manifests = JSON.parse(readFileSync(file, "utf8"));
const [kind, name] = podName.split("/");
const owner = manifests.find((one) => one.kind === kind && one.metadata.name === name);
const pod = podTemplate(owner).spec;
const container = containersOf(pod).find((one) => one.name === containerName);

// What the images have: their entry point, and their variables.
const entryPoint = container.image.startsWith("litestream/") ? ["litestream"] : [];
const built = join("/image", (process.env.BUILD ?? join(top, "build")).slice(top.length));
const variables = { PATH: `/image:${built}/cgi-bin:${built}:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: "/" };

function data(kindOfSource, source) {
    const found = manifests.find((one) => one.kind === kindOfSource && one.metadata.name === source);
    return found && { ...found.data, ...found.stringData };
}

// ---- Variables --------------------------------------------------------------------------------------------------

function valueFrom({ configMapKeyRef, secretKeyRef, fieldRef }) {
    if (configMapKeyRef) return data("ConfigMap", configMapKeyRef.name)?.[configMapKeyRef.key];
    if (secretKeyRef) return data("Secret", secretKeyRef.name)?.[secretKeyRef.key];
    if (fieldRef.fieldPath === "metadata.namespace") return owner.metadata.namespace;
    throw new Error(`${fieldRef.fieldPath} is not known here`);
}

// Only what stands before in env is put in.
function environment() {
    const before = {};
    for (const one of container.env ?? []) {
        const value = one.valueFrom ? valueFrom(one.valueFrom) : (one.value ?? "");
        if (value !== undefined) before[one.name] = value.replaceAll(/\$\((\w+)\)/g, (text, used) => before[used] ?? text);
    }
    const whole = (container.envFrom ?? []).map(({ configMapRef }) => data("ConfigMap", configMapRef.name));
    const last = Object.fromEntries(further.map((one) => one.split(/=(.*)/s, 2)));
    return Object.assign({}, variables, ...whole, before, last);
}

// ---- Volumes ----------------------------------------------------------------------------------------------------

// A volume of the pod, made if it is not there yet.
function volume(volumeName) {
    const path = join(folder, "volumes", volumeName);
    const { configMap, secret } = (pod.volumes ?? []).find((one) => one.name === volumeName) ?? {};
    mkdirSync(path, { recursive: true });
    const files = configMap ? data("ConfigMap", configMap.name) : secret ? data("Secret", secret.secretName) : {};
    for (const [key, text] of Object.entries(files)) {
        const mode = secret?.defaultMode ?? configMap?.defaultMode ?? 0o644;
        if (!existsSync(join(path, key))) writeFileSync(join(path, key), text, { mode });
    }
    return path;
}

function mounts() {
    return [...(container.volumeMounts ?? [])]
        .sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))
        .flatMap(({ name: volumeName, mountPath, subPath, readOnly }) => [
            readOnly ? "--ro-bind" : "--bind",
            join(volume(volumeName), subPath ?? ""),
            mountPath,
        ]);
}

// ---- The whole --------------------------------------------------------------------------------------------------

const ofEtc = ["alternatives", "group", "ld.so.cache", "localtime", "nsswitch.conf", "passwd", "ssl"];
const { runAsUser, runAsGroup } = { ...pod.securityContext, ...container.securityContext };

const sandbox = [
    ["--unshare-user", "--uid", runAsUser, "--gid", runAsGroup, "--cap-drop", "ALL"],
    ["--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts", "--hostname", `${name}-0`],
    ["--ro-bind", "/usr", "/usr", ...["bin", "lib", "lib64", "sbin"].flatMap((one) => ["--symlink", `usr/${one}`, `/${one}`])],
    ["--proc", "/proc", "--dev", "/dev", "--ro-bind", top, "/image", "--dir", "/tmp"],
    ofEtc.flatMap((one) => ["--ro-bind-try", `/etc/${one}`, `/etc/${one}`]),
    ["--ro-bind", join(dirname(file), "hosts"), "/etc/hosts", ...mounts()],
    ["--remount-ro", "/", "--chdir", "/", "--clearenv"],
    Object.entries(environment()).flatMap(([variable, value]) => ["--setenv", variable, value]),
];
const command = [...(container.command ?? entryPoint), ...(container.args ?? [])];
process.stdout.write([...sandbox.flat(), "--", ...command].map((argument) => `${argument}\0`).join(""));
