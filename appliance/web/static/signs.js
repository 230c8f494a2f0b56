/** A sign for every state: a shape of its own, so that colour is never the only difference. */

const SVG = 'http://www.w3.org/2000/svg';

const DOT = '9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5z';

/** Drawn on 24 by 24: `d` is filled, `line` is stroked. */
const SHAPES = {
  idle: { line: 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z' },
  live: { d: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z' },
  connecting: { d: `M5 ${DOT}M12 ${DOT}M19 ${DOT}` },
  muted: { line: 'M9 8V6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M4 3l16 18' },
  reconnecting: { line: 'M20 11.5A8 8 0 0 0 6 6.8L4 9M4 4v5h5M4 12.5A8 8 0 0 0 18 17.2L20 15M20 20v-5h-5' },
  fallback: { line: 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z', d: 'M12 4a8 8 0 0 1 0 16z' },
  finishing: { line: 'M6 3h12M6 21h12M7.5 3v3.5L12 12l4.5-5.5V3M7.5 21v-3.5L12 12l4.5 5.5V21' },
  fault: { line: 'M12 3.5L22 20.5H2zM12 10v4.5M12 17.4v.1' },
  down: { line: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4M3 3l18 18' },
  refused: { line: 'M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11' },
};
SHAPES.opening = SHAPES.connecting;
SHAPES.warning = SHAPES.fault;

/** The sign of a state or of a connection; a screen reader passes over it, for words stand beside it. */
export function sign(kind) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('class', 'sign');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('aria-hidden', 'true');
  for (const [way, path] of Object.entries(SHAPES[kind] ?? SHAPES.idle)) {
    const shape = document.createElementNS(SVG, 'path');
    shape.setAttribute('d', path);
    shape.setAttribute('class', way === 'line' ? 'stroked' : 'filled');
    picture.append(shape);
  }
  return picture;
}
