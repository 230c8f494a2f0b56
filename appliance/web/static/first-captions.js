/** The first captions of a box, as they come. */

import { Board } from './board.js';
import { Feed } from './feed.js';
import { live } from './live.js';
import { say, show } from './status.js';

const KEEP = 20;

const part = (id) => document.getElementById(id);
const list = part('captions');
const board = new Board(list, KEEP);

live(({ kind, word, sentence, warning }) => {
  show(part('state'), kind, { text: word });
  say(part('reason'), sentence);
  show(part('warning'), 'warning', warning);
});

new Feed({
  caption(caption, id) {
    board.caption(caption, id);
    list.hidden = board.empty;
    if (!board.empty) say(part('works'), { text: part('works').dataset.said });
    list.scrollTo(0, list.scrollHeight);
  },
  gap(gap, id) {
    board.gap(gap, id);
    list.hidden = false;
  },
  connection() {},
});
