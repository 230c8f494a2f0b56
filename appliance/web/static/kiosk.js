/** The captions on the big screen: the latest lines, large; between meetings how to start. */

import { Board } from './board.js';
import { Feed } from './feed.js';
import { isIn, SPOKEN } from './language.js';
import { Roll } from './roll.js';
import { say, show, situation } from './status.js';
import { stayAwake } from './wake.js';
import { speak, words } from './words.js';

const KEEP = 30;

/** Milliseconds for which the last words of a meeting can still be read. */
const LINGER = 10_000;

const part = (id) => document.getElementById(id);
const list = part('captions');
const board = new Board(list, KEEP);
const roll = new Roll(list);
const language = new URLSearchParams(location.search).get('language') ?? SPOKEN;
let connection = 'opening';
let status = null;
let leaving = 0;
let drawing = 0;

speak();
stayAwake(true);

new Feed(
  {
    caption(caption, id) {
      if (isIn(caption, language)) board.caption(caption, id);
      changed();
    },
    gap(gap, id) {
      board.gap(gap, id);
      changed();
    },
    state(now) {
      rest(status?.state, now.state);
      status = now;
      changed();
    },
    connection(now) {
      connection = now;
      changed();
    },
    restarted() {
      board.clear();
      status = null;
    },
  },
  language,
);

/** The next meeting must not begin with the words of the last. */
function rest(before, now) {
  if (now !== 'idle') {
    clearTimeout(leaving);
  } else if (before !== 'idle') {
    leaving = setTimeout(leave, before ? LINGER : 0);
  }
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
  document.title = words.titled(room);
  part('room').textContent = room || words.captions;
  show(part('state'), now.kind, now.word);
  const still = now.kind === 'fault' || (board.empty && now.kind !== 'live');
  document.body.dataset.scene = still ? 'still' : 'captions';
  part('listening').hidden = !board.empty;
  if (still) announce(now, room);
  const said = still ? [now.warning] : [now.sentence, now.warning];
  show(part('notice'), now.warning ? 'warning' : now.kind, said.filter(Boolean).join(' '));
  roll.settle();
}

/** What fills the screen when there is nothing to read: an invitation, or what is the matter. */
function announce({ kind, word, sentence }, room) {
  const inviting = kind === 'idle';
  document.body.classList.toggle('inviting', inviting);
  show(part('emblem'), kind, word);
  say(part('headline'), inviting ? room || words.captions : sentence);
  say(part('sentence'), inviting ? sentence : '');
  part('more').hidden = !inviting;
}
