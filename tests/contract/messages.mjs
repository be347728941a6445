/** HTTP/1.1 as it is on the wire: reads messages out of bytes that go by, without changing or guessing anything. */

const HEAD_END = Buffer.from('\r\n\r\n');
/* More of a body than any JSON that is answered here; of a longer one the rest is counted and not kept. */
const KEPT_BYTES = 4 << 20;

/** Names and values of header lines; a name that comes more than once has all its values. */
export class Headers {
  #values = new Map();

  constructor(lines) {
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).trim().toLowerCase();
      this.#values.set(name, [...this.all(name), line.slice(colon + 1).trim()]);
    }
  }

  /** @returns {string[]} */
  all(name) {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  /** @returns {string | undefined} */
  get(name) {
    return this.all(name)[0];
  }
}

/** A body that comes in pieces, and knows where it ends. */
class Body {
  #pieces = [];

  length = 0;

  /** @param {'length' | 'chunked' | 'close'} form */
  constructor(form, length = 0) {
    this.form = form;
    this.left = length;
    this.ended = form === 'length' && length === 0;
  }

  get bytes() {
    return Buffer.concat(this.#pieces);
  }

  get isKeptWhole() {
    return this.length <= KEPT_BYTES;
  }

  #keep(piece) {
    const room = Math.max(0, KEPT_BYTES - this.length);
    if (room > 0) this.#pieces.push(Buffer.from(piece.subarray(0, room)));
    this.length += piece.length;
  }

  /** @returns {number} how many of the bytes it took; 0 means that it needs more to go on */
  take(bytes) {
    return this.form === 'chunked' && this.left === 0 ? this.#takeChunkHead(bytes) : this.#takeData(bytes);
  }

  #takeData(bytes) {
    const size = this.form === 'close' ? bytes.length : Math.min(bytes.length, this.left);
    if (this.form === 'chunked') {
      /* The last two of a chunk are its line end. */
      this.#keep(bytes.subarray(0, Math.max(0, Math.min(size, this.left - 2))));
    } else {
      this.#keep(bytes.subarray(0, size));
    }
    if (this.form !== 'close') this.left -= size;
    this.ended = this.form === 'length' && this.left === 0;
    return size;
  }

  #takeChunkHead(bytes) {
    const end = bytes.indexOf('\r\n');
    if (end < 0) return 0;
    const size = Number.parseInt(bytes.subarray(0, end).toString('latin1'), 16);
    if (size > 0) {
      this.left = size + 2;
      return end + 2;
    }
    /* Nobody here sends trailers. */
    if (bytes.length < end + 4) return 0;
    this.ended = true;
    return end + 4;
  }
}

function bodyOf(message) {
  if (message.isBodyless) return new Body('length');
  if (/chunked/i.test(message.headers.get('Transfer-Encoding') ?? '')) return new Body('chunked');
  const length = message.headers.get('Content-Length');
  if (length !== undefined) return new Body('length', Number(length));
  return new Body(message.status === undefined ? 'length' : 'close');
}

/** Reads the messages of one direction of a connection. */
class Reader {
  #bytes = Buffer.alloc(0);

  #message = null;

  /**
   * @param {(start: string, headers: Headers) => object | null} begin what a message is, from its start line; null for
   *   one that cannot be read: then nothing is read any more
   * @param {(message: object) => void} end is told each message that is there whole, or as far as it came
   */
  constructor(begin, end) {
    this.begin = begin;
    this.end = end;
  }

  /** What has come of a message that is not complete. */
  get rest() {
    return this.#bytes;
  }

  take(bytes) {
    if (this.isBroken) return;
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#step());
  }

  #step() {
    if (this.isBroken) return false;
    if (this.#message === null) return this.#beginMessage();
    const { body } = this.#message;
    const taken = body.ended ? 0 : body.take(this.#bytes);
    this.#bytes = this.#bytes.subarray(taken);
    if (body.ended) this.#endMessage(true);
    return body.ended || (taken > 0 && this.#bytes.length > 0);
  }

  #beginMessage() {
    const end = this.#bytes.indexOf(HEAD_END);
    if (end < 0) return false;
    const [start, ...lines] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n');
    const headers = new Headers(lines);
    const message = this.begin(start, headers);
    if (message === null) {
      this.isBroken = true;
      return false;
    }
    this.#bytes = this.#bytes.subarray(end + HEAD_END.length);
    this.#message = Object.assign(message, { headers });
    this.#message.body = bodyOf(this.#message);
    return true;
  }

  #endMessage(isComplete) {
    const message = this.#message;
    this.#message = null;
    this.end(Object.assign(message, { isComplete }));
  }

  /** The connection is closed: nothing more will come. */
  close() {
    if (this.#message !== null) this.#endMessage(this.#message.body.form === 'close');
  }
}

const REQUEST_LINE = /^(\S+) (\S+) HTTP\/1\.[01]$/;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})/;

/** Both directions of a connection: tells each answer with the request that it answers. */
export class Conversation {
  #asked = [];

  /** @param {(exchange: {method: string, target: string, request: object, answer: object}) => void} onExchange */
  constructor(onExchange) {
    this.requests = new Reader((start) => this.#beginRequest(start), () => {});
    this.answers = new Reader((start) => this.#beginAnswer(start), (answer) => {
      if (answer.status >= 200) onExchange({ ...answer.request, answer });
    });
  }

  #beginRequest(start) {
    const [, method, target] = REQUEST_LINE.exec(start) ?? [];
    if (method === undefined) return null;
    const request = { method, target };
    this.#asked.push(request);
    return request;
  }

  /* An answer can come before its request is complete: to one that is too long, or no HTTP. */
  #unreadableRequest() {
    const [method = '', target = ''] = this.requests.rest.toString('latin1').split('\r\n')[0].split(' ');
    return { method, target, headers: new Headers([]), isUnreadable: true };
  }

  #beginAnswer(start) {
    const status = Number(STATUS_LINE.exec(start)?.[1]);
    if (!status) return null;
    if (status < 200) return { status, isBodyless: true };
    const request = this.#asked.shift() ?? this.#unreadableRequest();
    return { status, request, isBodyless: request.method === 'HEAD' || status === 204 || status === 304 };
  }
}
