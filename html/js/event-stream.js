/** Reads the event stream with which the server reports long work. */

import { createParser } from '../vendor/eventsource-parser.js';
import { ConnectionLost, Problem } from './errors.js';

/**
 * Reads to the end of the work.
 * @param {Response} response an answer of type text/event-stream
 * @param {(progress: {phase: string, done: number, total: number}) => void} onProgress
 * @returns {Promise<object>} what the server says when the work is done
 * @throws {Problem} when the work failed
 * @throws {ConnectionLost} when the stream broke off before either was said
 */
export async function readEventStream(response, onProgress) {
  let outcome = null;
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'progress') onProgress(JSON.parse(data));
      else if (event === 'done') outcome = { value: JSON.parse(data) };
      else if (event === 'error') outcome = { problem: new Problem(JSON.parse(data)) };
    },
  });
  await feed(response.body, parser, () => outcome !== null);
  if (!outcome) throw new ConnectionLost(true);
  if (outcome.problem) throw outcome.problem;
  return outcome.value;
}

async function feed(body, parser, isFinished) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    while (!isFinished()) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    throw new ConnectionLost(true);
  } finally {
    reader.cancel().catch(() => {});
  }
}
