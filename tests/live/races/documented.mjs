/** What the API's description says that each program can answer. */

import { readFileSync } from 'node:fs';

/** The errors by their slugs: status over HTTP, exit status in the shell (lib/error.c). */
const ERRORS = {
  'bad-request': [400, 64],
  'not-found': [404, 66],
  pinned: [409, 77],
  damaged: [409, 65],
  'schema-differs': [409, 65],
  conflict: [409, 73],
  unusable: [422, 65],
  'not-restorable': [422, 65],
  busy: [503, 75],
  unavailable: [503, 69],
  'no-room': [507, 73],
  io: [503, 74],
};

const description = JSON.parse(readFileSync(process.env.OPENAPI ?? new URL('../../../build/openapi.json', import.meta.url), 'utf8'));
const operations = new Map(Object.values(description.paths).flatMap((path) => Object.values(path))
  .map((operation) => [operation.operationId, operation]));

/* An answer that several programs can give is described once. */
function answerOf(program, status) {
  const answer = operations.get(program).responses[status];
  const name = answer?.$ref?.split('/').at(-1);
  return name === undefined ? answer : description.components.responses[name];
}

/** Whether a program declares to answer an error of this slug with this status. */
export function declaresProblem(program, slug, status) {
  const type = answerOf(program, status)?.content?.['application/problem+json']?.schema.properties?.type;
  return [type?.const, ...(type?.enum ?? [])].includes(`urn:camera-sheet-backup:error:${slug}`);
}

/** What an exit status means: `ok`, the slug of an error that this program declares, or undefined. */
export function meaningOfExit(program, exit) {
  if (exit === 0) return 'ok';
  return Object.keys(ERRORS).find((slug) => ERRORS[slug][1] === exit && declaresProblem(program, slug, ERRORS[slug][0]));
}

/** Whether this status and media type are described. */
export const isDescribed = (program, status, mediaType) =>
  answerOf(program, status)?.content?.[mediaType] !== undefined;
