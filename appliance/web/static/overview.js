/** The overview follows the box without being reloaded. */

import { live } from './live.js';
import { say, show } from './status.js';

const part = (id) => document.getElementById(id);
const titles = JSON.parse(part('vendor').dataset.titles);

live(({ kind, word, sentence, warning }, status) => {
  show(part('state'), kind, { text: word });
  say(part('reason'), sentence);
  show(part('warning'), 'warning', warning);
  part('trouble').hidden = !warning.text && !status?.reason;
  if (!status) return;
  part('room').textContent = status.room.title;
  part('vendor').textContent = titles[status.vendor] ?? status.vendor;
  part('minutes').textContent = Math.round(status.spend.minutes);
});
