// What the clients' programs share: where the server is, what is asked, and how it is told.
import assert from 'node:assert/strict';

export const baseURL = process.argv[2];
export const model = 'quire-demo';
export const question = 'Name the capital of Iraq.';
export const answer = 'The capital of Iraq is Baghdad.';
export const clockQuestion = 'What time is it in Lima?';
export const clockAnswer = 'It is 06:17 in Lima.';
export const jsonQuestion = 'Give the capital of Albania as JSON.';
export const tirana = { country: 'Albania', capital: 'Tirana' };

/** Runs the parts that were named, or all, and says how each went; status 1 where one failed. */
export async function run(...parts) {
  const byName = new Map(parts.map((part) => [part.name, part]));
  const named = process.argv.slice(3);
  let failed = 0;
  for (const part of named.length > 0 ? named.map((name) => byName.get(name)) : parts) {
    try {
      await part();
      console.log('holds:', part.name);
    } catch (error) {
      failed++;
      console.log(error);
      console.log('fails:', part.name);
    }
  }
  process.exit(failed > 0 ? 1 : 0);
}

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
