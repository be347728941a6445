// What a cluster does for Services: services.mjs MANIFESTS FOLDER gives each an address, with all its names in FOLDER/hosts,
// and takes connections from there to the pod's port, here that of 127.0.0.1. FOLDER/services is made when all are there.

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { containersOf, pods } from "./manifests.mjs";

const [file, folder] = process.argv.slice(2);
const manifests = JSON.parse(readFileSync(file, "utf8"));
const services = manifests.filter(({ kind, spec }) => kind === "Service" && spec.clusterIP !== "None");

function portOf(selector, targetPort) {
    const chosen = pods(manifests).filter(({ labels }) => Object.entries(selector).every(([name, value]) => labels[name] === value));
    const ports = chosen.flatMap(({ pod }) => containersOf(pod)).flatMap((container) => container.ports ?? []);
    return ports.find(({ name, containerPort }) => [name, containerPort].includes(targetPort)).containerPort;
}

async function forward(address, port, target) {
    const server = createServer((client) => {
        const pod = connect(target, "127.0.0.1");
        client.pipe(pod).pipe(client);
        client.on("error", () => pod.destroy());
        pod.on("error", () => client.destroy());
    });
    await once(server.listen(port, address), "listening");
}

const hosts = ["127.0.0.1 localhost"];
for (const [index, { metadata, spec }] of services.entries()) {
    const address = `127.0.1.${index + 1}`;
    const { name, namespace } = metadata;
    hosts.push(`${address} ${["", `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map((end) => name + end).join(" ")}`);
    for (const { port, targetPort } of spec.ports) await forward(address, port, portOf(spec.selector, targetPort));
}
writeFileSync(join(folder, "hosts"), `${hosts.join("\n")}\n`);
writeFileSync(join(folder, "services"), "");
