/** The captions on a phone: read along, scroll back, in one's own language, size and colours. */

import { appearance } from './appearance.js';
import { Board } from './board.js';
import { openBy } from './dialog.js';
import { Feed } from './feed.js';
import { isIn, SPOKEN, suited } from './language.js';
import { Now } from './now.js';
import { recall, remember } from './remembered.js';
import { say, show, situation } from './status.js';
import { stayAwake } from './wake.js';
import { fill, titled, words } from './words.js';

const KEEP = 3_000;

/** Milliseconds in which what is on the board already comes in; it is there to read, not to be read out. */
const CATCHING_UP = 2_000;

const RESTING = new Set(['idle', 'fault']);

const part = (id) => document.getElementById(id);
const log = part('captions');
const menu = part('language');
const choices = part('choices');
const board = new Board(log, KEEP);
const now = new Now(log, part('jump'));
let connection = 'opening';
let status = null;
let offered = '';
let language = SPOKEN;
let restarts = 0;
let catchingUp = 0;

appearance(choices);
openBy(part('settings'), part('open'));
part('page-language').addEventListener('change', ({ target }) => location.assign(`?lang=${target.value}`));
catchUp();

const reader = {
  caption(caption, id) {
    if (isIn(caption, language)) board.caption(caption, id);
    now.changed();
  },
  gap(gap, id) {
    board.gap(gap, id);
    now.changed();
  },
  state(latest) {
    status = latest;
    offer(status.languages);
    describe();
  },
  connection(latest) {
    connection = latest;
    describe();
  },
  restarted() {
    restarts += 1;
    board.settle();
    board.note(words.restarted, `restart ${restarts}`);
    now.changed();
  },
};
const feed = new Feed(reader, true);

function describe() {
  const { kind, word, sentence, warning } = situation(connection, status);
  const room = status?.room.title ?? '';
  document.title = titled(room);
  part('room').textContent = room || words.captions;
  show(part('state'), kind, { text: word });
  say(part('reason'), sentence);
  show(part('warning'), 'warning', warning);
  part('nothing').textContent = kind === 'live' ? words.listening : words.nothingYet;
  stayAwake(connection === 'open' && !RESTING.has(kind));
}

/** Put the languages of the room to choose from. */
function offer(languages) {
  const before = offered;
  offered = JSON.stringify(languages);
  if (offered === before) return;
  const { from, to } = languages;
  menu.replaceChildren(
    new Option(fill(words.spoken, { language: from.name }), SPOKEN),
    ...to.map(({ tag, name }) => new Option(name, tag)),
  );
  menu.hidden = !to.length;
  const suits = suited(languages, recall('language'));
  menu.value = suits;
  if (suits === language) return;
  read(suits);
  // What was read in the room before is left to scroll back to.
  if (before) feed.follow(language);
  else beginAgain();
}

menu.addEventListener('change', () => {
  read(menu.value);
  remember('language', language);
  beginAgain();
});

function read(chosen) {
  language = chosen;
  const link = part('download');
  if (link) link.href = `/transcript.txt?${new URLSearchParams({ language })}`;
}

/** All that came since this page was opened, in the language that is read now. */
function beginAgain() {
  board.clear();
  catchUp();
  feed.replay(language);
}

function catchUp() {
  log.setAttribute('aria-live', 'off');
  clearTimeout(catchingUp);
  catchingUp = setTimeout(() => log.setAttribute('aria-live', 'polite'), CATCHING_UP);
}
