// Whether a manifest has only fields that Kubernetes knows, each of its type and of the values that it may have. Kubernetes'
// own API refuses no unknown field by default: a misspelt probe is no probe, and nobody is told.
//
// The schemas are made from the type declarations of kubernetes-models, which are generated from Kubernetes' OpenAPI
// document and those of the Prometheus operator: one interface a file, its properties as "name"?: type.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { title, top } from "./manifests.mjs";

const packages = ["kubernetes-models", "@kubernetes-models/prometheus-operator"];

// Types that TypeScript tells less about than Kubernetes does.
const known = {
    IQuantity: { anyOf: [{ type: "integer" }, { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[mkMGTPE])?$" }] },
    IIntOrString: { anyOf: [{ type: "integer" }, { type: "string" }] },
};
const plain = {
    string: { type: "string" },
    // There is none among those used here that has a fraction.
    number: { type: "integer" },
    boolean: { type: "boolean" },
    object: { type: "object" },
    any: {},
    unknown: {},
};

// ---- Reading a declaration ------------------------------------------------------------------------------------

function tokens(text) {
    return text.replace(/\/\*[^]*?\*\//g, "").match(/"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|[^\s]/g);
}

// A reader of tokens. Names of other types become references, which `refer` resolves.
class Reader {
    constructor(text, refer) {
        this.rest = tokens(text);
        this.refer = refer;
    }

    next(expected) {
        const token = this.rest.shift();
        if (expected !== undefined && token !== expected) throw new Error(`${expected} expected, not ${token}`);
        return token;
    }

    takes(token) {
        return this.rest[0] === token && this.rest.shift() !== undefined;
    }

    type() {
        const members = [];
        this.takes("|");
        do members.push(this.member());
        while (this.takes("|"));
        if (members.length === 1) return members[0];
        return members.every((member) => "const" in member)
            ? { enum: members.map((member) => member.const) }
            : { anyOf: members };
    }

    member() {
        const token = this.next();
        if (token === "{") return this.object();
        if (token.startsWith('"')) return { const: JSON.parse(token) };
        if (token === "Array") {
            this.next("<");
            const items = this.type();
            this.next(">");
            return { type: "array", items };
        }
        return plain[token] ?? this.refer(token);
    }

    // After its "{".
    object() {
        const schema = { type: "object", properties: {}, required: [], additionalProperties: false };
        while (!this.takes("}")) {
            if (this.takes("[")) {
                while (this.next() !== "]");
                this.next(":");
                schema.additionalProperties = this.type();
            } else {
                this.property(schema);
            }
            this.next(";");
        }
        return schema;
    }

    property(schema) {
        const name = JSON.parse(this.next());
        if (!this.takes("?")) schema.required.push(name);
        this.next(":");
        schema.properties[name] = this.type();
    }
}

// ---- From declarations to schemas -----------------------------------------------------------------------------

const definitions = {};

function importsOf(text, file) {
    const imports = {};
    for (const [, name, from] of text.matchAll(/^import \{ (\w+) \} from "([^"]+)";/gm)) {
        imports[name] = from.startsWith(".")
            ? join(dirname(file), from.replace(/\.js$/, ".d.ts"))
            : join(top, "node_modules", `${from}.d.ts`);
    }
    return imports;
}

// A reference to the type that a file declares, which is read when it is met first.
function definition(file) {
    const reference = { $ref: `#/$defs/${file.replaceAll(/\W/g, "_")}` };
    const key = reference.$ref.slice("#/$defs/".length);
    if (!(key in definitions)) {
        definitions[key] = {};
        definitions[key] = declared(file);
    }
    return reference;
}

function declared(file) {
    const text = readFileSync(file, "utf8");
    const imports = importsOf(text, file);
    const refer = (name) => {
        if (imports[name] === undefined) throw new Error(`${file}: what is ${name}?`);
        return definition(imports[name]);
    };
    const alias = text.match(/^export type (I\w+) = ([^]*?);$/m);
    if (alias) return known[alias[1]] ?? new Reader(alias[2], refer).type();
    const [, parents, body] = text.match(/^export interface \w+(?: extends ([\w, ]+))? \{([^]*?)^\}/m);
    const schema = new Reader(`${body}}`, refer).object();
    for (const parent of (parents ?? "").split(", ").filter((name) => name !== "" && name !== "TypeMeta")) {
        inherit(schema, declared(imports[parent]));
    }
    return schema;
}

function inherit(schema, parent) {
    Object.assign(schema.properties, parent.properties);
    schema.required.push(...parent.required);
}

// Only of versions that stay: the packages still have some that no cluster knows any more.
function fileOf({ apiVersion, kind }) {
    if (!/^([a-z0-9.]+\/)?v1$/.test(apiVersion)) return undefined;
    return packages
        .map((name) => join(top, "node_modules", name, String(apiVersion), `${kind}.d.ts`))
        .find((file) => existsSync(file));
}

// ---- Checking --------------------------------------------------------------------------------------------------

const validators = new Map();

function validator(file) {
    if (!validators.has(file)) {
        const root = definition(file);
        validators.set(file, new Ajv({ allErrors: true }).compile({ ...root, $defs: definitions }));
    }
    return validators.get(file);
}

function say(error) {
    const detail = error.params.additionalProperty ?? error.params.allowedValues?.join(", ") ?? "";
    return `${error.instancePath || "/"} ${error.message} ${detail}`.trim();
}

// What is wrong with the fields of the manifests, a sentence each.
export function checkSchema(manifests) {
    return manifests.flatMap((manifest) => {
        const file = fileOf(manifest);
        if (file === undefined) return [`${title(manifest)}: there is no ${manifest.kind} in ${manifest.apiVersion}`];
        const validate = validator(file);
        return validate(manifest) ? [] : validate.errors.map((error) => `${title(manifest)}: ${say(error)}`);
    });
}
