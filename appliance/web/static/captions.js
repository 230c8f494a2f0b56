/** The captions on a phone: read along, scroll back, in one's own language, size and colours. */

import { appearance } from './appearance.js';
import { Board } from './board.js';
import { Feed } from './feed.js';
import { isIn, SPOKEN, suited } from './language.js';
import { recall, remember } from './remembered.js';
import { Roll } from './roll.js';
import { say, show, situation } from './status.js';
import { stayAwake } from './wake.js';
import { speak, words } from './words.js';

const KEEP = 3_000;

/** Pixels from the end of the page within which a reader counts as being at now. */
const NEAR = 48;

/** Milliseconds in which what is on the board already comes in; it is there to read, not to be read out. */
const CATCHING_UP = 1_000;

const STILL = new Set(['idle', 'fault']);

const part = (id) => document.getElementById(id);
const log = part('captions');
const menu = part('language');
const jump = part('jump');
const dialog = part('appearance');

speak();
appearance(part('choices'));

const board = new Board(log, KEEP);
const roll = new Roll(log);
let connection = 'opening';
let status = null;
let offered = '';
let language = SPOKEN;
let restarts = 0;

const feed = new Feed({
  caption(caption, epoch) {
    if (isIn(caption, language)) board.caption(caption, epoch);
    changed();
  },
  gap(gap, id) {
    board.gap(gap, id);
    changed();
  },
  status(now) {
    status = now;
    offer(now.languages);
    describe();
  },
  connection(now) {
    connection = now;
    describe();
  },
  restarted() {
    restarts += 1;
    board.settle();
    board.note(words.restarted, `restart ${restarts}`);
    changed();
  },
});

function describe() {
  const { kind, word, sentence, warning } = situation(connection, status);
  show(part('state'), kind, word);
  say(part('reason'), sentence);
  show(part('warning'), 'warning', warning);
  const room = status?.room.title ?? '';
  part('room').textContent = room || words.captions;
  document.title = words.titled(room);
  part('nothing').textContent = kind === 'live' ? words.listening : words.nothingYet;
  stayAwake(connection === 'open' && !STILL.has(kind));
}

// The languages of the room

function offer(languages) {
  const now = JSON.stringify(languages);
  if (now === offered) return;
  const before = offered;
  offered = now;
  const { from, to } = languages;
  menu.replaceChildren(
    new Option(to.length ? words.spoken(from.name) : from.name, SPOKEN),
    ...to.map(({ tag, name }) => new Option(name, tag)),
  );
  menu.hidden = !to.length;
  const suits = suited(languages, recall('language'));
  menu.value = suits;
  if (suits === language) return;
  language = suits;
  // What was read in the room before is left to scroll back to.
  if (before) feed.follow(language);
  else beginAgain();
}

menu.addEventListener('change', () => {
  language = menu.value;
  remember('language', language);
  beginAgain();
});

/** All that came since this page was opened, in the language that is read now. */
function beginAgain() {
  board.clear();
  catchUp();
  feed.replay(language);
}

// Now and before

let atNow = true;
let scrolled = 0;
let drawing = 0;

/** What came is put on the page at once; where the page stands is settled once a picture. */
function changed() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    if (atNow) scrollTo(0, document.documentElement.scrollHeight);
    roll.settle();
  });
}

function toNow() {
  atNow = true;
  jump.hidden = true;
  changed();
}

addEventListener('scroll', () => {
  const end = document.documentElement.scrollHeight - innerHeight;
  if (scrollY >= end - NEAR) atNow = true;
  else if (scrollY < scrolled) atNow = false;
  scrolled = scrollY;
  jump.hidden = atNow;
});

new ResizeObserver(changed).observe(document.body);
addEventListener('resize', changed);

jump.addEventListener('click', () => {
  toNow();
  log.focus({ preventScroll: true });
});

let announcing = 0;

function catchUp() {
  log.setAttribute('aria-live', 'off');
  clearTimeout(announcing);
  announcing = setTimeout(() => log.setAttribute('aria-live', 'polite'), CATCHING_UP);
}

catchUp();

part('open').addEventListener('click', () => dialog.showModal());
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});
