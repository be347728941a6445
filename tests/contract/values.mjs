/** Values from schemas: those that a schema allows, made by fast-check. */

import fc from 'fast-check';

const LONGEST_NAME_BYTES = 200;

/* Any text, of characters of all scripts: the schema's own pattern decides which of it stays. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('ä', '写', '\u{1F3A5}', ' ', "'", '"', '<', '&', '\\', '%', '+', '#', '/', '.', '-') }),
  fc.string({ maxLength: 200, minLength: 195 }),
);

const offsets = fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+05:30', '-11:00', '+14:00');
const moments = fc.tuple(
  fc.date({ min: new Date('1971-01-02T00:00:00Z'), max: new Date('2199-12-30T00:00:00Z'), noInvalidDate: true }),
  fc.constantFrom('', '.1', '.123', '.123456789'),
  offsets,
  fc.constantFrom('T', 't'),
).map(([date, fraction, offset, separator]) => date.toISOString().slice(0, 19).replace('T', separator) + fraction + offset);

const isWellFormed = (text) => !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);

/* The name of a file has a beginning and an end that hardly come by chance. */
const names = fc.tuple(fc.stringMatching(/^[A-Za-z0-9äß写_]$/u), anyText, fc.constantFrom('', '.db'))
  .map((parts) => parts.join(''))
  .filter((name) => Buffer.byteLength(name) <= LONGEST_NAME_BYTES);

export class Values {
  /** @param {import('./document.mjs').Document} contract */
  constructor(contract) {
    this.contract = contract;
  }

  /** What the schema at the pointer allows. */
  allowedBy(pointer) {
    const { object: schema, pointer: place } = this.contract.resolve(this.#at(pointer), pointer);
    return this.#from(schema, place).filter((value) => this.contract.complaintsAbout(value, place).length === 0);
  }

  #at(pointer) {
    return pointer.reduce((at, part) => at[part], this.contract.document);
  }

  #from(schema, place) {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((_, index) => this.allowedBy([...place, 'anyOf', index])));
    if (Array.isArray(schema.type)) {
      return fc.oneof(...schema.type.map((type) => this.#ofType(type, schema, place)));
    }
    return this.#ofType(schema.type, schema, place);
  }

  #ofType(type, schema, place) {
    switch (type) {
      case 'null': return fc.constant(null);
      case 'boolean': return fc.boolean();
      case 'integer': return fc.integer({ min: schema.minimum, max: schema.maximum });
      case 'object': return this.#object(schema, place);
      case 'string': return this.#string(schema);
      default: return this.allowedBy(schema.$ref.slice(2).split('/'));
    }
  }

  #object({ properties = {}, required = [] }, place) {
    const members = Object.keys(properties).map((name) => [name, this.allowedBy([...place, 'properties', name])]);
    return fc.record(Object.fromEntries(members), { requiredKeys: required });
  }

  #string(schema) {
    if (schema.format === 'date-time' || schema.$ref?.endsWith('/Moment')) return moments;
    if (/\\.db\$$|\*\$$/.test(schema.pattern ?? '') && schema.maxLength) return names;
    return anyText.filter(isWellFormed);
  }
}

/* ---- What is hostile, whatever is asked for ---- */

export const HOSTILE_SEGMENTS = [
  '..%2fsecret.db', '%2e%2e%2fsecret.db', '%2E%2E%5Csecret.db', '%252e%252e%252fsecret.db', '....%2f%2fsecret.db', '..;',
  '.', '..', '%2e', '%2e%2e', 'x%00.db', '%00', 'x.db%00', 'x%0a.db', '%0d%0aX-Injected:%20yes.db', '%ff%fe.db',
  '%c0%ae%c0%ae%c0%af.db', '%ed%a0%80.db', '%e2%80%aebd.db', '%1b%5b31m.db', '%7f.db', '%zz.db', '%', '%4', '-rf.db',
  '.hidden.db', '.work', '.lock', '.audit', '.db', '%20.db', 'x.DB', 'x.db.json', 'live', 'LIVE', 'litestream', 'upload',
  "'%20OR%201=1.db", '%3Cscript%3E.db', '*.db', 'con.db', 'x.db;y', 'x.db:y', '%24%7Bx%7D.db', '~.db', '~root.db',
  `${'a'.repeat(300)}.db`, `${'%c3%a4'.repeat(100)}.db`, 'a'.repeat(4000), 'a'.repeat(9000),
  '\xff\xfe.db', 'Gr\xc3\xb6\xc3\x9fe.db', '%F0%9F%8E%A5.db', '2025-01-06_14-30-00.db', '2025-01-06_14-30-00-2.db',
];

export const percentEncoded = (text) => [...Buffer.from(text)]
  .map((byte) => (/[A-Za-z0-9_.~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
  .join('');

/** A segment of a path, as it is sent. */
export const hostileSegments = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_SEGMENTS) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')) },
  { weight: 1, arbitrary: fc.string({ minLength: 1, unit: 'binary' }).filter(isWellFormed).map((text) => `${percentEncoded(text)}.db`) },
);
