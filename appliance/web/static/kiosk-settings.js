/** How a big screen is set: by its address, as the form on it writes it; kept for when it comes back without. */

import { SPOKEN } from './language.js';
import { recall, remember } from './remembered.js';
import { words } from './words.js';

const KEPT = 'kiosk';

/** In an address nothing would stand for nothing. */
const AS_SPOKEN = 'spoken';

export class Settings {
  #form;
  #chosen;
  #offered = '';

  /** @param {HTMLFormElement} form shows how the screen is set, and sets it anew */
  constructor(form) {
    this.#form = form;
    this.#chosen = new URLSearchParams(location.search || recall(KEPT) || '');
    remember(KEPT, this.#chosen);
    for (const [name, value] of this.#chosen) {
      const fitting = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].find((one) => one.value === value);
      if (fitting?.type === 'radio') fitting.checked = true;
    }
  }

  /** Tags of the languages that are wanted, or SPOKEN; the address says `en,nl` or `spoken,nl`. */
  get languages() {
    return this.#tags.map((tag) => (tag === AS_SPOKEN ? SPOKEN : tag));
  }

  get size() {
    return this.#form.elements.size.value;
  }

  get theme() {
    return this.#form.elements.theme.value;
  }

  /** Whether the code for phones is always on the screen. */
  get join() {
    return this.#form.elements.join.value === 'show';
  }

  /** Milliseconds of silence after which the screen is cleared; 0 for never. */
  get clear() {
    return 1000 * (Number(this.#form.elements.clear.value) || 0);
  }

  /** Put the languages of the room to choose from. */
  offer({ from, to }) {
    const before = this.#offered;
    this.#offered = JSON.stringify([from, to]);
    if (this.#offered === before) return;
    const [first, second] = this.#form.querySelectorAll('[name="languages"]');
    choice(first, new Option(words.asSpoken, AS_SPOKEN), [from, ...to], this.#tags[0]);
    choice(second, new Option(words.none, ''), [from, ...to], this.#tags[1]);
  }

  get #tags() {
    return this.#chosen.getAll('languages').join().split(',').filter(Boolean);
  }
}

function choice(menu, usual, languages, chosen) {
  const options = languages.map(({ tag, name }) => Object.assign(new Option(name, tag), { lang: tag }));
  menu.replaceChildren(usual, ...options);
  menu.value = languages.find(({ tag }) => `${tag}-`.startsWith(`${chosen}-`))?.tag ?? usual.value;
}
