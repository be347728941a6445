/** What fingers, mouse and wheel do on a timeline. Positions are parts of its width: 0 left, 1 right. */

/* A hand is not steady: a shorter way is a click. */
const DRAG_PX = 6;
const WHEEL_ZOOM_PER_PX = 0.002;
/* A wheel that counts in lines or pages, not in pixels. */
const WHEEL_UNIT_PX = [1, 30, 300];

/**
 * @typedef {object} Gestures
 * @property {(position: number) => void} pick a click or tap
 * @property {(from: number, to: number) => void} select a mouse is being dragged over a part; from may be the larger
 * @property {(from: number, to: number) => void} selected it has been dragged over a part
 * @property {() => void} unselect the drag was called off
 * @property {(part: number) => void} move by how much of the width; positive: to what is later
 * @property {(factor: number, position: number) => boolean} zoom around a position; false if there is nothing to zoom
 * @property {(position: number|null) => void} point where a mouse is; null: nowhere
 */

/** Translates the events of an element. */
export class GestureReader {
  /**
   * @param {HTMLElement} element
   * @param {Gestures} gestures
   * @param {() => boolean} isReady whether there is anything to work on
   */
  constructor(element, gestures, isReady) {
    this.element = element;
    this.gestures = gestures;
    this.isReady = isReady;
    /** @type {Map<number, number>} the positions of the pointers that are down */
    this.pointers = new Map();
    this.isDragging = false;
    this.#listen();
  }

  #listen() {
    const on = (type, handle) => this.element.addEventListener(type, (event) => { if (this.isReady()) handle(event); });
    on('pointerdown', (event) => this.#down(event));
    on('pointermove', (event) => this.#moved(event));
    on('pointerup', (event) => this.#up(event));
    on('pointercancel', (event) => this.#drop(event));
    on('pointerleave', () => this.gestures.point(null));
    on('wheel', (event) => this.#wheel(event));
  }

  #down(event) {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, this.#locate(event));
    this.element.setPointerCapture(event.pointerId);
    if (this.pointers.size === 1) this.start = this.#locate(event);
    this.isDragging = this.pointers.size > 1;
  }

  #moved(event) {
    const position = this.#locate(event);
    if (event.pointerType === 'mouse') this.gestures.point(position);
    if (!this.pointers.has(event.pointerId)) return;
    this.isDragging ||= Math.abs(position - this.start) * this.element.clientWidth > DRAG_PX;
    if (this.pointers.size === 2) this.#pinch(event.pointerId, position);
    else if (this.isDragging) this.#drag(event, position);
    this.pointers.set(event.pointerId, position);
  }

  #drag({ pointerType, pointerId }, position) {
    if (pointerType === 'touch') this.gestures.move(this.pointers.get(pointerId) - position);
    else this.gestures.select(this.start, position);
  }

  #pinch(movedId, position) {
    const [[, other]] = [...this.pointers].filter(([id]) => id !== movedId);
    const before = Math.abs(this.pointers.get(movedId) - other);
    const now = Math.abs(position - other);
    if (before > 0 && now > 0) this.gestures.zoom(before / now, (position + other) / 2);
  }

  #up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const position = this.#locate(event);
    if (!this.isDragging) this.gestures.pick(position);
    else if (event.pointerType !== 'touch') this.gestures.selected(this.start, position);
  }

  #drop(event) {
    this.pointers.delete(event.pointerId);
    this.gestures.unselect();
  }

  /* Where there is nothing to zoom or move any more, the wheel scrolls as everywhere. */
  #wheel(event) {
    const unit = WHEEL_UNIT_PX[event.deltaMode];
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
      this.gestures.move((sideways * unit) / this.element.clientWidth);
      event.preventDefault();
    } else if (this.gestures.zoom(Math.exp(event.deltaY * unit * WHEEL_ZOOM_PER_PX), this.#locate(event))) {
      event.preventDefault();
    }
  }

  #locate({ clientX }) {
    const { left, width } = this.element.getBoundingClientRect();
    return Math.min(Math.max((clientX - left) / width, 0), 1);
  }
}
