/** The OpenAPI document as what it promises: finds the operation of a request, and what is wrong with an answer. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const DOCUMENT_FILE = process.env.OPENAPI ?? fileURLToPath(new URL('../../build/openapi.json', import.meta.url));
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const NEVER = [500, 502, 504];

const escape = (part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1');
const isEmpty = (object) => object === undefined || Object.keys(object).length === 0;
const mediaTypeOf = (headers) => headers.get('Content-Type')?.split(';')[0].trim().toLowerCase();

/** What goes before the query of a request's target. */
export function pathOf(target) {
  return target.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/)[0];
}

/* Whoever resolves the address goes somewhere else. */
const climbs = (path) => path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment));

const isOfTheApi = (path) => path === '/metrics' || (climbs(path) ? new URL(`http://x${path}`).pathname : path).startsWith('/api/');

/** The events of a stream, or null if it is none. */
export function eventsOf(text) {
  if (!text.endsWith('\n\n')) return null;
  const events = text.slice(0, -2).split('\n\n').map((block) => /^event: (\w+)\ndata: (.*)$/.exec(block));
  return events.includes(null) ? null : events.map(([, name, data]) => ({ name, data }));
}

export class Document {
  #validators = new Map();

  constructor(document = JSON.parse(readFileSync(DOCUMENT_FILE, 'utf8'))) {
    this.document = document;
    this.ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true, allErrors: true });
    addFormats(this.ajv);
    /* What stands at the top of the document is no schema, but holds them. */
    this.ajv.addVocabulary(Object.keys(document));
    this.ajv.addSchema(document, 'openapi');
    this.operations = Object.entries(document.paths).flatMap(([path, item]) => METHODS
      .filter((method) => item[method])
      .map((method) => this.#describe(path, method, item[method])));
    /* A path with fewer {name}s is the closer match. */
    this.operations.sort((a, b) => a.names.length - b.names.length);
  }

  #describe(path, method, operation) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const text = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
    return {
      id: operation.operationId,
      path,
      names,
      pattern: new RegExp(`^${text}$`),
      method: method.toUpperCase(),
      operation,
      pointer: ['paths', path, method],
    };
  }

  /** Follows $ref. */
  resolve(object, pointer) {
    if (!object?.$ref || Object.keys(object).length > 1) return { object, pointer };
    const path = object.$ref.slice(2).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    return this.resolve(path.reduce((at, part) => at[part], this.document), path);
  }

  /** The operation that a request is of, or undefined. */
  find(method, target) {
    const path = pathOf(target);
    if (climbs(path)) return undefined;
    const wanted = method === 'HEAD' ? 'GET' : method;
    return this.operations.find((operation) => operation.method === wanted && operation.pattern.test(path));
  }

  /** The answer with this status that the document describes for an operation (undefined: for any other request). */
  describedAnswer(operation, status) {
    const place = operation ? [...operation.pointer, 'responses'] : ['x-other-requests', 'responses'];
    const responses = place.reduce((at, part) => at[part], this.document);
    return this.resolve(responses[status], [...place, String(status)]);
  }

  #validator(pointer) {
    const key = `openapi#/${pointer.map(escape).map(encodeURIComponent).join('/')}`;
    if (!this.#validators.has(key)) this.#validators.set(key, this.ajv.compile({ $ref: key }));
    return this.#validators.get(key);
  }

  /** What a value has that the schema at the pointer does not allow: sentences. */
  complaintsAbout(value, pointer) {
    const validate = this.#validator(pointer);
    if (validate(value)) return [];
    return validate.errors.map(({ instancePath, message, params }) => `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`);
  }

  complaintsAboutJson(text, pointer) {
    let value;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return [`no JSON: ${error.message}`];
    }
    return this.complaintsAbout(value, pointer);
  }

  /**
   * What is wrong with an answer, by this document.
   * @param {object} exchange of a Conversation
   * @returns {string[]} sentences; none if all is well
   */
  complaints({ method, target, isUnreadable, answer }) {
    if (NEVER.includes(answer.status)) return [`${answer.status} is never an answer`];
    if (!isOfTheApi(pathOf(target))) return [];
    const operation = isUnreadable ? undefined : this.find(method, target);
    const { object: described, pointer } = this.describedAnswer(operation, answer.status);
    if (!described) return [`${answer.status} is not described for ${operation ? operation.id : 'requests of no operation'}`];
    return [
      ...this.#complaintsAboutHeaders(answer, described, pointer),
      ...this.#complaintsAboutContent(method, answer, described, pointer, operation),
    ];
  }

  #complaintsAboutHeaders({ headers }, described, pointer) {
    return Object.entries(described.headers ?? {}).flatMap(([name, { required }]) => {
      const values = headers.all(name);
      if (values.length !== 1) return values.length === 0 && !required ? [] : [`${name} comes ${values.length} times`];
      return this.complaintsAbout(values[0], [...pointer, 'headers', name, 'schema']).map((text) => `${name}: ${text}`);
    });
  }

  #complaintsAboutContent(method, answer, described, pointer, operation) {
    if (isEmpty(described.content)) return answer.body.length > 0 ? ['there is a body, and none is described'] : [];
    const type = mediaTypeOf(answer.headers);
    const media = described.content[type];
    if (!media) return [`Content-Type ${type} is not described`];
    if (method === 'HEAD') return answer.body.length > 0 ? ['there is a body after HEAD'] : [];
    /* A connection that was cut says nothing about what was meant to come. */
    if (!answer.isComplete || !answer.body.isKeptWhole) return [];
    const place = [...pointer, 'content', type];
    if (media['x-events']) return this.#complaintsAboutEvents(answer.body.bytes.toString(), place, operation);
    if (!/json$/.test(type)) return [];
    return this.complaintsAboutJson(answer.body.bytes.toString(), [...place, 'schema']);
  }

  #complaintsAboutEvents(text, place, operation) {
    const events = eventsOf(text);
    if (events === null) return ['this is no stream of events'];
    const names = events.map(({ name }) => name);
    const last = names.pop();
    if (!['done', 'error'].includes(last) || names.some((name) => name !== 'progress')) {
      return [`the events are ${[...names, last].join(', ')}`];
    }
    return events.flatMap(({ name, data }) => [
      ...this.complaintsAboutJson(data, [...place, 'x-events', name]),
      ...(name === 'error' ? this.#complaintsAboutLateProblem(data, operation) : []),
    ]);
  }

  /* The problem that ends a stream is one that would have been the answer without a stream. */
  #complaintsAboutLateProblem(data, operation) {
    const { status } = JSON.parse(data);
    const { object: described, pointer } = this.describedAnswer(operation, status);
    if (!described) return [`an error with status ${status} is not described`];
    return this.complaintsAboutJson(data, [...pointer, 'content', 'application/problem+json', 'schema']);
  }
}
