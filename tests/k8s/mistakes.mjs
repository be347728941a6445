// Mistakes that somebody could make in k8s/, one a row: what it is, the check that finds it, what the check says, and the
// mistake itself, made in the rendered base.

import { podTemplate } from "./manifests.mjs";

const one = (manifests, kind, name) => manifests.find((m) => m.kind === kind && m.metadata.name.startsWith(name));
const set = (m) => one(m, "StatefulSet", "camera-sheet");
const pod = (m) => podTemplate(set(m)).spec;
const app = (m) => pod(m).containers.find(({ name }) => name === "app");
const backup = (m) => pod(m).containers.find(({ name }) => name === "backup");
const init = (m, name) => pod(m).initContainers.find((container) => container.name === name);
const service = (m, name = "camera-sheet") => m.find((s) => s.kind === "Service" && s.metadata.name === name);
const cron = (m) => m.find(({ kind, metadata }) => kind === "CronJob" && metadata.name === "camera-sheet-backup");
const job = (m) => cron(m).spec.jobTemplate.spec;
const jobPod = (m) => job(m).template.spec;
const ask = (m) => jobPod(m).containers[0];
const policy = (m, name = "camera-sheet") => m.find((p) => p.kind === "NetworkPolicy" && p.metadata.name === name);
const budget = (m) => one(m, "PodDisruptionBudget", "camera-sheet");
const settings = (m) => one(m, "ConfigMap", "camera-sheet-settings");
const litestream = (m) => one(m, "ConfigMap", "litestream-config");
const variable = (container, name) => container.env.find((v) => v.name === name);
const volume = (m, name) => pod(m).volumes.find((v) => v.name === name);
const mount = (container, path) => container.volumeMounts.find((v) => v.mountPath === path);
const claim = (m) => set(m).spec.volumeClaimTemplates[0];

function rename(object, from, to) {
    object[to] = object[from];
    delete object[from];
}

function drop(list, condition) {
    list.splice(list.findIndex(condition), 1);
}

const schema = [
    ["a misspelt probe", /additional.*livenesProbe/, (m) => rename(backup(m), "livenessProbe", "livenesProbe")],
    ["a misspelt field of a probe", /additional.*failureTreshold/, (m) => rename(backup(m).livenessProbe, "failureThreshold", "failureTreshold")],
    ["a field in the wrong place", /additional.*runAsNonRoot/, (m) => (pod(m).runAsNonRoot = true)],
    ["a pod's field at a container", /additional.*fsGroup/, (m) => (backup(m).securityContext.fsGroup = 10001)],
    ["a field of another case", /additional.*servicename/, (m) => rename(set(m).spec, "serviceName", "servicename")],
    ["a field of another kind", /additional.*strategy/, (m) => (set(m).spec.strategy = { type: "Recreate" })],
    ["a misspelt grace period", /additional.*terminationGracePeriod/, (m) => rename(pod(m), "terminationGracePeriodSeconds", "terminationGracePeriod")],
    ["a volume of no kind", /additional.*emptydir/, (m) => rename(volume(m, "tmp"), "emptyDir", "emptydir")],
    ["a Secret's volume by name", /additional.*name/, (m) => rename(volume(m, "passwords").secret, "secretName", "name")],
    ["a reference without its key", /must have required.*key/, (m) => delete variable(backup(m), "LITESTREAM_ACCESS_KEY_ID").valueFrom.secretKeyRef.key],
    ["no selector", /must have required.*selector/, (m) => delete set(m).spec.selector],
    ["no schedule", /must have required.*schedule/, (m) => delete cron(m).spec.schedule],
    ["a container without a name", /must have required.*name/, (m) => delete app(m).name],
    ["a wrong kind of answer to a pull", /imagePullPolicy must be equal/, (m) => (app(m).imagePullPolicy = "IfAbsent")],
    ["a wrong concurrency", /concurrencyPolicy must be equal/, (m) => (cron(m).spec.concurrencyPolicy = "Never")],
    ["a wrong protocol", /protocol must be equal/, (m) => (policy(m).spec.egress[0].ports[0].protocol = "udp")],
    ["a wrong seccomp profile", /seccompProfile\/type must be equal/, (m) => (pod(m).securityContext.seccompProfile.type = "runtime/default")],
    ["a wrong policy of the pods' order", /podManagementPolicy must be equal/, (m) => (set(m).spec.podManagementPolicy = "parallel")],
    ["a wrong kind of rules", /policyTypes\/0 must be/, (m) => (policy(m).spec.policyTypes[0] = "ingress")],
    ["memory in lower case", /memory must match/, (m) => (backup(m).resources.limits.memory = "256mi")],
    ["memory in MB", /memory must match/, (m) => (backup(m).resources.limits.memory = "256MB")],
    ["memory with a space", /storage must match/, (m) => (claim(m).spec.resources.requests.storage = "10 Gi")],
    ["a number as text", /replicas must be integer/, (m) => (set(m).spec.replicas = "1")],
    ["a number with a fraction", /replicas must be integer/, (m) => (set(m).spec.replicas = 1.5)],
    ["a number as a variable's value", /value must be string/, (m) => (variable(backup(m), "PORT").value = 8080)],
    ["yes as a variable's value", /value must be string/, (m) => (variable(init(m, "restore-lost"), "REPLICATE").value = true)],
    ["arguments as one text", /args must be array/, (m) => (ask(m).args = "/api/backups")],
    ["a label that is no text", /must be string/, (m) => (podTemplate(set(m)).metadata.labels.version = 1)],
    ["a field without a value", /must be/, (m) => (backup(m).resources.limits = null)],
    ["an API of the past", /there is no CronJob in batch\/v1beta1/, (m) => (cron(m).apiVersion = "batch/v1beta1")],
    ["a kind of another API", /there is no PodDisruptionBudget in apps\/v1/, (m) => (budget(m).apiVersion = "apps/v1")],
    ["a kind that is none", /there is no Statefulset/, (m) => (set(m).kind = "Statefulset")],
];

const references = [
    ["a Secret that is nowhere", /no Secret litestream-S3/, (m) => (variable(backup(m), "LITESTREAM_ACCESS_KEY_ID").valueFrom.secretKeyRef.name = "litestream-S3")],
    ["a key that the Secret has not", /has no access-key$/, (m) => (variable(backup(m), "LITESTREAM_ACCESS_KEY_ID").valueFrom.secretKeyRef.key = "access-key")],
    ["a ConfigMap that is nowhere", /no ConfigMap settings/, (m) => (backup(m).envFrom[0].configMapRef.name = "settings")],
    ["a key that the ConfigMap has not", /has no DATABASE$/, (m) => (variable(app(m), "DATABASE_PATH").valueFrom.configMapKeyRef.key = "DATABASE")],
    ["passwords in a Secret that is nowhere", /no Secret passwords/, (m) => (volume(m, "passwords").secret.secretName = "passwords")],
    ["a file that the ConfigMap has not", /has no litestream\.yaml/, (m) => (mount(backup(m), "/etc/litestream.yml").subPath = "litestream.yaml")],
    ["a ConfigMap that nothing uses", /nothing uses it/, (m) => (m.push({ ...structuredClone(litestream(m)), metadata: { name: "litestream" } }))],
    ["an account that is nowhere", /no ServiceAccount default-camera/, (m) => (pod(m).serviceAccountName = "default-camera")],
    ["a claim that is nowhere", /no PersistentVolumeClaim sheets/, (m) => (volume(m, "tmp").persistentVolumeClaim = { claimName: "sheets" })],
    ["a volume that is nowhere", /no volume date/, (m) => (mount(backup(m), "/data").name = "date")],
    ["a volume that nothing mounts", /nothing mounts answers/, (m) => drop(backup(m).volumeMounts, ({ name }) => name === "answers")],
    ["two volumes at one path", /two volumes at \/tmp/, (m) => (mount(backup(m), "/data").mountPath = "/tmp")],
    ["a password file elsewhere", /no file \/etc\/passwords/, (m) => (variable(backup(m), "PASSWORD_FILE").value = "/etc/passwords")],
    ["a script elsewhere", /no file \/etc\/ask\.sh/, (m) => (ask(m).command[1] = "/etc/ask.sh")],
    ["a configuration elsewhere", /no file \/etc\/litestream\.yaml/, (m) => (init(m, "litestream").args[2] = "/etc/litestream.yaml")],
    ["two containers of one name", /two containers are app/, (m) => (backup(m).name = "app")],
    ["two containers at one port", /two containers listen on 8080/, (m) => (app(m).ports[0].containerPort = 8080)],
    ["two ports of one name", /two ports are named backup/, (m) => (app(m).ports[0].name = "backup")],
    ["a probe at a port that is none", /asks at probes/, (m) => (backup(m).livenessProbe.httpGet.port = "probes")],
    ["a probe at another container's port", /asks at http,/, (m) => (backup(m).readinessProbe.httpGet.port = "http")],
    ["a variable that is not set before", /has \$\(NAMESPACE\)/, (m) => backup(m).env.push(backup(m).env.shift())],
    ["a variable that comes by envFrom", /has \$\(PUBLIC_NAMES\)/, (m) => drop(backup(m).env, ({ name }) => name === "PUBLIC_NAMES")],
    ["a variable that is set twice", /sets PORT twice/, (m) => backup(m).env.push({ name: "PORT", value: "80" })],
    ["a Service for no pod", /Service camera-sheet: its selector fits no pod/, (m) => (service(m).spec.selector["app.kubernetes.io/name"] = "camera")],
    ["a StatefulSet that does not know its pods", /StatefulSet camera-sheet: its selector/, (m) => (podTemplate(set(m)).metadata.labels["app.kubernetes.io/component"] = "app")],
    ["a budget for no pod", /PodDisruptionBudget camera-sheet: its selector/, (m) => (budget(m).spec.selector.matchLabels = { app: "camera-sheet" })],
    ["rules for no pod", /NetworkPolicy camera-sheet: its selector/, (m) => (policy(m).spec.podSelector.matchLabels["app.kubernetes.io/component"] = "pod")],
    ["a Service to a port that is none", /has no port web/, (m) => (service(m).spec.ports[0].targetPort = "web")],
    ["a Service to a number that is none", /has no port 80$/, (m) => delete service(m, "camera-sheet-backup").spec.ports[0].targetPort],
    ["a StatefulSet without its Service", /no headless Service camera-sheet-pods/, (m) => (set(m).spec.serviceName = "camera-sheet-pods")],
    ["a StatefulSet whose Service has an address", /no headless Service/, (m) => delete service(m, "camera-sheet-headless").spec.clusterIP],
    ["a rule for a port that is none", /has the port https/, (m) => (policy(m).spec.ingress[0].ports[0].port = "https")],
    ["a rule towards a port that is none", /has the port page/, (m) => (policy(m, "camera-sheet-jobs").spec.egress[1].ports[0].port = "page")],
    ["a rule for nobody's requests", /podSelector of it fits no pod/, (m) => (policy(m).spec.ingress[1].from[0].podSelector.matchLabels = { app: "cron" })],
    ["jobs that ask a Service that is nowhere", /no Service answers at http:\/\/camera-sheet-backups/, (m) => (variable(ask(m), "BACKUPS_URL").value = "http://camera-sheet-backups")],
    ["jobs that ask at another port", /no Service answers at .*:8080/, (m) => (variable(ask(m), "BACKUPS_URL").value = "http://camera-sheet-backup:8080")],
    ["a store that is nowhere", /no Service answers at http:\/\/minio:9000/, (m) => (settings(m).data.LITESTREAM_ENDPOINT = "http://minio:9000")],
    ["a part in another namespace", /several namespaces/, (m) => (service(m).metadata.namespace = "default")],
    ["a namespace that is nowhere", /no Namespace shows/, (m) => m.forEach((one) => (one.metadata.namespace = "shows"))],
    ["two of one name", /there are two/, (m) => m.push(structuredClone(service(m)))],
];

const security = [
    ["root, by leave", /may run as root/, (m) => delete pod(m).securityContext.runAsNonRoot],
    ["root, by leave of a container", /litestream may run as root/, (m) => (init(m, "litestream").securityContext.runAsNonRoot = false)],
    ["root, by number", /app runs as root/, (m) => (app(m).securityContext.runAsUser = 0)],
    ["root's group", /has root's group/, (m) => (pod(m).securityContext.fsGroup = 0)],
    ["a privileged container", /backup is privileged/, (m) => (backup(m).securityContext.privileged = true)],
    ["privileges to be had", /restore-lost may get privileges/, (m) => delete init(m, "restore-lost").securityContext.allowPrivilegeEscalation],
    ["no security at all", /ask may get privileges/, (m) => delete ask(m).securityContext],
    ["capabilities kept", /app keeps capabilities/, (m) => delete app(m).securityContext.capabilities],
    ["one capability dropped", /app keeps capabilities/, (m) => (app(m).securityContext.capabilities.drop = ["NET_RAW"])],
    ["a capability more", /gets capabilities/, (m) => (backup(m).securityContext.capabilities.add = ["SYS_PTRACE"])],
    ["no seccomp profile", /has no seccomp profile/, (m) => delete jobPod(m).securityContext.seccompProfile],
    ["seccomp off", /has no seccomp profile/, (m) => (backup(m).securityContext.seccompProfile = { type: "Unconfined" })],
    ["AppArmor off", /not confined by AppArmor/, (m) => (pod(m).securityContext.appArmorProfile = { type: "Unconfined" })],
    ["the host's network", /uses the host's/, (m) => (pod(m).hostNetwork = true)],
    ["the host's processes", /uses the host's/, (m) => (jobPod(m).hostPID = true)],
    ["a folder of the host", /kind that is not allowed: tmp/, (m) => Object.assign(volume(m, "tmp"), { emptyDir: undefined, hostPath: { path: "/tmp" } })],
    ["a port of the host", /takes a port of the host/, (m) => (backup(m).ports[0].hostPort = 8080)],
    ["an unsafe sysctl", /unsafe sysctl/, (m) => (pod(m).securityContext.sysctls = [{ name: "kernel.msgmax", value: "1" }])],
    ["/proc unmasked", /\/proc unmasked/, (m) => (app(m).securityContext.procMount = "Unmasked")],
    ["a probe of another host", /ask another host/, (m) => (backup(m).livenessProbe.httpGet.host = "10.0.0.1")],
    ["a root that can be written", /may write into its image/, (m) => (backup(m).securityContext.readOnlyRootFilesystem = false)],
    ["a token for the API", /has a token/, (m) => delete pod(m).automountServiceAccountToken],
    ["the Services as variables", /as environment variables/, (m) => delete jobPod(m).enableServiceLinks],
];

const values = [
    ["a volume that goes with its StatefulSet", /goes with its StatefulSet/, (m) => (set(m).spec.persistentVolumeClaimRetentionPolicy.whenDeleted = "Delete")],
    ["a name with an underscore", /its name is none/, (m) => (service(m).metadata.name = "camera_sheet")],
    ["a label of odd characters", /its label .* is none/, (m) => (set(m).metadata.labels["app.kubernetes.io/part-of"] = "camera sheet")],
    ["a port's name that is too long", /port's name is none/, (m) => (backup(m).ports[1].name = "metrics-and-health")],
    ["a port beyond all ports", /has no port 80800/, (m) => (backup(m).ports[0].containerPort = 80800)],
    ["a variable's name with a dash", /can be named BUSY-TIMEOUT/, (m) => backup(m).env.push({ name: "BUSY-TIMEOUT", value: "1" })],
    ["a variable with two values", /PORT has two values/, (m) => (variable(backup(m), "PORT").valueFrom = { fieldRef: { fieldPath: "metadata.name" } })],
    ["an image without a version", /image has no version/, (m) => (app(m).image = "registry.example.com/camera-sheet")],
    ["whatever image is the latest", /image has no version/, (m) => (backup(m).image = "camera-sheet-backup:latest")],
    ["a mount at no path", /is no path/, (m) => (mount(app(m), "/data").mountPath = "data")],
    ["a sidecar of another restart policy", /restartPolicy can be Always only/, (m) => (init(m, "litestream").restartPolicy = "OnFailure")],
    ["a restart policy where none is", /only a sidecar has a restartPolicy/, (m) => (backup(m).restartPolicy = "Always")],
    ["a probe of what runs once", /what runs once has no probes/, (m) => (init(m, "restore-lost").livenessProbe = structuredClone(backup(m).livenessProbe))],
    ["a probe with a relative path", /livenessProbe has no path/, (m) => (backup(m).livenessProbe.httpGet.path = "healthz")],
    ["a probe in two ways", /asks in 2 ways/, (m) => (backup(m).livenessProbe.tcpSocket = { port: 8081 })],
    ["a probe that asks nothing", /asks in 0 ways/, (m) => delete backup(m).livenessProbe.httpGet],
    ["a liveness that must succeed twice", /must succeed once/, (m) => (backup(m).livenessProbe.successThreshold = 2)],
    ["a probe slower than its period", /overlaps with the next/, (m) => (backup(m).readinessProbe.timeoutSeconds = 60)],
    ["memory without a limit", /memory has no limit/, (m) => delete app(m).resources.limits],
    ["less memory than is requested", /more memory than its limit/, (m) => (backup(m).resources.limits.memory = "32Mi")],
    ["a limit of CPU", /its CPU has a limit/, (m) => (backup(m).resources.limits.cpu = "100m")],
    ["memory in thousandths of a byte", /has room in its memory/, (m) => (backup(m).resources = { requests: { cpu: "1m", memory: "64m" }, limits: { memory: "256m" } })],
    ["CPUs instead of thousandths", /more CPU than a node has/, (m) => (backup(m).resources.requests.cpu = 50)],
    ["a Secret that everybody may read", /everybody may read/, (m) => (volume(m, "passwords").secret.defaultMode = 0o444)],
    ["an octal number that is read as a decimal one", /everybody may read|must be/, (m) => (volume(m, "passwords").secret.defaultMode = 447)],
    ["a schedule of six fields", /its schedule is none/, (m) => (cron(m).spec.schedule = "0 0 3 * * *")],
    ["an hour that is none", /its schedule is none/, (m) => (cron(m).spec.schedule = "0 24 * * *")],
    ["a time zone that is none", /time zone/, (m) => (cron(m).spec.timeZone = "Europe/Berln")],
    ["two backups at once", /two of it may run at once/, (m) => (cron(m).spec.concurrencyPolicy = "Allow")],
    ["a job for ever", /may hang for ever/, (m) => delete job(m).activeDeadlineSeconds],
    ["a job that is started for ever", /not started for ever/, (m) => (jobPod(m).restartPolicy = "Always")],
    ["a pod that is started once", /must be started again/, (m) => (pod(m).restartPolicy = "Never")],
    ["two pods at one database", /SQLite allows one pod/, (m) => (set(m).spec.replicas = 2)],
    ["an access mode that is none", /no such access mode/, (m) => (claim(m).spec.accessModes = ["ReadWrite"])],
    ["a volume of bytes", /volume has no room/, (m) => (claim(m).spec.resources.requests.storage = "10M")],
    ["a budget that says two things", /too little or too much/, (m) => (budget(m).spec.minAvailable = 1)],
    ["rules that nobody looks at", /egress is not looked at/, (m) => (policy(m).spec.policyTypes = ["Ingress"])],
    ["a rule that opens everything", /opens all ports/, (m) => delete policy(m).spec.ingress[1].ports],
];

const house = [
    ["an image of another version", /backup has another version/, (m) => (backup(m).image = "camera-sheet-backup:0.0.1")],
    ["a job's image of another version", /ask has another version/, (m) => (ask(m).image = "camera-sheet-backup:9.9.9")],
    ["a Litestream of other files", /another Litestream/, (m) => (init(m, "litestream").image = "litestream/litestream:0.5.0")],
    ["a misspelt setting", /no setting PASSWORDS_FILE/, (m) => (variable(backup(m), "PASSWORD_FILE").name = "PASSWORDS_FILE")],
    ["a misspelt setting of all", /no setting BACKUPS_KEEP/, (m) => (settings(m).data.BACKUPS_KEEP = "3")],
    ["a retention of a day", /retention is not 168h/, (m) => (litestream(m).data["litestream.yml"] = litestream(m).data["litestream.yml"].replace("168h", "24h"))],
    ["metrics for everybody", /open to others/, (m) => (litestream(m).data["litestream.yml"] = litestream(m).data["litestream.yml"].replace("127.0.0.1:", ":"))],
    ["another database than the replicated one", /another database/, (m) => (litestream(m).data["litestream.yml"] = litestream(m).data["litestream.yml"].replace("${DATABASE_PATH}", "/data/show.db"))],
    ["another database", /the database is not/, (m) => (settings(m).data.DATABASE_PATH = "/data/db.sqlite")],
    ["Litestream before the restoring", /not restored first/, (m) => pod(m).initContainers.reverse()],
    ["Litestream as one of the containers", /no sidecar/, (m) => pod(m).containers.push(pod(m).initContainers.pop())],
    ["a Litestream that is waited for", /no sidecar/, (m) => delete init(m, "litestream").restartPolicy],
    ["no time for a restore", /time to end/, (m) => (pod(m).terminationGracePeriodSeconds = 30)],
    ["an app without the data", /app has no \/data/, (m) => (mount(app(m), "/data").mountPath = "/var/data")],
    ["RUN_DIR on the disk", /not in memory/, (m) => delete volume(m, "run").emptyDir.medium],
    ["answers in memory", /fills the memory/, (m) => (volume(m, "answers").emptyDir = { medium: "Memory" })],
    ["a full disk restarts it", /restarted for what/, (m) => (backup(m).livenessProbe.httpGet.path = "/api/health")],
    ["nobody sees that it fails", /nobody sees/, (m) => (backup(m).readinessProbe.httpGet.path = "/healthz")],
    ["a probe that is asked for a password", /no password to give/, (m) => (backup(m).livenessProbe.httpGet.port = "backup")],
    ["another user than the image's", /not the image's user/, (m) => (pod(m).securityContext.runAsUser = 1000)],
    ["a repair that is not rolled out", /its own repair/, (m) => (set(m).spec.podManagementPolicy = "OrderedReady")],
    ["a failing backup cuts people off", /cuts people off from camera-sheet$/, (m) => delete service(m).spec.publishNotReadyAddresses],
    ["a backup of no kind", /nothing takes a scheduled backup/, (m) => ask(m).args.pop()],
    ["no drill", /nothing proves the replica/, (m) => drop(m, ({ metadata }) => metadata.name === "camera-sheet-drill")],
    ["another StatefulSet", /no StatefulSet camera-sheet/, (m) => (set(m).metadata.name = "sheet")],
];

export const mistakes = Object.entries({ schema, references, security, values, house }).flatMap(([check, rows]) =>
    rows.map(([name, says, make]) => ({ name, check, says, make })),
);
