/** The front of the box as it looks now; where the panel is simulated, its buttons can be pressed. */

import { Feed } from './feed.js';
import { Front } from './front.js';
import { Buttons } from './buttons.js';
import { say, show, situation } from './status.js';
import { fill, words } from './words.js';

const part = (id) => document.getElementById(id);
const glass = part('glass');
let connection = 'opening';
let status = null;

new Front(glass, part('window'), part('light'));
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
