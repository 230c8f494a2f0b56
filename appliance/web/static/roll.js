/** Rolls text up softly when a line is added, instead of letting it jump. */

const TIMING = { duration: 160, easing: 'ease-out' };

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
    const moved = this.#anchor?.isConnected ? this.#stood - this.#top(this.#anchor) : 0;
    if (moved > 0 && moved < innerHeight / 3 && !still.matches) this.#roll(moved + this.#drift());
    this.#anchor = this.#list.lastElementChild;
    this.#stood = this.#anchor ? this.#top(this.#anchor) : 0;
  }

  /** Only the lines on the screen: to move a long list as a whole costs a phone ten times as much. */
  #roll(moved) {
    const frames = [{ transform: `translateY(${moved}px)` }, { transform: 'none' }];
    let line = this.#list.lastElementChild;
    while (line && this.#top(line) + line.offsetHeight > -moved) {
      line.animate(frames, TIMING);
      line = line.previousElementSibling;
    }
  }

  /** How far the lines still are from their places, if they have not come to rest. */
  #drift() {
    return this.#anchor.getBoundingClientRect().top - this.#top(this.#anchor);
  }

  /** Where a line stands on the screen once it is at rest. */
  #top(line) {
    return this.#list.offsetTop + line.offsetTop - scrollY;
  }
}
