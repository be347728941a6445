/** What the API's description says that each program can answer. */

import { readFileSync } from 'node:fs';

/** The errors by their slugs: title, status over HTTP, exit status in the shell (lib/error.c). */
const ERRORS = {
  'bad-request': ['Bad request', 400, 64],
  'not-found': ['Not found', 404, 66],
  pinned: ['The backup is pinned', 409, 77],
  damaged: ['Damaged', 409, 65],
  'schema-differs': ['The tables differ', 409, 65],
  unusable: ['Not a usable database', 422, 65],
  busy: ['Busy', 503, 75],
  unavailable: ['Unavailable', 503, 69],
  'no-room': ['Cannot write', 507, 73],
  io: ['Input/output error', 503, 74],
};

const description = JSON.parse(readFileSync(process.env.OPENAPI ?? new URL('../../../build/openapi.json', import.meta.url), 'utf8'));
const operations = new Map(Object.values(description.paths).flatMap((path) => Object.values(path))
  .map((operation) => [operation.operationId, operation]));

const declares = (program, [title, status]) =>
  operations.get(program).responses[status]?.description.split('; ').includes(title) ?? false;

/** What an exit status means: `ok`, the slug of an error that this program declares, or undefined. */
export function meaningOfExit(program, exit) {
  if (exit === 0) return 'ok';
  return Object.keys(ERRORS).find((slug) => ERRORS[slug][2] === exit && declares(program, ERRORS[slug]));
}

/** Whether a program declares to answer an error of this slug with this status. */
export const declaresProblem = (program, slug, status) =>
  ERRORS[slug]?.[1] === status && declares(program, ERRORS[slug]);

/** Whether this status and media type are described. */
export const isDescribed = (program, status, mediaType) =>
  operations.get(program).responses[status]?.content?.[mediaType] !== undefined;
