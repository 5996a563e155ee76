// The picture of the KV blocks. Only what changed is drawn, into pixels, so that 100,000 of them cost
// about as much as a few.

export const FREE = 0;
export const CACHED = 1;
export const SHARED = 2;
export const LEAVING = 3;
export const FIRST_SLOT = 4;

/** Sequences have one of so many colours. */
export const NUM_COLOURS = 12;

/** Blocks that are shown at least; more where higher ones were used. */
const LEAST_SHOWN = 512;

/** In pixels of the page. */
const MAX_HEIGHT = 320;
const MAX_PITCH = 14;

/** A colour of the style sheet, of the theme that is shown, as a canvas has it in memory. */
function pixel(canvas, variable) {
  canvas.style.color = `var(${variable})`;
  const [red, green, blue] = getComputedStyle(canvas).color.match(/\d+/g).map(Number);
  return ((0xff << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Number of the colour of a sequence. */
export const colourOf = (slot) => slot % NUM_COLOURS;

export class Blocks {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.cells = new Int32Array(0);
    /** The leading blocks, of which there is a picture: those behind were never used. */
    this.numShown = 0;
    this.dirty = null;
    this.frame = 0;
    /** Frames that were drawn, for who wants to know how fast that is. */
    this.numDrawn = 0;
    new ResizeObserver(() => this.layOut()).observe(canvas.parentElement);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.recolour());
  }

  /** All blocks are free, until change() says more. */
  reset(numBlocks) {
    if (this.cells.length === numBlocks) {
      this.cells.fill(FREE);
    } else {
      this.cells = new Int32Array(numBlocks);
    }
    this.numShown = Math.min(numBlocks, LEAST_SHOWN);
    this.layOut();
  }

  /** Runs of first block, count and what they are now. */
  change(runs) {
    const last = runs.length > 0 ? runs.at(-3) + runs.at(-2) : 0;
    if (last > this.numShown) {
      while (this.numShown < last) {
        this.numShown *= 2;
      }
      this.numShown = Math.min(this.numShown, this.cells.length);
      this.layOut();
    }
    for (let i = 0; i < runs.length; i += 3) {
      const to = Math.min(runs[i] + runs[i + 1], this.cells.length);
      this.cells.fill(runs[i + 2], runs[i], to);
      this.paint(runs[i], to);
    }
    this.draw();
  }

  /** The colours are others now. */
  recolour() {
    const colours = ['--free', '--cached', '--shared', '--leaving'];
    for (let i = 0; i < NUM_COLOURS; i++) {
      colours.push(`--seq-${i}`);
    }
    this.palette = Uint32Array.from(colours, (name) => pixel(this.canvas, name));
    this.paint(0, this.numShown);
    this.draw();
  }

  /** Chooses the largest squares with which all blocks have room. */
  layOut() {
    const width = this.canvas.parentElement.clientWidth;
    if (width === 0 || this.numShown === 0) {
      return;
    }
    const scale = devicePixelRatio || 1;
    const wide = Math.floor(width * scale);
    const high = Math.floor(MAX_HEIGHT * scale);
    this.perCell = Math.ceil(this.numShown / (wide * high));
    const numCells = Math.ceil(this.numShown / this.perCell);
    let pitch = Math.floor(MAX_PITCH * scale);
    while (pitch > 1 && Math.ceil(numCells / Math.floor(wide / pitch)) * pitch > high) {
      pitch--;
    }
    this.pitch = pitch;
    this.size = pitch >= 6 ? pitch - Math.round(pitch / 6) : pitch >= 3 ? pitch - 1 : pitch;
    this.columns = Math.floor(wide / pitch);
    const rows = Math.ceil(numCells / this.columns);
    this.canvas.width = this.columns * pitch;
    this.canvas.height = rows * pitch;
    this.canvas.style.width = `${(this.columns * pitch) / scale}px`;
    this.canvas.style.height = `${(rows * pitch) / scale}px`;
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.recolour();
  }

  /** Puts blocks into the image; of several in one square the busiest is seen. */
  paint(from, to) {
    if (!this.pixels) {
      return;
    }
    const { cells, columns, palette, perCell, pitch, pixels, size } = this;
    const width = columns * pitch;
    for (let cell = Math.floor(from / perCell); cell * perCell < to; cell++) {
      let value = cells[cell * perCell];
      for (let i = cell * perCell + 1; i < Math.min((cell + 1) * perCell, cells.length); i++) {
        value = Math.max(value, cells[i]);
      }
      const colour = palette[value < FIRST_SLOT ? value : FIRST_SLOT + colourOf(value - FIRST_SLOT)];
      const start = Math.floor(cell / columns) * pitch * width + (cell % columns) * pitch;
      for (let y = 0; y < size; y++) {
        pixels.fill(colour, start + y * width, start + y * width + size);
      }
    }
    const first = Math.floor(from / perCell / columns) * pitch;
    const last = (Math.floor((to - 1) / perCell / columns) + 1) * pitch;
    this.dirty = this.dirty
      ? [Math.min(this.dirty[0], first), Math.max(this.dirty[1], last)]
      : [first, last];
  }

  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.dirty && this.image) {
        const [top, bottom] = this.dirty;
        this.context.putImageData(this.image, 0, 0, 0, top, this.canvas.width, bottom - top);
        this.dirty = null;
        this.numDrawn++;
        this.canvas.dataset.drawn = this.numDrawn;
      }
    });
  }

  /** The block under a place of the page, or -1. */
  at(clientX, clientY) {
    const place = this.canvas.getBoundingClientRect();
    if (!this.pitch || place.width === 0) {
      return -1;
    }
    const scale = this.canvas.width / place.width;
    const column = Math.floor(((clientX - place.left) * scale) / this.pitch);
    const row = Math.floor(((clientY - place.top) * scale) / this.pitch);
    const block = (row * this.columns + column) * this.perCell;
    return column >= 0 && column < this.columns && block >= 0 && block < this.numShown ? block : -1;
  }
}
