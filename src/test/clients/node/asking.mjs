// What the clients' programs share: where the server is, what is asked, and how it is told.
import assert from 'node:assert/strict';
import { runParts } from './parts.mjs';

export const baseURL = process.argv[2];
export const model = 'quire-demo';
export const question = 'Name the capital of Iraq.';
export const answer = 'The capital of Iraq is Baghdad.';
export const clockQuestion = 'What time is it in Lima?';
export const clockAnswer = 'It is 06:17 in Lima.';
export const jsonQuestion = 'Give the capital of Albania as JSON.';
export const tirana = { country: 'Albania', capital: 'Tirana' };

/** Runs the parts that were named, or all. */
export const run = (...parts) => runParts(parts);

/** The client's own error comes, with the server's status and sentence. */
export async function raises(isKind, status, words, call) {
  try {
    await call();
  } catch (error) {
    assert(isKind(error), error);
    assert.equal(error.status ?? error.statusCode, status);
    assert(error.message.includes(words), error.message);
    return;
  }
  assert.fail('no error came');
}
