/** Rolls text up softly when a line is added, instead of letting it jump. */

const MILLISECONDS = 160;

const still = matchMedia('(prefers-reduced-motion: reduce)');

export class Roll {
  #list;
  #anchor = null;
  #stood = 0;

  /** @param {HTMLElement} list its last line is what the reader's eye is on */
  constructor(list) {
    this.#list = list;
  }

  /** Call before each picture in which lines may have moved, once they are where they belong. */
  settle() {
    const moved = this.#anchor?.isConnected ? this.#stood - this.#place() : 0;
    if (moved > 0 && moved < innerHeight / 3 && !still.matches) {
      const from = { transform: `translateY(${moved}px)` };
      const timing = { duration: MILLISECONDS, easing: 'ease-out', composite: 'add' };
      this.#list.animate([from, { transform: 'none' }], timing);
    }
    this.#anchor = this.#list.lastElementChild;
    this.#stood = this.#anchor ? this.#place() : 0;
  }

  /** Where the line stands on the screen, animations left aside. */
  #place() {
    return this.#list.offsetTop + this.#anchor.offsetTop - scrollY;
  }
}
