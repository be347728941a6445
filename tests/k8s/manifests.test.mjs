// Every folder of k8s/ that somebody would apply: kubectl makes manifests of it, in which each check finds nothing; and
// every check finds the mistakes that are made on purpose.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { checkHouse } from "./house.mjs";
import { folders, missing, readFile, render, top } from "./manifests.mjs";
import { mistakes } from "./mistakes.mjs";
import { checkReferences } from "./references.mjs";
import { checkSchema } from "./schema.mjs";
import { checkSecurity } from "./security.mjs";
import { checkValues } from "./values.mjs";

const examples = readFile("k8s/secrets.example.yaml");
const checks = { schema: checkSchema, references: checkReferences, security: checkSecurity, values: checkValues, house: checkHouse };
const rendered = Object.fromEntries(missing ? [] : folders().map((folder) => [folder, render(folder)]));
const base = rendered["k8s/base"];

for (const [folder, manifests] of Object.entries(rendered)) {
    // What is a part only is nothing without the rest.
    const isPart = folder === "k8s/monitoring";
    const whole = isPart ? [...base, ...manifests] : manifests;
    for (const [name, check] of Object.entries(checks)) {
        test(`${folder}: ${name}`, () => {
            assert.deepEqual(check(whole, examples), []);
        });
    }
}

test("the Secrets to be made by hand are Secrets, and in no folder that is applied", { skip: missing }, () => {
    assert.deepEqual(checkSchema(examples), []);
    assert.deepEqual(base.filter(({ kind }) => kind === "Secret"), []);
    assert.deepEqual(rendered["k8s/overlays/s3"].filter(({ kind }) => kind === "Secret"), []);
});

test("the namespace lets no pod be more than restricted", { skip: missing }, () => {
    for (const folder of folders().filter((name) => name.includes("overlays"))) {
        const { labels } = rendered[folder].find(({ kind }) => kind === "Namespace").metadata;
        assert.equal(labels["pod-security.kubernetes.io/enforce"], "restricted");
    }
});

// A file that no kustomization names is applied by nobody.
test("every file is used", () => {
    for (const folder of ["base", "namespace", "webhook", "overlays/minio", "overlays/s3"]) {
        const text = readFileSync(join(top, "k8s", folder, "kustomization.yaml"), "utf8");
        for (const file of readdirSync(join(top, "k8s", folder))) {
            assert.ok(file === "kustomization.yaml" || text.includes(file), `${folder}/${file}`);
        }
    }
});

test("there are mistakes of every check", () => {
    assert.ok(mistakes.length >= 60);
    assert.deepEqual([...new Set(mistakes.map(({ check }) => check))].sort(), Object.keys(checks).sort());
});

for (const { name, check, says, make } of mistakes) {
    test(`${check} finds ${name}`, { skip: missing }, () => {
        const manifests = structuredClone(base);
        make(manifests);
        // What a manifest has not, it has not either with the value undefined.
        assert.match(checks[check](JSON.parse(JSON.stringify(manifests)), examples).join("\n"), new RegExp(says, `${says.flags}m`));
    });
}
