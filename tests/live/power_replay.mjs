// Makes power losses of what tests/preload/power.c has told, and has each state checked:
//
//   power_replay.mjs LOG FOLDER COMMAND [ARGUMENT...]
//
// A state is what a disk may have when the power goes after one of the told changes: all that was
// synced (a file's bytes with the file, a name with its folder), and of the rest nothing, or any
// part. FOLDER is made to be that state, and COMMAND is run with the arguments FOLDER and "answered"
// (the program had ended) or "unanswered"; a status other than 0 is a loss, and told. POWER_SEED
// changes the random parts; POWER_RANDOM is how many of them there are for each moment. With
// POWER_MOMENT=last there is no other moment than the end.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import fs from "node:fs"
import path from "node:path"

const [logPath, target, command, ...commandArguments] = process.argv.slice(2)
const seed = Number(process.env.POWER_SEED ?? 1)
const randomParts = Number(process.env.POWER_RANDOM ?? 2)

// --- the log ------------------------------------------------------------------------------------

const fieldsOf = {
    dir: ["inode", "folder", "mode"],
    file: ["inode", "folder", "mode", "size"],
    write: ["inode", "offset", "size"],
    truncate: ["inode", "size"],
    mode: ["inode", "mode"],
    sync: ["inode"],
    link: ["inode", "folder"],
    unlink: ["folder"],
    rename: ["inode", "folder"],
    begin: [],
}

function readRecord(bytes, at) {
    const end = bytes.indexOf("\n", at)
    const [type, ...words] = bytes.toString("utf8", at, end).split(" ")
    const record = { type }
    for (const field of fieldsOf[type]) {
        record[field] = parseInt(words.shift(), field === "mode" ? 8 : 10)
    }
    record.name = words.join(" ")
    const size = type === "write" || type === "file" ? record.size : 0
    record.data = bytes.subarray(end + 1, end + 1 + size)
    return [record, end + 1 + size]
}

// An inode's number is given again when its file is gone: each new file gets a number of its own.
function readLog(bytes) {
    const records = []
    const numbers = new Map()
    for (let at = 0, record; at < bytes.length; ) {
        ;[record, at] = readRecord(bytes, at)
        if (record.type === "dir" || record.type === "file") {
            numbers.set(record.inode, records.length + 1)
        }
        record.folder = numbers.get(record.folder)
        record.inode = numbers.get(record.inode)
        records.push(record)
    }
    return records.filter(({ type, inode, folder }) => inode ?? folder ?? type === "begin")
}

// --- what reaches the disk ----------------------------------------------------------------------

const isName = ({ type }) => ["dir", "file", "link", "unlink", "rename"].includes(type)

// The last sync of each file and folder before a moment.
function findSyncs(records, moment) {
    const syncs = new Map()
    records.slice(0, moment).forEach(({ type, inode }, i) => {
        if (type === "sync") {
            syncs.set(inode, i)
        }
    })
    return syncs
}

// mulberry32
function randomNumbers(state) {
    return () => {
        state = (state + 0x6d2b79f5) | 0
        let t = Math.imul(state ^ (state >>> 15), 1 | state)
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    }
}

// What becomes of a record that nothing has synced: "kept", "lost", or, of bytes, "zeros". Names may
// reach the disk in any order.
const extremes = {
    "nothing else": () => "lost",
    everything: () => "kept",
    "names without bytes": (record) => (isName(record) ? "kept" : "lost"),
    "names and sizes": (record) => (isName(record) ? "kept" : "zeros"),
    "bytes without names": (record) => (isName(record) ? "lost" : "kept"),
    "the last change alone": (record, isLast) => (isLast ? "kept" : "lost"),
}

function randomPart(number) {
    const random = randomNumbers(number)
    return (record) => (random() < 0.5 ? "kept" : isName(record) || random() < 0.5 ? "lost" : "zeros")
}

const grow = (bytes, size) => (bytes.length >= size ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]))

const apply = {
    dir(nodes, { inode, folder, mode, name }) {
        nodes.get(folder)?.entries.set(name, nodes.get(inode))
        nodes.get(inode).mode = mode
    },
    file(nodes, record) {
        apply.dir(nodes, record)
    },
    link(nodes, { inode, folder, name }) {
        nodes.get(folder)?.entries.set(name, nodes.get(inode))
    },
    unlink(nodes, { folder, name }) {
        nodes.get(folder).entries.delete(name)
    },
    rename(nodes, { inode, folder, name }) {
        const [from, to] = name.split("/")
        nodes.get(folder).entries.delete(from)
        nodes.get(folder).entries.set(to, nodes.get(inode))
    },
    write(nodes, { inode, offset, data }, fate) {
        const node = nodes.get(inode)
        node.bytes = grow(Buffer.from(node.bytes), offset + data.length)
        if (fate === "zeros") {
            node.bytes.fill(0, offset, offset + data.length)
        } else {
            data.copy(node.bytes, offset)
        }
    },
    truncate(nodes, { inode, size }) {
        const node = nodes.get(inode)
        node.bytes = grow(node.bytes.subarray(0, size), size)
    },
    mode(nodes, { inode, mode }) {
        nodes.get(inode).mode = mode
    },
    sync() {},
    begin() {},
}

function stateAt(records, begin, moment, fateOf) {
    const syncs = findSyncs(records, moment)
    const nodes = new Map()
    records.slice(0, moment).forEach((record, i) => {
        const { type, inode, folder, data } = record
        if (type === "dir" || type === "file") {
            nodes.set(inode, { entries: new Map(), bytes: data, mode: record.mode, isFolder: type === "dir" })
        }
        const isSynced = i < begin || i < (syncs.get(isName(record) ? folder : inode) ?? -1)
        const fate = isSynced ? "kept" : fateOf(record, i === moment - 1)
        if (fate !== "lost") {
            apply[type](nodes, record, fate)
        }
    })
    return nodes.get(records[0].inode)
}

// --- the states ---------------------------------------------------------------------------------

// What tells one state from another: not the bytes of what is cleared away unread.
function fingerprint(node, hash, isUnread = false) {
    hash.update(`${node.mode} ${node.isFolder}\n`).update(isUnread ? "" : node.bytes)
    for (const [name, entry] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
        hash.update(`${name}\n`)
        fingerprint(entry, hash, isUnread || name === ".work" || name.endsWith("-shm"))
    }
    return hash.update("end\n")
}

function make(node, where, made = new Map()) {
    if (made.has(node)) {
        fs.linkSync(made.get(node), where)
        return
    }
    made.set(node, where)
    if (!node.isFolder) {
        fs.writeFileSync(where, node.bytes)
        fs.chmodSync(where, node.mode)
        return
    }
    fs.mkdirSync(where, { mode: node.mode })
    for (const [name, entry] of node.entries) {
        make(entry, path.join(where, name), made)
    }
}

// The moments that differ: of writes in a row, the middle and the end.
function momentsOf(records, begin) {
    const moments = []
    for (let i = begin + 1; i <= records.length; i++) {
        const isWithin = i < records.length && records[i - 1].type === "write" && records[i].type === "write"
        if (!isWithin || i % 64 === 0) {
            moments.push(i)
        }
    }
    return moments
}

const records = readLog(fs.readFileSync(logPath))
const begin = records.findIndex(({ type }) => type === "begin")
const seen = new Set()
let losses = 0

function check(moment, part, fateOf) {
    const state = stateAt(records, begin, moment, fateOf)
    const answered = moment === records.length ? "answered" : "unanswered"
    const key = answered + fingerprint(state, createHash("sha256")).digest("hex")
    if (seen.has(key)) {
        return
    }
    seen.add(key)
    fs.rmSync(target, { recursive: true, force: true })
    make(state, target)
    const run = spawnSync(command, [...commandArguments, target, answered], { encoding: "utf8" })
    if (run.status !== 0) {
        losses++
        const { type, name } = records[moment - 1]
        console.log(`${answered}, after record ${moment} (${type} ${name}), ${part}: ${run.stdout}${run.stderr}`)
    }
}

const moments = process.env.POWER_MOMENT === "last" ? [records.length] : momentsOf(records, begin)
for (const moment of moments) {
    for (const [part, fateOf] of Object.entries(extremes)) {
        check(moment, part, fateOf)
    }
    for (let i = 0; i < randomParts; i++) {
        check(moment, `random part ${i}`, randomPart(seed * 1000003 + moment * 1009 + i))
    }
}
console.log(`${records.length - begin - 1} changes, ${seen.size} states, ${losses} losses`)
process.exit(losses === 0 ? 0 : 1)
