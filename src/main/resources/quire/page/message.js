// One message as it is shown, and shown again while it grows.
import { byId, counted, el, millis, speed } from './dom.js';
import { Growing, copyText } from './markdown.js';

const NAMES = { user: 'You', assistant: 'Answer', tool: 'Result' };
const ENDS = {
  length: 'ended by its length',
  tool_calls: 'calls a tool',
  stopped: 'stopped',
};

/** What comes within so little time may have waited for its turn together. */
const LEAST_DECODE_MILLIS = 20;

/** The view of a message; actions are again() and results(texts by call). */
export class MessageView {
  constructor(message, actions) {
    this.message = message;
    this.actions = actions;
    this.body = el('div', { className: 'text' });
    this.growing = new Growing(this.body);
    this.thought = null;
    this.calls = el('div', { className: 'calls', hidden: true });
    this.fault = el('div', { className: 'fault', hidden: true, role: 'alert' });
    this.foot = el('footer', { hidden: true });
    this.element = el(
      'article',
      { className: `message ${message.role}`, aria: { label: NAMES[message.role] ?? message.role } },
      this.body,
      this.calls,
      this.fault,
      this.foot,
    );
    this.tokens = null;
  }

  /** Shows what the message has now. */
  show({ busy = false, last = false } = {}) {
    const { message } = this;
    this.element.classList.toggle('busy', busy);
    this.element.setAttribute('aria-busy', busy);
    if (message.role === 'assistant') {
      this.showThought(busy);
      if (message.tokens?.length > 0) {
        this.showTokens();
      } else {
        this.growing.show(message.content);
      }
      this.showCalls(busy, last);
      this.showFault(last);
    } else {
      this.body.textContent = message.content;
      if (message.role === 'tool') {
        this.body.prepend(el('span', { className: 'label' }, `${message.name ?? 'tool'} returned`));
      }
    }
    this.showFoot(busy, last);
  }

  showThought(busy) {
    const { reasoning, content } = this.message;
    if (!reasoning) {
      return;
    }
    if (!this.thought) {
      const text = el('div', { className: 'thought-text' });
      const summary = el('summary');
      this.thought = { text, summary, growing: new Growing(text) };
      this.body.before(el('details', { className: 'thought' }, summary, text));
    }
    this.thought.summary.textContent = busy && !content ? 'Thinking …' : 'Thought';
    this.thought.growing.show(reasoning);
  }

  /** Each token by itself, so that it can be pointed at. */
  showTokens() {
    if (!this.tokens) {
      this.body.textContent = '';
      this.tokens = el('div', {
        className: 'tokens',
        tabIndex: 0,
        role: 'group',
        aria: { label: 'Answer, token by token: arrow keys go from one to the next' },
      });
      this.body.append(this.tokens);
      watchTokens(this.tokens, this.message);
    }
    for (let i = this.tokens.childElementCount; i < this.message.tokens.length; i++) {
      const token = this.message.tokens[i];
      const probability = Math.exp(token.logprob);
      const isEnd = token.isEnd === true;
      const span = el('span', { className: isEnd ? 'end' : '' }, isEnd ? '' : token.token);
      if (probability < 0.9) {
        span.classList.add(probability < 0.5 ? 'unlikely' : 'unsure');
      }
      this.tokens.append(span);
    }
  }

  showCalls(busy, last) {
    const calls = this.message.calls ?? [];
    this.calls.hidden = calls.length === 0;
    if (calls.length === 0) {
      return;
    }
    const asks = last && !busy;
    if (this.calls.dataset.asks === String(asks) && !busy) {
      return;
    }
    this.calls.dataset.asks = asks;
    this.calls.textContent = '';
    const fields = calls.map((call) => {
      const card = el(
        'div',
        { className: 'call' },
        el('div', { className: 'call-name' }, 'calls ', el('code', {}, call.name)),
        el('pre', { tabIndex: 0 }, el('code', {}, pretty(call.arguments))),
      );
      const field = el('textarea', { rows: 1, placeholder: `What ${call.name} returns` });
      if (asks) {
        field.setAttribute('aria-label', `Result of ${call.name}`);
        card.append(field);
      }
      this.calls.append(card);
      return field;
    });
    if (asks) {
      this.calls.append(
        el('button', {
          type: 'button',
          className: 'primary',
          textContent: calls.length === 1 ? 'Send the result' : 'Send the results',
          onclick: () => this.actions.results(fields.map((field) => field.value)),
        }),
      );
    }
  }

  showFault(last) {
    const { error } = this.message;
    this.fault.hidden = !error;
    if (error) {
      this.fault.textContent = '';
      this.fault.append(el('p', {}, error));
      if (last) {
        this.fault.append(
          el('button', { type: 'button', className: 'quiet', textContent: 'Try again', onclick: this.actions.again }),
        );
      }
    }
  }

  showFoot(busy, last) {
    const { message } = this;
    if (message.role !== 'assistant' || (busy && !message.numTokens)) {
      this.foot.hidden = true;
      return;
    }
    if (!this.facts) {
      this.facts = el('span', { className: 'facts' });
      const copy = el('button', {
        type: 'button',
        className: 'quiet',
        textContent: 'Copy',
        onclick: () => copyText(message.content, copy),
      });
      this.again = el('button', { type: 'button', className: 'quiet', textContent: 'Again', onclick: this.actions.again });
      this.again.title = 'Ask for another answer (Alt R)';
      this.copy = copy;
      this.foot.append(this.facts, el('span', { className: 'spring' }), copy, this.again);
    }
    this.foot.hidden = false;
    this.facts.textContent = facts(message, busy);
    this.copy.hidden = busy || !message.content;
    this.again.hidden = busy || !last || Boolean(message.error);
  }
}

/** From the first token on, unless all came at once. */
function tokensPerSecond({ numTokens, firstMillis, decodeMillis }) {
  return decodeMillis >= LEAST_DECODE_MILLIS
    ? ((numTokens - 1) * 1000) / decodeMillis
    : (numTokens * 1000) / Math.max(1, firstMillis + decodeMillis);
}

function facts(message, busy) {
  const parts = [];
  if (message.numTokens) {
    parts.push(counted(message.numTokens, 'token'));
  }
  if (message.numTokens > 1 && message.firstMillis !== undefined) {
    parts.push(`${speed(tokensPerSecond(message))} tokens/s`);
  }
  if (message.firstMillis !== undefined) {
    parts.push(`first after ${millis(message.firstMillis)}`);
  }
  if (message.numPromptTokens && !busy) {
    const cached = message.numCachedTokens ? `, ${message.numCachedTokens} cached` : '';
    parts.push(`prompt ${message.numPromptTokens}${cached}`);
  }
  if (ENDS[message.end]) {
    parts.push(ENDS[message.end]);
  }
  return parts.join(' · ');
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** Shows the likeliest tokens beside the one that is pointed at, by mouse or arrow keys. */
function watchTokens(group, message) {
  let at = -1;
  const point = (index) => {
    group.children[at]?.classList.remove('at');
    at = Math.max(0, Math.min(index, group.childElementCount - 1));
    group.children[at]?.classList.add('at');
    showTip(group.children[at], message.tokens[at]);
  };
  const leave = () => {
    group.children[at]?.classList.remove('at');
    byId('tip').hidden = true;
  };
  group.addEventListener('pointerover', (event) => {
    if (event.target.parentElement === group) {
      point([...group.children].indexOf(event.target));
    }
  });
  group.addEventListener('pointerleave', leave);
  group.addEventListener('blur', leave);
  group.addEventListener('keydown', (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (steps) {
      event.preventDefault();
      point(at + steps);
    } else if (event.key === 'Escape') {
      leave();
    }
  });
}

function showTip(element, token) {
  if (!element || !token) {
    return;
  }
  const tip = byId('tip');
  tip.textContent = '';
  const rows = token.top_logprobs?.length > 0 ? token.top_logprobs : [token];
  for (const row of rows) {
    const probability = Math.exp(row.logprob);
    const bar = el('i');
    bar.style.width = `${Math.max(1, probability * 100)}%`;
    tip.append(
      el(
        'div',
        { className: row.token === token.token ? 'row chosen' : 'row' },
        el('code', {}, visible(row.token)),
        el('span', { className: 'meter' }, bar),
        el('span', { className: 'number' }, `${(probability * 100).toFixed(1)} %`),
      ),
    );
  }
  tip.hidden = false;
  const place = element.getBoundingClientRect();
  const left = Math.max(8, Math.min(place.left, innerWidth - tip.offsetWidth - 8));
  const below = place.bottom + 6 + tip.offsetHeight < innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? place.bottom + 6 : Math.max(8, place.top - tip.offsetHeight - 6)}px`;
}

const visible = (token) => token.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll(' ', '␣') || '∅';
