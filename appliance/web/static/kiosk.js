/** The captions on the big screen: the latest lines, large; between meetings how to start. */

import { colour } from './appearance.js';
import { Board } from './board.js';
import { openBy } from './dialog.js';
import { Feed } from './feed.js';
import { Settings } from './kiosk-settings.js';
import { isIn, sideBySide, SPOKEN } from './language.js';
import { hidePointer } from './pointer.js';
import { Roll } from './roll.js';
import { showSetup } from './setup.js';
import { say, show, situation } from './status.js';
import { stayAwake } from './wake.js';
import { titled, words } from './words.js';

const KEEP = 30;

/** Milliseconds for which the last words of a meeting can still be read. */
const LINGER = 10_000;

const root = document.documentElement;

/** Whether this is the screen of the box itself, which alone may know the set-up code. */
const own = 'own' in document.body.dataset;
const part = (id) => document.getElementById(id);
const list = part('captions');
const board = new Board(list, KEEP);
const roll = new Roll(list);
const settings = new Settings(part('choices'));
let columns = settings.languages.length ? settings.languages : [SPOKEN];
let connection = 'opening';
let status = null;
let leaving = 0;
let silence = 0;
let drawing = 0;

root.dataset.size = settings.size;
colour(settings.theme);
openBy(part('settings'), part('open'));
part('cancel').addEventListener('click', () => part('settings').close());
hidePointer();
stayAwake(true);

const feed = new Feed({
  caption(caption, id) {
    const column = columns.findIndex((language) => isIn(caption, language));
    if (column >= 0) board.caption(caption, id, column);
    spoken();
    changed();
  },
  gap(gap, id) {
    board.gap(gap, id);
    changed();
  },
  state(now) {
    // The box was updated, and this page with it.
    if (now.version !== document.body.dataset.version) location.reload();
    rest(status?.state, now.state);
    showSetup(part('setup'), own && now.setup);
    status = now;
    settings.offer(now.languages);
    arrange(sideBySide(now.languages, settings.languages));
    changed();
  },
  connection(now) {
    connection = now;
    // The code may be another one by now.
    if (now === 'open') part('join').querySelector('img').src = `/join.svg?${Date.now()}`;
    changed();
  },
  restarted() {
    board.clear();
    status = null;
  },
});

/** The languages of another room, or those meant by what was asked for. */
function arrange(languages) {
  root.dataset.columns = languages.length;
  if (languages.join() === columns.join()) return;
  columns = languages;
  board.clear();
  feed.again();
}

/** The next meeting must not begin with the words of the last. */
function rest(before, now) {
  if (now !== 'idle') {
    clearTimeout(leaving);
  } else if (before !== 'idle') {
    leaving = setTimeout(leave, before ? LINGER : 0);
  }
}

/** Some want to read the last words for as long as nobody speaks, some an empty screen. */
function spoken() {
  clearTimeout(silence);
  if (settings.clear) silence = setTimeout(leave, settings.clear);
}

function leave() {
  board.clear();
  changed();
}

function changed() {
  drawing ||= requestAnimationFrame(draw);
}

function draw() {
  drawing = 0;
  const now = situation(connection, status);
  const room = status?.room.title ?? '';
  document.title = titled(room);
  part('room').textContent = room || words.captions;
  show(part('state'), now.kind, { text: now.word });
  const setup = own && connection === 'open' && status?.setup;
  const still = setup || now.kind === 'fault' || (board.empty && now.kind !== 'live');
  document.body.classList.toggle('setting-up', Boolean(setup));
  document.body.dataset.scene = still ? 'still' : 'captions';
  document.body.dataset.sign = status?.sign ?? '';
  part('join').hidden = setup || connection !== 'open' || !(settings.join || status?.sign === 'join');
  part('listening').hidden = !board.empty;
  if (still) announce(now, room);
  show(part('reason'), now.kind, still ? { text: '' } : now.sentence);
  show(part('warning'), 'warning', now.warning);
  roll.settle();
}

/** What fills the screen when there is nothing to read: an invitation, or what is the matter. */
function announce({ kind, word, sentence }, room) {
  const inviting = kind === 'idle';
  document.body.classList.toggle('inviting', inviting);
  show(part('emblem'), kind, { text: word });
  say(part('headline'), inviting ? { text: room || words.captions } : sentence);
  say(part('sentence'), inviting ? sentence : { text: '' });
}
