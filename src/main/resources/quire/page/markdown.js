// A small Markdown, written as elements: code, headings, lists, quotes, tables, bold, italics. Whatever
// else a model writes, HTML and links included, is shown as the text that it is.
import { el } from './dom.js';

const FENCE = /^ {0,3}(```+|~~~+)([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*)$/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;
const TASK = /^\[([ xX])\]\s+/;
const SIDE = /^:?-+:?$/;
const RULE = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
/** Code ends at as many backticks as it begins with; tries no part of a run, which would take for ever. */
const INLINE = /(?<!`)(`+)(?!`)([\s\S]+?)(?<!`)\1(?!`)|\*\*(?=\S)([\s\S]+?)\*\*|\*(?=[^\s*])([^*]+?)\*/;

/** Deeper text is shown without formatting: no answer can make the page recurse for ever. */
const MAX_DEPTH = 8;

/** Cuts a text into its blocks, each a kind and its lines. */
export function blocks(text) {
  const found = [];
  const lines = text.split('\n');
  let open = null;
  for (let i = 0; i < lines.length; i++) {
    const fence = FENCE.exec(lines[i]);
    if (fence) {
      const end = new RegExp(`^ {0,3}${fence[1][0]}{${fence[1].length},}\\s*$`);
      const code = [];
      for (i++; i < lines.length && !end.test(lines[i]); i++) {
        code.push(lines[i]);
      }
      found.push({ kind: 'code', language: fence[2].trim(), lines: code });
      open = null;
      continue;
    }
    if (isTable(lines[i], lines[i + 1])) {
      open = { kind: 'table', lines: [lines[i], lines[i + 1]] };
      found.push(open);
      i++;
      continue;
    }
    const kind = kindOf(lines[i], open);
    if (kind === 'none') {
      open = null;
    } else if (open && open.kind === kind && kind !== 'heading' && kind !== 'rule') {
      open.lines.push(lines[i]);
    } else {
      open = { kind, lines: [lines[i]] };
      found.push(open);
    }
  }
  return found;
}

function kindOf(line, open) {
  if (line.trim() === '') {
    return 'none';
  }
  if (HEADING.test(line)) {
    return 'heading';
  }
  if (RULE.test(line)) {
    return 'rule';
  }
  if (open?.kind === 'table' && line.includes('|')) {
    return 'table';
  }
  if (ITEM.test(line) || (open && open.kind === 'list' && /^ {2,}\S/.test(line))) {
    return 'list';
  }
  return QUOTE.test(line) ? 'quote' : 'text';
}

/** The cells of a line, which are parted by bars that no backslash stands before. */
const cells = (line) =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

/** Whether a table begins: under its heads stands for each where its column is aligned. */
function isTable(line, next) {
  if (!line.includes('|') || !next?.includes('|')) {
    return false;
  }
  const sides = cells(next);
  return sides.every((side) => SIDE.test(side)) && sides.length === cells(line).length;
}

/** The element of a block. */
export function render(block, depth = 0) {
  switch (block.kind) {
    case 'code':
      return codeBlock(block);
    case 'heading': {
      const [, marks, title] = HEADING.exec(block.lines[0]);
      // The page has its own first and second heading.
      return el(`h${Math.min(marks.length + 2, 6)}`, {}, ...inline(title));
    }
    case 'table':
      return table(block.lines);
    case 'rule':
      return el('hr');
    case 'list':
      return list(block.lines);
    case 'quote': {
      const inner = block.lines.map((line) => (QUOTE.exec(line) ?? [line, line])[1]).join('\n');
      return depth < MAX_DEPTH
        ? el('blockquote', {}, ...blocks(inner).map((one) => render(one, depth + 1)))
        : el('blockquote', {}, inner);
    }
    default:
      return el('p', {}, ...inline(block.lines.join('\n')));
  }
}

function table([head, rule, ...body]) {
  const sides = cells(rule).map((side) => (side.endsWith(':') ? (side.startsWith(':') ? 'middle' : 'right') : ''));
  const row = (tag, line) => {
    const texts = cells(line);
    return el('tr', {}, ...sides.map((side, i) => el(tag, { className: side }, ...inline(texts[i] ?? ''))));
  };
  return el(
    'div',
    { className: 'table', tabIndex: 0 },
    el('table', {}, el('thead', {}, row('th', head)), el('tbody', {}, ...body.map((line) => row('td', line)))),
  );
}

function codeBlock(block) {
  const text = block.lines.join('\n');
  const copy = el('button', {
    type: 'button',
    className: 'quiet copy',
    textContent: 'Copy',
    onclick: () => copyText(text, copy),
  });
  return el(
    'figure',
    { className: 'code' },
    el('figcaption', {}, el('span', {}, block.language || 'text'), copy),
    el('pre', { tabIndex: 0 }, el('code', {}, text)),
  );
}

/** Puts the text into the clipboard, and says so on the button. */
export async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Not allowed';
  }
  setTimeout(() => (button.textContent = 'Copy'), 1500);
}

function list(lines) {
  const root = { indent: -1, element: el('div') };
  const stack = [root];
  let item = null;
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (!match) {
      item?.append('\n', ...inline(line.trim()));
      continue;
    }
    const indent = match[1].length;
    while (stack.length > 1 && indent < stack.at(-1).indent) {
      stack.pop();
    }
    if (stack.length === 1 || (indent > stack.at(-1).indent + 1 && stack.length < MAX_DEPTH)) {
      const ordered = /\d/.test(match[2]);
      const element = el(ordered ? 'ol' : 'ul');
      if (ordered) {
        element.start = Number.parseInt(match[2], 10);
      }
      (item && stack.length > 1 ? item : stack.at(-1).element).append(element);
      stack.push({ indent, element });
    }
    const text = match[3].replace(TASK, (_, mark) => (mark === ' ' ? '☐ ' : '☑ '));
    item = el('li', {}, ...inline(text));
    stack.at(-1).element.append(item);
  }
  return root.element.childElementCount === 1 ? root.element.firstElementChild : root.element;
}

function inline(text, depth = 0) {
  const parts = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match && depth < MAX_DEPTH; match = INLINE.exec(rest)) {
    const [whole, , code, bold, italic] = match;
    if (match.index > 0) {
      parts.push(rest.slice(0, match.index));
    }
    if (code !== undefined) {
      parts.push(el('code', {}, code));
    } else {
      parts.push(el(bold !== undefined ? 'strong' : 'em', {}, ...inline(bold ?? italic, depth + 1)));
    }
    rest = rest.slice(match.index + whole.length);
  }
  parts.push(rest);
  return parts;
}

/** Shows a text that grows: what stands already stays, only its end is made anew. */
export class Growing {
  constructor(element) {
    this.element = element;
    this.shown = [];
  }

  show(text) {
    const next = blocks(text);
    const sources = next.map((block) => `${block.kind} ${block.language ?? ''}\n${block.lines.join('\n')}`);
    let same = 0;
    while (same < sources.length && sources[same] === this.shown[same]) {
      same++;
    }
    while (this.element.childNodes.length > same) {
      this.element.lastChild.remove();
    }
    this.element.append(...next.slice(same).map((block) => render(block)));
    this.shown = sources;
  }
}
