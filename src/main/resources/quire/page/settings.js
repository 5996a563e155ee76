// What goes into each request beside the messages.
import { byId, el } from './dom.js';
import { keep, recall } from './store.js';

/** Name in the API, label, and what the field takes. */
const FIELDS = [
  ['temperature', 'Temperature', 0, 2, 0.05],
  ['top_p', 'Top p', 0.01, 1, 0.01],
  ['top_k', 'Top k', 0, 1000000, 1],
  ['min_p', 'Min p', 0, 1, 0.01],
  ['repetition_penalty', 'Repetition penalty', 0.01, 2, 0.01],
  ['presence_penalty', 'Presence penalty', -2, 2, 0.1],
  ['max_tokens', 'Most tokens', 1, 10000000, 1],
  ['seed', 'Seed', 0, Number.MAX_SAFE_INTEGER, 1],
];

/** Tokens that are told beside each that was chosen. */
const TOP_LOGPROBS = 5;

let values = recall('settings', {});
if (typeof values !== 'object' || Array.isArray(values)) {
  values = {};
}

const dialog = byId('settings');
const form = dialog.querySelector('form');

for (const [name, label, min, max, step] of FIELDS) {
  byId('sampling').append(
    el(
      'label',
      {},
      el('span', {}, label),
      el('input', { type: 'number', name, min, max, step: step === 1 ? 1 : 'any', inputMode: 'decimal', placeholder: '–' }),
    ),
  );
}

function show() {
  for (const field of form.elements) {
    if (field.type === 'checkbox') {
      field.checked = Boolean(values[field.name]);
    } else if (field.name) {
      field.value = values[field.name] ?? '';
    }
  }
  changed();
}

function changed() {
  const numSet = Object.values(values).filter((value) => value !== '' && value !== false).length;
  const badge = byId('settings-changed');
  badge.hidden = numSet === 0;
  badge.textContent = numSet;
  badge.setAttribute('aria-label', `, ${numSet} set`);
  const fault = toolsFault();
  byId('tools-fault').hidden = !fault;
  byId('tools-fault').textContent = fault;
}

function toolsFault() {
  if (!values.tools) {
    return '';
  }
  try {
    return Array.isArray(JSON.parse(values.tools)) ? '' : 'Tools are a list, between [ and ].';
  } catch (error) {
    return `This is no JSON yet: ${error.message}`;
  }
}

form.addEventListener('input', (event) => {
  const field = event.target;
  values[field.name] = field.type === 'checkbox' ? field.checked : field.value.trim() === '' ? '' : field.value;
  keep('settings', values);
  changed();
});
form.addEventListener('submit', (event) => {
  if (toolsFault()) {
    event.preventDefault();
    form.elements.tools.focus();
  }
});
byId('reset').addEventListener('click', () => {
  values = {};
  keep('settings', values);
  show();
});
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) {
    dialog.close();
  }
});

/** Opens the parameters. */
export function openSettings() {
  show();
  dialog.showModal();
}

/** The request for these messages. */
export function request(model, messages) {
  const body = {
    // Before the names are known, the server answers by its first.
    ...(model && { model }),
    messages: values.system ? [{ role: 'system', content: values.system }, ...messages] : messages,
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  };
  for (const [name] of FIELDS) {
    if (values[name] !== undefined && values[name] !== '' && Number.isFinite(Number(values[name]))) {
      body[name] = Number(values[name]);
    }
  }
  if (values.logprobs) {
    body.logprobs = true;
    body.top_logprobs = TOP_LOGPROBS;
  }
  if (values.tools && !toolsFault()) {
    const tools = JSON.parse(values.tools);
    if (tools.length > 0) {
      body.tools = tools;
    }
  }
  return body;
}

show();
