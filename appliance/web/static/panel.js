/** The front of the box as it looks now; where the panel is simulated, its buttons can be pressed. */

import { Feed } from './feed.js';
import { Buttons } from './buttons.js';
import { say, show, situation } from './status.js';
import { fill, words } from './words.js';

const EVENTS = '/api/v1/panel/events';
const PICTURE = '/api/v1/panel.png';

/** Milliseconds until a stream that the browser has given up is opened again. */
const RETRY = 3_000;

/** How many pixels of the screen a pixel of the glass takes at most. */
const LARGEST = 4;

const DARK = { red: 0, green: 0, blue: 0 };

const part = (id) => document.getElementById(id);
const glass = part('glass');
let connection = 'opening';
let status = null;
let wanted = null;
let shown = null;
let looking = false;
let room = 0;

watch();
new ResizeObserver(([{ contentRect }]) => {
  room = contentRect.width;
  fit();
}).observe(part('window'));
new Buttons(part('buttons'), part('gestures'));
new Feed({
  state(now) {
    status = now;
    describe();
  },
  connection(now) {
    connection = now;
    describe();
  },
});

function describe() {
  const { kind, word, sentence, warning } = situation(connection, status);
  const box = status?.box.name ?? '';
  document.title = box ? fill(words.panelOf, { box }) : words.frontPanel;
  part('name').textContent = box || words.frontPanel;
  show(part('state'), kind, { text: word });
  say(part('reason'), sentence);
  show(part('warning'), 'warning', warning);
  const light = words.lights[kind];
  say(part('meaning'), { text: light ?? '' });
  glass.alt = light ? fill(words.displayShows, { state: word }) : words.display;
}

function watch() {
  const source = new EventSource(EVENTS);
  source.addEventListener('open', () => {
    shown = null;
  });
  source.addEventListener('panel', ({ data }) => {
    const { lights, picture } = JSON.parse(data);
    shine(lights);
    look(picture);
  });
  source.addEventListener('error', () => {
    shine(DARK);
    if (source.readyState === EventSource.CLOSED) setTimeout(watch, RETRY);
  });
}

/** The duty cycle of a light is linear, unlike the numbers of a screen. */
function shine({ red, green, blue }) {
  part('light').style.color = `color(srgb-linear ${red} ${green} ${blue})`;
}

/** One picture at a time; of those that came meanwhile only the latest. */
async function look(picture) {
  wanted = picture;
  if (looking) return;
  looking = true;
  while (shown !== wanted) {
    shown = wanted;
    glass.src = `${PICTURE}?${shown}`;
    await glass.decode().catch(() => {});
    fit();
  }
  looking = false;
}

/** Whole pixels, or the picture blurs. */
function fit() {
  if (!glass.naturalWidth) return;
  const scale = Math.min(LARGEST, Math.max(1, Math.floor(room / glass.naturalWidth)));
  glass.width = scale * glass.naturalWidth;
  glass.height = scale * glass.naturalHeight;
}
