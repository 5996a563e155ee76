// The conversation: what was said, what is being said, and what the keys do with it.
import { byId, counted, el } from './dom.js';
import { MessageView } from './message.js';
import { openSettings, request } from './settings.js';
import * as store from './store.js';
import { Refusal, chunks } from './stream.js';

const SUGGESTIONS = [
  'What is the capital of Iraq?',
  'Tell me a story about a little otter.',
  'Give the capital of Albania as JSON.',
];
const TITLE_LENGTH = 80;

/** While an answer grows, it is kept this often: a reload loses little. */
const SAVE_MILLIS = 1000;

/** Fields that are shown and not kept: there may be thousands of tokens. */
const FLEETING = new Set(['tokens']);

let id = null;
let messages = [];
let views = [];
let running = null;

const question = byId('question');
const scroll = byId('scroll');

/** Says something to who listens to the page instead of seeing it. */
const speak = (text) => (byId('spoken').textContent = text);

function notice(text) {
  byId('notice').textContent = text;
  byId('notice').hidden = !text;
}

function title() {
  return (messages.find((one) => one.role === 'user')?.content ?? 'New chat').slice(0, TITLE_LENGTH);
}

function save() {
  if (id && messages.length > 0) {
    const plain = messages.map((one) =>
      Object.fromEntries(Object.entries(one).filter(([name]) => !FLEETING.has(name))),
    );
    notice(store.save(id, title(), plain));
    showList();
  }
}

function showList() {
  const items = store.list().map((one) => {
    const open = el('button', { type: 'button', className: 'open', onclick: () => go(one.id) }, one.title);
    if (one.id === id) {
      open.setAttribute('aria-current', 'true');
    }
    const remove = el('button', {
      type: 'button',
      className: 'icon remove',
      textContent: '✕',
      aria: { label: `Delete ${one.title}` },
      onclick: () => forget(one.id),
    });
    return el('li', {}, open, remove);
  });
  byId('conversations').replaceChildren(...items);
}

function forget(gone) {
  store.drop(gone);
  if (gone === id) {
    fresh();
  } else {
    showList();
  }
}

/** Opens a conversation that was kept. */
function go(to) {
  stop();
  id = to;
  messages = store.load(to);
  store.keep('last', to);
  showAll();
  showList();
  document.body.classList.remove('rail-shown');
  question.focus();
}

/** Begins a conversation. */
export function fresh() {
  stop();
  id = null;
  messages = [];
  store.keep('last', '');
  showAll();
  showList();
  document.body.classList.remove('rail-shown');
  question.focus();
}

function showAll() {
  views = [];
  byId('messages').textContent = '';
  byId('empty').hidden = messages.length > 0;
  messages.forEach(append);
  messages.forEach((one, i) => views[i].show({ last: i === messages.length - 1 }));
  scroll.scrollTop = scroll.scrollHeight;
}

function append(message) {
  const view = new MessageView(message, { again, results });
  views.push(view);
  byId('messages').append(view.element);
  return view;
}

function add(message) {
  byId('empty').hidden = true;
  views.at(-1)?.show({ last: false });
  messages.push(message);
  append(message).show({ last: true });
}

/** As the API wants a message. */
function asSent(message) {
  switch (message.role) {
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.calls?.length > 0 && {
          tool_calls: message.calls.map((call) => ({
            id: call.id,
            type: 'function',
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.call, content: message.content };
    default:
      return { role: message.role, content: message.content };
  }
}

/** What the model is told: an answer that never came is left out. */
const history = () =>
  messages.filter((one) => one.role !== 'assistant' || one.content || one.calls?.length > 0).map(asSent);

function ask(text) {
  id ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  store.keep('last', id);
  add({ role: 'user', content: text });
  save();
  answer();
}

/** The results of the calls that the last answer made, in their order. */
function results(texts) {
  const { calls } = messages.at(-1);
  calls.forEach((call, i) => add({ role: 'tool', call: call.id, name: call.name, content: texts[i] }));
  save();
  answer();
}

/** Another answer in the place of the last. */
export function again() {
  if (running || messages.length === 0) {
    return;
  }
  if (messages.at(-1).role === 'assistant') {
    messages.pop();
    views.pop().element.remove();
  }
  if (messages.length > 0) {
    answer();
  }
}

/** Ends the answer that is being made, if there is one. */
export function stop() {
  running?.abort();
}

async function answer() {
  const control = new AbortController();
  const body = request(byId('model').value, history());
  const message = { role: 'assistant', content: '' };
  add(message);
  const mine = { conversation: id, view: views.at(-1) };
  const isOpen = () => mine.conversation === id && views.includes(mine.view);
  running = control;
  document.body.classList.add('answering');
  byId('send').setAttribute('aria-label', 'Stop');
  let frame = 0;
  let saved = performance.now();
  const draw = () => {
    frame = 0;
    const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    mine.view.show({ busy: true, last: true });
    if (isAtEnd) {
      scroll.scrollTop = scroll.scrollHeight;
    }
    if (performance.now() - saved > SAVE_MILLIS && isOpen()) {
      saved = performance.now();
      save();
    }
  };
  draw();
  scroll.scrollTop = scroll.scrollHeight;
  try {
    const began = performance.now();
    for await (const chunk of chunks(body, control.signal)) {
      take(message, chunk, began);
      frame ||= requestAnimationFrame(draw);
    }
  } catch (error) {
    if (error.name === 'AbortError') {
      message.end = 'stopped';
    } else {
      message.error = error instanceof Refusal ? error.message : `The page failed: ${error.message}`;
    }
  }
  cancelAnimationFrame(frame);
  if (running === control) {
    running = null;
    document.body.classList.remove('answering');
    byId('send').setAttribute('aria-label', 'Send');
  }
  finish(message, mine, isOpen());
}

function finish(message, { conversation, view }, isOpen) {
  if (isOpen) {
    view.show({ last: view === views.at(-1) });
    if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160) {
      scroll.scrollTop = scroll.scrollHeight;
    }
    save();
  } else if (store.list().some((one) => one.id === conversation)) {
    // It was left while it was being made, which stopped it: what came of it is kept.
    const kept = store.load(conversation);
    if (kept.at(-1)?.role === 'assistant') {
      kept.pop();
    }
    const { tokens, ...plain } = message;
    store.save(conversation, store.list().find((one) => one.id === conversation).title, [...kept, plain]);
    showList();
  }
  speak(message.error ?? `Answer: ${message.content || 'a tool is called'}`);
}

/** Takes in what a chunk brings. */
function take(message, chunk, began) {
  const now = performance.now();
  if (chunk.usage) {
    message.numTokens = chunk.usage.completion_tokens;
    message.numPromptTokens = chunk.usage.prompt_tokens;
    message.numCachedTokens = chunk.usage.prompt_tokens_details?.cached_tokens ?? 0;
  }
  const [choice] = chunk.choices;
  if (!choice) {
    return;
  }
  const { delta } = choice;
  const thought = delta.reasoning ?? delta.reasoning_content;
  if (thought || delta.content || delta.tool_calls) {
    if (message.firstMillis === undefined) {
      message.firstMillis = now - began;
    }
    message.decodeMillis = now - began - message.firstMillis;
  }
  if (thought) {
    message.reasoning = (message.reasoning ?? '') + thought;
  }
  message.content += delta.content ?? '';
  for (const part of delta.tool_calls ?? []) {
    message.calls ??= [];
    const call = (message.calls[part.index] ??= { id: '', name: '', arguments: '' });
    call.id ||= part.id ?? '';
    call.name += part.function?.name ?? '';
    call.arguments += part.function?.arguments ?? '';
  }
  if (choice.logprobs?.content?.length > 0) {
    (message.tokens ??= []).push(...choice.logprobs.content);
  }
  if (choice.finish_reason) {
    message.end = choice.finish_reason;
    const last = message.tokens?.at(-1);
    if (last && choice.finish_reason === 'stop' && !message.content.endsWith(last.token)) {
      // The token that ends an answer is no part of it.
      last.isEnd = true;
    }
  }
}

function grow() {
  question.style.height = 'auto';
  question.style.height = `${question.scrollHeight}px`;
}

function submit() {
  if (running) {
    stop();
    return;
  }
  const text = question.value.trim();
  if (text) {
    question.value = '';
    grow();
    ask(text);
  }
}

/** Wires the chat up, and opens the conversation that was open last. */
export function startChat() {
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  question.addEventListener('input', grow);
  question.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!running) {
        submit();
      }
    }
  });
  byId('new').addEventListener('click', fresh);
  byId('open-settings').addEventListener('click', openSettings);
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.addEventListener('close', () => {
      // Where the browser gave the focus back itself, the caret may have stayed in the dialog.
      question.blur();
      question.focus();
    });
  }
  byId('suggestions').append(
    ...SUGGESTIONS.map((text) => el('button', { type: 'button', onclick: () => ask(text) }, text)),
  );
  addEventListener('pagehide', save);
  const last = store.recall('last', '');
  if (last && store.list().some((one) => one.id === last)) {
    id = last;
    messages = store.load(last);
    showAll();
  }
  showList();
  speak(counted(store.list().length, 'conversation'));
}
