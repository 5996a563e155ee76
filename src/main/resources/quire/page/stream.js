// The way to the server: the API key, errors as sentences, and streams.
import { byId } from './dom.js';

const KEY = 'quire.key';
const CUT = 'The connection ended before the answer did.';

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let storedKey = null;
try {
  storedKey = sessionStorage.getItem(KEY);
} catch {
  // A browser that keeps nothing still works until the page is left.
}
let asking = null;

/** Asks for the key, once however many requests want it; resolves with whether one was given. */
function askForKey(wasWrong) {
  asking ??= new Promise((resolve) => {
    const dialog = byId('key');
    const input = byId('key-input');
    const answer = (given) => {
      dialog.close();
      asking = null;
      resolve(given);
    };
    byId('key-fault').hidden = !wasWrong;
    input.value = '';
    byId('key-cancel').onclick = () => answer(false);
    dialog.oncancel = () => answer(false);
    dialog.querySelector('form').onsubmit = (event) => {
      event.preventDefault();
      storedKey = input.value.trim();
      try {
        sessionStorage.setItem(KEY, storedKey);
      } catch {
        // As above.
      }
      answer(true);
    };
    dialog.showModal();
    input.focus();
  });
  return asking;
}

/** Tells the page whether the server was there. */
const reached = (isThere) => document.dispatchEvent(new CustomEvent('reached', { detail: isThere }));

/** A response that is fine; asks for a key where one is wanted. Throws a Refusal for all others. */
export async function call(path, options = {}) {
  for (;;) {
    const sent = storedKey;
    const headers = { ...options.headers };
    if (sent) {
      headers.Authorization = `Bearer ${sent}`;
    }
    let response;
    try {
      response = await fetch(path, { ...options, headers, cache: 'no-store' });
    } catch (error) {
      if (error.name === 'AbortError') {
        throw error;
      }
      reached(false);
      throw new Refusal(0, 'The server does not answer. Is it still running?');
    }
    reached(true);
    if (response.ok) {
      return response;
    }
    if (response.status === 401) {
      if (sent !== storedKey || (await askForKey(Boolean(sent)))) {
        continue;
      }
    }
    throw await refusal(response);
  }
}

async function refusal(response) {
  let sentence = `The server answers ${response.status}.`;
  try {
    sentence = (await response.json()).error.message;
  } catch {
    // No JSON of ours: the status must do.
  }
  return new Refusal(response.status, sentence);
}

/** The lines of a response as they come. */
export async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((error) => {
        throw error.name === 'AbortError' ? error : new Refusal(0, CUT);
      });
      if (done) {
        // A line that has no end is not whole.
        return;
      }
      const parts = (rest + value).split('\n');
      rest = parts.pop();
      yield* parts;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The chunks of a streamed completion. */
export async function* chunks(request, signal) {
  const response = await call('v1/chat/completions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  });
  for await (const line of lines(response)) {
    if (!line.startsWith('data:')) {
      continue;
    }
    const data = line.slice(5).trim();
    if (data === '[DONE]') {
      return;
    }
    const chunk = JSON.parse(data);
    if (chunk.error) {
      throw new Refusal(500, chunk.error.message);
    }
    yield chunk;
  }
  throw new Refusal(0, CUT);
}
