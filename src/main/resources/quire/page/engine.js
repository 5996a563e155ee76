// The engine at work: frames of /engine/live, shown. Nothing is asked for while nobody can see it.
import { Blocks, CACHED, FIRST_SLOT, FREE, SHARED, colourOf } from './blocks.js';
import { byId, bytes, count, counted, el, speed } from './dom.js';
import { Refusal, call, lines } from './stream.js';

const MAX_ROWS = 24;

/** Uses of memory that have a colour of their own. */
const MAX_USES = 5;

const SPEED_MILLIS = 1000;

/** A step that takes longer is told of: nothing else on the page moves. */
const LONG_STEP_MILLIS = 3000;
const HISTORY_MILLIS = 60_000;
const RETRY_MILLIS = [500, 1000, 2000, 5000];

/** Where the parts of a member stand in its list. */
const [ID, SLOT, PROMPT, OUTPUT, FOUND, COMPUTED, HELD] = [0, 1, 2, 3, 4, 5, 6];

let blocks = null;
let facts = null;
let control = null;
let numTries = 0;
/** What the engine that answers no more said of itself. */
let why = '';
/** When the last step ended, and how many there were then. */
let [stepTime, numSteps] = [0, -1];
let timer = 0;
let samples = [];
let history = [];
let sequences = new Map();
let maxTokens = 1;

const text = (id, value) => {
  const element = byId(id);
  if (element.textContent !== value) {
    element.textContent = value;
  }
};

/** Says beside the model's name how the engine is. */
function indicate(name) {
  document.body.dataset.engine = name;
  text('state', { ready: 'Ready', loading: 'Loading', away: 'Not connected', stopping: 'Stopping', silent: 'Not answering' }[name]);
}

function state(name, sentence) {
  indicate(name);
  byId('engine-away').hidden = name === 'ready';
  byId('engine-body').hidden = name !== 'ready';
  if (name !== 'ready') {
    text('engine-away', sentence);
  }
}

/** Watches from now on, unless it does already. */
export function watch() {
  if (!control && !document.hidden) {
    control = new AbortController();
    read(control);
  }
}

/** Watches no more. */
export function leave() {
  clearTimeout(timer);
  timer = 0;
  control?.abort();
  control = null;
}

async function read(mine) {
  let problem = 'The server does not answer. Is it still running?';
  try {
    const response = await call('engine/live', { signal: mine.signal });
    samples = [];
    for await (const line of lines(response)) {
      numTries = 0;
      take(JSON.parse(line));
    }
  } catch (error) {
    if (mine.signal.aborted) {
      return;
    }
    if (!(error instanceof Refusal) || error.status > 0) {
      problem = error.message;
    }
  }
  if (control === mine) {
    control = null;
    state('away', `${why} ${problem}`.trim());
    timer = setTimeout(watch, RETRY_MILLIS[Math.min(numTries++, RETRY_MILLIS.length - 1)]);
  }
}

function take(frame) {
  why = frame.state === 'silent' ? frame.message : '';
  if (frame.state !== 'ready') {
    state(frame.state, frame.message);
    return;
  }
  state('ready');
  if (frame.engine) {
    facts = frame.engine;
    text('backend', facts.backend);
    blocks.reset(facts.blocks);
    samples = [];
  }
  blocks.change(frame.cells);
  sequences = new Map(frame.sequences.map((one) => [one[SLOT], one]));
  showSpeed(frame);
  showBlocks(frame);
  showBatch(frame);
  showQueue(frame);
  showMemory(frame);
}

function showSpeed(frame) {
  samples.push(frame);
  while (samples.length > 2 && frame.time - samples[1].time >= SPEED_MILLIS) {
    samples.shift();
  }
  const [first] = samples;
  const seconds = (frame.time - first.time) / 1000;
  const rate = seconds > 0 ? (frame.generated - first.generated) / seconds : 0;
  text('rate', speed(rate));
  text('steps', speed(seconds > 0 ? (frame.steps - first.steps) / seconds : 0));
  text('running', count(frame.running));
  text('waiting', count(frame.waiting));
  text('hits', frame.queries > 0 ? `${Math.round((100 * frame.hits) / frame.queries)} %` : '–');
  byId('hits').title = `${count(frame.hits)} of ${counted(frame.queries, 'prompt token')} were in the cache`;
  history.push([frame.time, rate]);
  while (history.length > 0 && frame.time - history[0][0] > HISTORY_MILLIS) {
    history.shift();
  }
  spark(frame.time);
}

/** Tokens a second of the last minute. */
function spark(now) {
  const canvas = byId('spark');
  const scale = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext('2d');
  pen.clearRect(0, 0, width, height);
  const most = Math.max(1, ...history.map(([, rate]) => rate));
  const line = 1.5 * scale;
  const x = (time) => width - ((now - time) / HISTORY_MILLIS) * width;
  const y = (rate) => height - line - (rate / most) * (height - 2 * line);
  pen.beginPath();
  history.forEach(([time, rate], i) => (i === 0 ? pen.moveTo(x(time), y(rate)) : pen.lineTo(x(time), y(rate))));
  const accent = getComputedStyle(canvas).color;
  pen.strokeStyle = accent;
  pen.lineWidth = line;
  pen.lineJoin = 'round';
  pen.stroke();
  if (history.length > 0) {
    pen.lineTo(x(now), height);
    pen.lineTo(x(history[0][0]), height);
    pen.globalAlpha = 0.14;
    pen.fillStyle = accent;
    pen.fill();
    pen.globalAlpha = 1;
  }
}

function showBlocks(frame) {
  const held = frame.used + frame.shared;
  const percent = (100 * held) / facts.blocks;
  text('blocks-sum', `${count(facts.blocks)} × ${facts.block_size} tokens, ${percent > 0 && percent < 1 ? '< 1' : Math.round(percent)} % in use`);
  if (!byId('blocks').matches(':hover')) {
    text('block-tip', shown());
  }
  for (const name of ['used', 'shared', 'cached', 'free']) {
    text(name, count(frame[name]));
  }
  byId('blocks').setAttribute(
    'aria-label',
    `KV blocks: ${count(frame.used)} in use, ${count(frame.shared)} shared, ${count(frame.cached)} cached, ${count(frame.free)} free`,
  );
}

/** Which blocks the picture has. */
const shown = () =>
  blocks.numShown < facts.blocks
    ? `The first ${count(blocks.numShown)} blocks; those behind are free`
    : '\u00a0';

function tell(event) {
  const block = blocks.at(event.clientX, event.clientY);
  if (block < 0) {
    text('block-tip', shown());
    return;
  }
  const cell = blocks.cells[block];
  const member = sequences.get(cell - FIRST_SLOT);
  const what =
    cell === FREE
      ? 'free'
      : cell === CACHED
        ? 'cached: a prompt that begins alike will find it'
        : cell === SHARED
          ? 'shared by several sequences'
          : member
            ? `sequence ${member[ID]}`
            : 'a sequence that ends';
  text('block-tip', `Block ${count(block)}: ${what}`);
}

/** Rows that stay where they are while their figures change. */
function rows(list, members, make, update) {
  const shown = members.slice(0, MAX_ROWS);
  while (list.childElementCount > shown.length) {
    list.lastElementChild.remove();
  }
  while (list.childElementCount < shown.length) {
    list.append(make());
  }
  shown.forEach((member, i) => update(list.children[i], member));
}

function showBatch(frame) {
  const more = frame.running - Math.min(frame.sequences.length, MAX_ROWS);
  if (frame.running === 0 || frame.steps !== numSteps) {
    [stepTime, numSteps] = [frame.time, frame.steps];
  }
  const step = frame.time - stepTime;
  const long = step > LONG_STEP_MILLIS ? `, in one step for ${Math.round(step / 1000)} s` : '';
  text('batch-sum', frame.running === 0 ? 'nothing runs' : `${counted(frame.running, 'sequence')}${more > 0 ? `, ${count(more)} not shown` : ''}${long}`);
  maxTokens = Math.max(64, ...frame.sequences.map((one) => one[PROMPT] + one[OUTPUT]));
  rows(
    byId('batch'),
    frame.sequences,
    () => el('li', {}, el('i', { className: 'swatch' }), el('span', { className: 'name' }), el('span', { className: 'bar' }, el('i', { className: 'prompt' }), el('i', { className: 'output' })), el('span', { className: 'number' })),
    (row, member) => {
      const [swatch, name, bar, number] = row.children;
      const colour = `var(--seq-${colourOf(member[SLOT])})`;
      swatch.style.background = colour;
      name.textContent = `#${member[ID]}`;
      bar.children[0].style.width = `${(100 * member[PROMPT]) / maxTokens}%`;
      bar.children[0].style.background = colour;
      bar.children[1].style.width = `${(100 * member[OUTPUT]) / maxTokens}%`;
      bar.children[1].style.background = colour;
      number.textContent = `${count(member[PROMPT])} + ${count(member[OUTPUT])}`;
      row.title = `prompt of ${counted(member[PROMPT], 'token')}, ${count(member[FOUND])} from the cache; ${count(member[OUTPUT])} generated; ${count(member[COMPUTED])} computed; ${counted(member[HELD], 'block')}`;
    },
  );
}

function showQueue(frame) {
  const more = frame.waiting - Math.min(frame.queue.length, MAX_ROWS);
  const preempted = frame.preemptions > 0 ? `, ${counted(frame.preemptions, 'preemption')} so far` : '';
  text('queue-sum', frame.waiting === 0 ? `nothing waits${preempted}` : `${count(frame.waiting)} wait${frame.waiting === 1 ? 's' : ''}${more > 0 ? `, ${count(more)} not shown` : ''}${preempted}`);
  rows(
    byId('queue'),
    frame.queue,
    () => el('li'),
    (row, member) => {
      row.textContent = count(member[PROMPT] + member[OUTPUT]);
      row.title = `sequence ${member[ID]} waits with ${counted(member[PROMPT] + member[OUTPUT], 'token')}`;
    },
  );
}

function showMemory(frame) {
  const list = byId('memory');
  if (frame.engine) {
    const total = facts.memory.reduce((sum, use) => sum + use.bytes, 0);
    const sorted = facts.memory.toSorted((one, other) => other.bytes - one.bytes);
    const rest = sorted.slice(MAX_USES).reduce((sum, use) => sum + use.bytes, 0);
    const uses = [...sorted.slice(0, MAX_USES), ...(rest > 0 ? [{ what: 'all else', bytes: rest }] : [])];
    text('memory-sum', bytes(total));
    const shades = uses.map((use, i) => {
      const part = el('i', { className: `shade-${i}`, title: `${use.what}: ${bytes(use.bytes)}` });
      part.style.flexGrow = use.bytes / total;
      return part;
    });
    byId('memory-bar').replaceChildren(...shades);
    list.replaceChildren(
      ...uses.map((use, i) => el('li', {}, el('i', { className: `key shade-${i}` }), el('span', {}, use.what), el('b', {}, bytes(use.bytes)))),
      el('li', {}, el('i', { className: 'key none' }), el('span', {}, 'Java heap in use'), el('b', { id: 'heap' })),
    );
  }
  text('heap', bytes(frame.heap));
}

/** Wires the panel up. */
export function startEngine() {
  blocks = new Blocks(byId('blocks'));
  byId('blocks').addEventListener('pointermove', tell);
  byId('blocks').addEventListener('pointerleave', () => text('block-tip', shown()));
}

/** Where nobody watches, other requests tell whether the server is there. */
export function reached(isThere) {
  if (!isThere) {
    indicate('away');
  } else if (!control && document.body.dataset.engine === 'away') {
    indicate('ready');
  }
}

/** The colours are others now. */
export const recolour = () => blocks.recolour();
