// Conversations, in this browser alone. Where there is no room for another, the oldest goes.

const INDEX = 'quire.conversations';
const ITEM = 'quire.conversation.';
const MOST = 200;

/** What a browser that keeps nothing keeps: until the page is left. */
const memory = new Map();
let persistent = true;

function read(key) {
  try {
    const text = persistent ? localStorage.getItem(key) : memory.get(key);
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // It was not there.
  }
}

function write(key, value) {
  const text = JSON.stringify(value);
  if (persistent) {
    localStorage.setItem(key, text);
  } else {
    memory.set(key, text);
  }
}

try {
  localStorage.setItem('quire.try', '1');
  localStorage.removeItem('quire.try');
} catch (error) {
  persistent = error.name === 'QuotaExceededError';
}

/** The conversations, latest first: id, title and time. */
export function list() {
  const all = read(INDEX);
  return Array.isArray(all) ? all.filter((one) => typeof one?.id === 'string' && typeof one.title === 'string') : [];
}

const TEXTS = ['id', 'name', 'arguments'];

/** Whether it is a message as this page writes them; another version of it may have kept it. */
const isMessage = (one) =>
  typeof one?.role === 'string' &&
  typeof one.content === 'string' &&
  ['string', 'undefined'].includes(typeof one.reasoning) &&
  (one.calls === undefined || (Array.isArray(one.calls) && one.calls.every((call) => TEXTS.every((name) => typeof call?.[name] === 'string'))));

/** The messages of one. */
export function load(id) {
  const messages = read(ITEM + id);
  return Array.isArray(messages) ? messages.filter(isMessage) : [];
}

/**
 * Keeps a conversation as the latest. Returns a sentence where that had a price: older ones that
 * went, or this one, which the browser has no room for.
 */
export function save(id, title, messages) {
  let index = list().filter((one) => one.id !== id);
  let gone = 0;
  index.unshift({ id, title, time: Date.now() });
  for (;;) {
    try {
      for (const old of index.splice(MOST)) {
        remove(ITEM + old.id);
      }
      write(ITEM + id, messages);
      write(INDEX, index);
      return gone > 0 ? `The browser was full: the oldest ${gone === 1 ? 'conversation is' : `${gone} conversations are`} gone.` : '';
    } catch {
      if (index.length <= 1) {
        return 'This conversation is too long for the browser to keep; it is lost when you leave the page.';
      }
      remove(ITEM + index.pop().id);
      gone++;
      try {
        write(INDEX, index);
      } catch {
        // The next one goes, too.
      }
    }
  }
}

/** Forgets one. */
export function drop(id) {
  remove(ITEM + id);
  try {
    write(INDEX, list().filter((one) => one.id !== id));
  } catch {
    // A shorter list never needs more room; a full browser may say so all the same.
  }
}

/** Something small by name, such as the parameters. */
export const recall = (name, otherwise) => read(`quire.${name}`) ?? otherwise;

export function keep(name, value) {
  try {
    write(`quire.${name}`, value);
  } catch {
    // It holds until the page is left.
  }
}
