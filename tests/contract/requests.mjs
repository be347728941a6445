/** Requests made from the document: those that it allows, and the same with something wrong. */

import fc from 'fast-check';

import { hostileSegments, percentEncoded, Values } from './values.mjs';

const LARGEST_BODY = 64 << 10;
const BACKUPS_TO_PICK = 12;
const TABLES = ['shows', 'cues'];
const OTHER_DATABASE = 'spring gala';

/* What nginx makes of a file. */
export const PARTS_AND_CONDITIONS = [
  ['Range', 'bytes=0-14'], ['Range', 'bytes=-5'], ['Range', 'bytes=0-1,5-9,20-'], ['Range', 'bytes=99999999999-'],
  ['Range', 'bytes=5-1'], ['Range', 'lines=1-2'], ['Range', 'nonsense'], ['Range', `bytes=${'0-0,'.repeat(150)}1-1`],
  ['If-None-Match', '*'], ['If-None-Match', '"another"'], ['If-Match', '"another"'], ['If-Match', '*'],
  ['If-Modified-Since', 'Wed, 01 Jan 2200 00:00:00 GMT'], ['If-Modified-Since', 'nonsense'],
  ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'], ['If-Range', '"another"'],
];

/* One of the backups that are there when the request is sent. */
const existing = fc.nat({ max: BACKUPS_TO_PICK }).map((number) => ({ existing: number }));
const literal = (values) => values.map((text) => ({ text }));

/**
 * A request before it is known which backups there are.
 * @typedef {object} Plan
 * @property {boolean | undefined} isAllowed by the document; undefined: it does not say
 * @property {string} what is special in it
 */
export class Plans {
  constructor(contract) {
    this.contract = contract;
    this.values = new Values(contract);
  }

  /** What the document allows of an operation. */
  allowed(operation) {
    const parameters = operation.operation.parameters ?? [];
    const place = (index) => [...operation.pointer, 'parameters', index, 'schema'];
    const segments = [];
    const query = {};
    parameters.forEach((parameter, index) => {
      if (parameter.in === 'path') segments.push(this.#segment(parameter.name, place(index)));
      else query[parameter.name] = this.#queryValue(parameter.name, place(index));
    });
    return fc.record({
      operation: fc.constant(operation),
      method: fc.constant(operation.method),
      segments: fc.tuple(...segments),
      query: fc.record(query, { requiredKeys: [] }).map((members) => Object.entries(members)),
      body: this.#body(operation),
      headers: this.#headers(operation),
      isAllowed: fc.constant(true),
      what: fc.constant('as described'),
    }).filter(isInOrder);
  }

  #segment(name, place) {
    const real = name === 'table' ? literal(fc.constantFrom(...TABLES)) : existing;
    return fc.oneof({ weight: 6, arbitrary: real }, { weight: 1, arbitrary: literal(this.values.allowedBy(place)) });
  }

  #queryValue(name, place) {
    if (name !== 'database') return this.values.allowedBy(place).map(String);
    return fc.oneof({ weight: 4, arbitrary: fc.constantFrom('camera_assignments', OTHER_DATABASE) }, { weight: 1, arbitrary: this.values.allowedBy(place) });
  }

  #bodyPlace(operation) {
    return [...operation.pointer, 'requestBody', 'content', 'application/json', 'schema'];
  }

  #body({ operation, pointer }) {
    if (!operation.requestBody) return fc.constant(undefined);
    const body = fc.tuple(this.values.allowedBy(this.#bodyPlace({ pointer })), fc.constantFrom(undefined, 1, '\t'))
      .map(([value, space]) => JSON.stringify(value, null, space));
    return operation.requestBody.required ? body : fc.option(body, { nil: undefined, freq: 4 });
  }

  #headers({ operation }) {
    const streams = operation.responses['200']?.content?.['text/event-stream'];
    const accept = streams ? ['text/event-stream', 'application/json, text/event-stream;q=0.9', 'application/json'] : ['application/json', '*/*'];
    return fc.option(fc.constantFrom(...accept), { nil: undefined }).map((value) => (value ? [['Accept', value]] : []));
  }

  /** Everything that can be wrong with a request of this operation, by name. */
  mistakes(operation) {
    const all = { ...this.#anywhere(), ...this.#inPath(operation), ...this.#inQuery(operation), ...this.#inBody(operation) };
    return Object.entries(all).map(([what, arbitrary]) => arbitrary.map((change) => (plan) => ({ ...plan, what, ...change(plan) })));
  }

  /** A request of the operation, right or wrong. */
  any(operation) {
    const unchanged = fc.constant((plan) => plan);
    return fc.tuple(
      this.allowed(operation),
      fc.oneof({ weight: 6, arbitrary: unchanged }, ...this.mistakes(operation).map((arbitrary) => ({ weight: 1, arbitrary }))),
    ).map(([plan, change]) => change(plan));
  }

  #anywhere() {
    const header = (...pairs) => fc.constantFrom(...pairs).map((pair) => (plan) => ({ headers: [...plan.headers, pair], isAllowed: undefined }));
    return {
      'another method': fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT', 'get', 'X'.repeat(40))
        .map((method) => () => ({ method, isAllowed: undefined })),
      'HEAD instead of GET': fc.constant((plan) => (plan.method === 'GET' ? { method: 'HEAD' } : {})),
      'another form of the path': fc.constantFrom(
        (path) => `${path}/`,
        (path) => `/${path}`,
        (path) => path.replace('/api/', '/api/x/../'),
        (path) => path.replace('/api/', '/api/./'),
        (path) => path.replace('/api/', '/API/'),
        (path) => path.replace('/api/', '/%61pi/'),
        (path) => `http://localhost${path}`,
        (path) => `http://evil.example${path}`,
        (path) => path.replace(/\/[^/]*$/, '/..'),
        (path) => `${path}/nope`,
        (path) => `${path}%2f`,
        (path) => `${path};x=y`,
        (path) => `${path}%00`,
      ).map((form) => () => ({ form, isAllowed: undefined })),
      'a part or a condition': header(...PARTS_AND_CONDITIONS),
      'a kind of answer that nobody has': header(['Accept', 'image/png'], ['Accept', ''], ['Accept', 'text/event-stream'], ['Accept-Encoding', 'gzip, br'], ['Accept-Language', 'xx']),
      'a header that means something elsewhere': header(
        ['X-HTTP-Method-Override', 'DELETE'], ['X-Original-URL', '/api/health'], ['X-Forwarded-Host', 'evil.example'], ['Proxy', 'http://evil.example'],
        ['X-Accel-Redirect', '/.backups/x.db'], ['Authorization', 'Basic eA=='], ['Cookie', 'a=b'], ['Content-Encoding', 'gzip'], ['Upgrade', 'h2c'],
        ['Status', '500'], ['Expect', '100-continue'], ['Expect', 'nonsense'], ['Transfer-Encoding', 'nonsense'], ['X-Bytes', '\xff\xfe'],
      ),
      'another host': fc.constantFrom('evil.example', '', '127.0.0.1.evil.example', '[', 'a b').map((host) => (plan) => ({ headers: [['Host', host], ...plan.headers], isAllowed: false })),
      'a large header': fc.constant((plan) => ({ headers: [...plan.headers, ['X-Large', 'x'.repeat(9000)]], isAllowed: false })),
      'another site': fc.constantFrom(['Origin', 'http://evil.example'], ['Origin', 'null'], ['Sec-Fetch-Site', 'cross-site'], ['Sec-Fetch-Site', ''])
        .map((pair) => (plan) => ({ headers: [...plan.headers, pair], isAllowed: undefined })),
    };
  }

  #inPath({ names }) {
    if (names.length === 0) return {};
    return {
      'a hostile name': hostileSegments.map((text) => ({ segments }) => ({ segments: [{ raw: text }, ...segments.slice(1)], isAllowed: undefined })),
    };
  }

  #inQuery({ id, operation, pointer }) {
    /* A file has no parameters, and nginx does not look for any. */
    const isAllowed = id === 'openapi' ? undefined : false;
    const add = (...pairs) => fc.constantFrom(...pairs).map((more) => (plan) => ({ query: [...plan.query, ...more], isAllowed }));
    const mistakes = {
      'an unknown parameter': add([['nonsense', '1']], [['', '']], [['filename', 'x.db']], [['Database', 'x']], [['database[]', 'x']], [['database ', 'x']]),
      'a parameter twice': add([['database', 'camera_assignments'], ['database', 'camera_assignments']]),
      'no text': fc.constantFrom('%zz', 'database=%', 'database=%00', 'database=%ff', 'database=a%0ab', '%00=1', 'database=%ed%a0%80', `database=${'x'.repeat(9000)}`)
        .map((rawQuery) => () => ({ rawQuery, isAllowed })),
    };
    (operation.parameters ?? []).forEach((parameter, index) => {
      if (parameter.in !== 'query') return;
      const place = [...pointer, 'parameters', index, 'schema'];
      const isInteger = parameter.schema.type === 'integer';
      const isWrong = (text) => this.contract.complaintsAbout(isInteger ? Number(text) : text, place).length > 0 || (isInteger && !/^-?\d+$/.test(text));
      const wrong = fc.oneof(
        fc.constantFrom('', ' ', '0', '-1', '1.5', '1e3', '+1', '0x10', 'NaN', '99999999999999999999', 'null', 'true', 'yesterday', '2025-01-06', '2025-02-30T00:00:00Z', '0000-00-00T00:00:00Z', '..', '../x', 'x'.repeat(300)),
        fc.string({ unit: 'binary' }),
      ).filter(isWrong);
      mistakes[`a wrong ${parameter.name}`] = wrong.map((value) => (plan) => ({ query: [...plan.query.filter(([name]) => name !== parameter.name), [parameter.name, value]], isAllowed: false }));
    });
    return mistakes;
  }

  #inBody(operation) {
    const { method } = operation;
    /* Of the body of a request that takes none the document says nothing; with GET nobody reads it. */
    const isAllowed = operation.operation.requestBody ? false : undefined;
    const json = [['Content-Type', 'application/json']];
    const place = this.#bodyPlace(operation);
    const isWrong = (value) => !operation.operation.requestBody || this.contract.complaintsAbout(value, place).length > 0;
    const send = (bodies, headers = json) => bodies.map((body) => (plan) => ({ body, headers: [...plan.headers, ...headers], isAllowed }));
    const text = (values) => send(values.map((value) => JSON.stringify(value)));
    const names = Object.keys(operation.operation.requestBody?.content['application/json'].schema.properties ?? { label: 0 });
    return {
      'any JSON': text(fc.jsonValue().filter(isWrong)),
      'members of any kind': text(fc.record(Object.fromEntries([...names, 'nonsense', '', '__proto__'].map((name) => [name, fc.jsonValue()])), { requiredKeys: [] }).filter(isWrong)),
      'a member twice': send(fc.constantFrom(...names).map((name) => `{"${name}":true,"${name}":false,"${name}":"x"}`)),
      'deep nesting': send(fc.constantFrom('['.repeat(30000), '{"label":'.repeat(5000), `{"label":${'['.repeat(2000)}${']'.repeat(2000)}}`)),
      'broken JSON': send(fc.oneof(
        fc.constantFrom('', '{', '}', '{"label":"x"', "{'label':1}", '{"label":"x",}', '{"label":"x"} x', 'NaN', '\u{feff}', '{"label":"\\ud800"}', '{"label":"\\x"}', '{"label":"a\nb"}', '{label:"x"}', '{"pinned":TRUE}', '{"pinned":tru', '/**/{}', '\0', '{}\0'),
        fc.tuple(fc.json(), fc.nat(), fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 3 })).map(([json_, at, junk]) => json_.slice(0, at % (json_.length + 1)) + junk),
      ).filter((body) => body !== '' && isNoJson(body))),
      'no UTF-8': send(fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.concat([Buffer.from('{"label":"'), bytes, Buffer.from([0xff, 0x22, 0x7d])]))),
      'another media type': fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'application/xml', '', 'text/json')
        .map((type) => (plan) => ({ body: '{"label":"x"}', headers: [...plan.headers, ['Content-Type', type]], isAllowed })),
      'a body that is too large': fc.constantFrom(LARGEST_BODY + 1, 200_000).map((size) => (plan) => ({ body: `{"label":"x"${' '.repeat(size - 13)}}`, headers: [...plan.headers, ...json], isAllowed: false })),
      'a body without its length': fc.constant((plan) => (method === 'GET' ? { chunked: true, body: '{}', isAllowed: undefined } : { chunked: plan.body !== undefined })),
    };
  }
}

function isNoJson(text) {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

/* That `from` is not later than `to` no schema can say. */
function isInOrder({ query }) {
  const { from, to } = Object.fromEntries(query);
  return from === undefined || to === undefined || Date.parse(from) <= Date.parse(to);
}

/** Of each thing that an operation's path names, one that is there. */
export const plainSegments = ({ names }, number) => names.map((name) => (name === 'table' ? { text: TABLES[0] } : { existing: number }));

const segmentOf = (segment, pick) => segment.raw ?? percentEncoded(segment.text ?? pick(segment.existing));

/**
 * The request of a plan.
 * @param {Plan} plan
 * @param {(number: number) => string} pick the name of one of the backups that there are now
 */
export function requestOf({ operation, method, segments, form = (path) => path, query, rawQuery, body, chunked, headers }, pick) {
  const rest = [...segments];
  const path = form(operation.path.replace(/\{\w+\}/g, () => segmentOf(rest.shift(), pick)));
  const parameters = [...query.map((pair) => pair.map(percentEncoded).join('=')), ...(rawQuery ? [rawQuery] : [])];
  const hasType = headers.some(([name]) => name === 'Content-Type');
  return {
    method,
    target: path + (parameters.length > 0 ? `?${parameters.join('&')}` : ''),
    headers: body === undefined || hasType ? headers : [...headers, ['Content-Type', 'application/json']],
    body: body === undefined ? undefined : Buffer.from(body),
    chunked,
  };
}
