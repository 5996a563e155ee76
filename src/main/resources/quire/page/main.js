// Brings the page to life.
import { again, fresh, startChat, stop } from './chat.js';
import { byId, el } from './dom.js';
import { leave, reached, recolour, startEngine, watch } from './engine.js';
import { keep, recall } from './store.js';
import { call } from './stream.js';

const THEMES = ['auto', 'light', 'dark'];
const wide = matchMedia('(min-width: 1080px)');

function theme(name) {
  document.documentElement.dataset.theme = name;
  byId('theme').textContent = { auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' }[name];
  keep('theme', name);
  recolour();
}

/** Shows the engine or hides it, which ends the watching. */
function engine(shown) {
  document.body.classList.toggle('engine-shown', shown);
  byId('toggle-engine').setAttribute('aria-expanded', shown);
  if (shown) {
    watch();
  } else {
    leave();
  }
}

function toggleEngine() {
  const shown = !document.body.classList.contains('engine-shown');
  engine(shown);
  if (wide.matches) {
    keep('engine', shown);
  }
  if (shown && !wide.matches) {
    byId('engine-close').focus();
  } else {
    byId('question').focus();
  }
}

function rail(shown) {
  document.body.classList.toggle('rail-shown', shown);
  byId('rail-open').setAttribute('aria-expanded', shown);
  (shown ? byId('new') : byId('question')).focus();
}

/** The names that are served, once the server says them. */
async function loadModels() {
  for (let wait = 500; ; wait = Math.min(2 * wait, 5000)) {
    try {
      const { data } = await (await call('v1/models')).json();
      byId('model').replaceChildren(...data.map((one) => el('option', { value: one.id }, one.id)));
      byId('model').disabled = data.length < 2;
      byId('empty-model').textContent = data[0].id;
      document.title = `${data[0].id} · Quire`;
      await call('health');
      if (document.body.dataset.engine === undefined) {
        document.body.dataset.engine = 'ready';
        byId('state').textContent = 'Ready';
      }
      return;
    } catch (error) {
      byId('state').textContent = { 401: 'Needs a key', 503: 'Loading' }[error.status] ?? 'Not ready';
      if (error.status === 401) {
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

const KEYS = {
  KeyN: fresh,
  KeyR: again,
  KeyE: toggleEngine,
  KeyP: () => byId('open-settings').click(),
};

addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) {
    return;
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey && KEYS[event.code]) {
    event.preventDefault();
    KEYS[event.code]();
  } else if (event.key === 'Escape') {
    if (document.body.classList.contains('rail-shown')) {
      rail(false);
    } else if (!wide.matches && document.body.classList.contains('engine-shown')) {
      toggleEngine();
    } else {
      stop();
    }
  }
});
document.addEventListener('reached', ({ detail }) => reached(detail));
document.body.addEventListener('click', (event) => {
  // What dims the page behind the list belongs to the body itself.
  if (event.target === document.body && document.body.classList.contains('rail-shown')) {
    rail(false);
  }
});
wide.addEventListener('change', () => engine(wide.matches && recall('engine', true) !== false));
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    leave();
  } else if (document.body.classList.contains('engine-shown')) {
    watch();
  }
});
byId('toggle-engine').addEventListener('click', toggleEngine);
byId('engine-close').addEventListener('click', toggleEngine);
byId('rail-open').addEventListener('click', () => rail(true));
byId('rail-close').addEventListener('click', () => rail(false));
byId('theme').addEventListener('click', () => {
  const next = THEMES.indexOf(document.documentElement.dataset.theme) + 1;
  theme(THEMES[next % THEMES.length]);
});

startChat();
startEngine();
theme(THEMES.includes(recall('theme')) ? recall('theme') : 'auto');
engine(wide.matches && recall('engine', true) !== false);
byId('question').focus();
await loadModels();
fetch('openapi.json', { method: 'HEAD' })
  .then((response) => (byId('docs').hidden = !response.ok))
  .catch(() => {});
