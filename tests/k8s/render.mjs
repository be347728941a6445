// render.mjs FOLDER [CHANGES]: the manifests of a folder of k8s/ as one JSON document. CHANGES, as JSON, are what this test
// would put in: {"namespace": NAME, "settings": {NAME: VALUE}, "keys": {"access-key-id": …, "secret-access-key": …}}.

import { render } from "./manifests.mjs";

const [folder, changes] = process.argv.slice(2);
const { namespace, settings, keys } = JSON.parse(changes ?? "{}");
const manifests = render(folder);

for (const one of manifests) {
    if (namespace !== undefined && one.kind !== "Namespace") one.metadata.namespace = namespace;
    if (one.metadata.name.startsWith("camera-sheet-settings")) Object.assign(one.data, settings);
    if (one.metadata.name === "litestream-s3") Object.assign(one.stringData, keys);
}
console.log(JSON.stringify(manifests));
