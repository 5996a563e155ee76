// Elements made by hand: text only ever becomes text.

/** The element of that id. */
export const byId = (id) => document.getElementById(id);

/**
 * Makes an element. Properties that begin with "on" are listeners, "data" and "aria" are objects of
 * attributes, the others are set as they are; children are elements or texts.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'aria' || name === 'data') {
      for (const [key, text] of Object.entries(value)) {
        element.setAttribute(`${name}-${key}`, text);
      }
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const ROUND = new Intl.NumberFormat('en');

/** 1,234 */
export const count = (number) => ROUND.format(Math.round(number));

/** 1 token, 2 tokens */
export const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

/** 3.0 GiB */
export function bytes(number) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = number;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Three digits or so, for speeds. */
export const speed = (number) => (number >= 100 ? count(number) : number.toFixed(1).replace(/\.0$/, ''));

/** 34 ms, 1.2 s */
export const millis = (number) =>
  number < 1000 ? `${Math.round(number)} ms` : `${(number / 1000).toFixed(1)} s`;
