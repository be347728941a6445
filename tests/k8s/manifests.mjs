// What kubectl makes of the folders of k8s/: the manifests as a cluster gets them.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import yaml from "js-yaml";

export const top = join(dirname(fileURLToPath(import.meta.url)), "../..");
const kubectl = join(top, "build/kubectl");

// Whoever has it as something else than Debian's and npm's machine may have none.
export const missing = existsSync(kubectl) ? false : "there is no kubectl for this machine";

// A key that stands twice is an error.
export function read(text) {
    return yaml.loadAll(text).filter((document) => document !== null);
}

export function readFile(path) {
    return read(readFileSync(join(top, path), "utf8"));
}

export function render(folder) {
    return read(execFileSync(kubectl, ["kustomize", join(top, folder)], { encoding: "utf8" }));
}

// Every folder that somebody would apply, and one with all that an overlay may add.
export function folders() {
    const overlays = readdirSync(join(top, "k8s/overlays")).map((name) => `k8s/overlays/${name}`);
    const monitoring = existsSync(join(top, "k8s/monitoring/kustomization.yaml")) ? ["k8s/monitoring"] : [];
    return ["k8s/base", ...overlays, "tests/k8s/everything", ...monitoring];
}

export function version() {
    return readFileSync(join(top, "lib/version.h"), "utf8").match(/^#define VERSION "(.*)"$/m)[1];
}

export function title(manifest) {
    return `${manifest.kind} ${manifest.metadata?.name}`;
}

// The template of the pods that a manifest makes, or undefined.
export function podTemplate(manifest) {
    return manifest.kind === "CronJob" ? manifest.spec.jobTemplate.spec.template : manifest.spec?.template;
}

export function containersOf(pod) {
    return [...(pod.initContainers ?? []), ...pod.containers];
}

// All pods of the manifests, each with its title and its template's labels.
export function pods(manifests) {
    return manifests
        .filter((manifest) => podTemplate(manifest) !== undefined)
        .map((manifest) => ({
            where: title(manifest),
            manifest,
            labels: podTemplate(manifest).metadata?.labels ?? {},
            pod: podTemplate(manifest).spec,
        }));
}
