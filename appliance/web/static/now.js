/** Keeps the page at the newest line for readers who are there; those who read back are left in peace. */

import { Roll } from './roll.js';

/** Pixels from the end of the page within which a reader counts as being at now. */
const NEAR = 48;

export class Now {
  #list;
  #button;
  #roll;
  #here = true;
  #scrolled = 0;
  #drawing = 0;

  /**
   * @param {HTMLElement} list the lines, at the end of the page
   * @param {HTMLElement} button leads back to now
   */
  constructor(list, button) {
    this.#list = list;
    this.#button = button;
    this.#roll = new Roll(list);
    addEventListener('scroll', () => this.#scroll());
    addEventListener('resize', () => this.changed());
    new ResizeObserver(() => this.changed()).observe(document.body);
    button.addEventListener('click', () => this.#jump());
  }

  /** Lines may have come or changed; where the page stands is settled once a picture. */
  changed() {
    this.#drawing ||= requestAnimationFrame(() => this.#settle());
  }

  #settle() {
    this.#drawing = 0;
    if (this.#here) scrollTo(0, document.documentElement.scrollHeight);
    this.#roll.settle();
  }

  /** Only a reader scrolls up; lines that come move the end of the page away from one who is at now. */
  #scroll() {
    const end = document.documentElement.scrollHeight - innerHeight;
    if (scrollY >= end - NEAR) this.#here = true;
    else if (scrollY < this.#scrolled) this.#here = false;
    this.#scrolled = scrollY;
    this.#button.hidden = this.#here;
  }

  #jump() {
    this.#here = true;
    this.#button.hidden = true;
    this.#list.focus({ preventScroll: true });
    this.changed();
  }
}
