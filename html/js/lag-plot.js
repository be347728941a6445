/** The lag of the last minutes as a small drawing. */

import { setText, svgElement } from './dom.js';
import { formatDuration } from './format.js';
import { HISTORY_MS } from './lag-history.js';

/* The drawing's own units: it is stretched to whatever room there is. */
const WIDTH = 600;
const HEIGHT = 100;
const SCALES_S = [5, 10, 30, 60, 120, 300, 600, 1800, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600];
/* Room for half of the line's thickness, so that it is seen at the bottom, too. */
const MARGIN = 4;
/* A sample stands for the time until the next one. */
const SAMPLE_WIDTH = 4;

/** Draws a LagHistory into the slots lagPlot (svg) and lagScale. */
export class LagPlot {
  /** @param {Object<string, HTMLElement>} slots */
  constructor({ lagPlot, lagScale }) {
    this.drawing = lagPlot;
    this.scale = lagScale;
  }

  /**
   * @param {import('./lag-history.js').LagHistory} history
   * @param {number} now milliseconds since 1970
   */
  draw(history, now) {
    const worst = history.worst?.seconds ?? 0;
    const top = SCALES_S.find((seconds) => seconds >= worst) ?? worst;
    const lines = history.runs.map((run) => lineOf(run, now, top));
    this.drawing.replaceChildren(
      svgElement('path', { class: 'lag-area', d: lines.map(areaUnder).join('') }),
      svgElement('path', { class: 'lag-line', d: lines.map(pathOf).join('') }),
    );
    this.drawing.setAttribute('aria-label', history.summary(now));
    setText(this.scale, formatDuration(top * 1000).replace('.0 s', ' s'));
  }
}

function lineOf(run, now, top) {
  const points = run.map(({ at, seconds }) => ({
    x: WIDTH * (1 - (now - at) / HISTORY_MS),
    y: HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (Math.min(seconds, top) / top),
  }));
  const last = points.at(-1);
  return [...points, { x: last.x + SAMPLE_WIDTH, y: last.y }];
}

function pathOf(points) {
  return `M${points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
}

function areaUnder(points) {
  return `${pathOf(points)}V${HEIGHT}H${points[0].x.toFixed(1)}z`;
}
