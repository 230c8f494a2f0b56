/** Captions and gaps as lines on a page. Words that stand are left alone: only what changed is written anew. */

import { direction } from './language.js';
import { words } from './words.js';

/** Scripts written without spaces: there a letter is the unit, with the marks that belong to it. */
const UNSPACED = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}`;
const WORD = new RegExp(String.raw`\s*(?:[${UNSPACED}]\p{M}*|[^\s${UNSPACED}]+)`, 'gu');

export class Board {
  #list;
  #keep;
  #lines = new Map();

  /**
   * @param {HTMLElement} list holds the lines
   * @param {number} keep how many lines stay; the oldest go
   */
  constructor(list, keep) {
    this.#list = list;
    this.#keep = keep;
  }

  /** Show a caption: a new line, or new words of the one it revises. */
  caption({ segment, language, text, final }, id) {
    const key = `${epoch(id)} ${segment} ${language}`;
    if (!text) {
      this.#remove(key);
      return;
    }
    const line = this.#lines.get(key) ?? this.#add(key, 'caption');
    line.lang = language;
    line.dir = direction(language);
    rewrite(line, text);
    mark(line, final);
  }

  /** Show that words are missing. */
  gap({ start, end, reason }, id) {
    this.note(words.gap(end - start, reason), id);
  }

  /** Show a line that nobody said. */
  note(text, key) {
    const line = this.#lines.get(key) ?? this.#add(key, 'gap');
    line.textContent = text;
  }

  /** Take every line as it stands: nobody will finish the open ones. */
  settle() {
    for (const line of this.#lines.values()) mark(line, true);
  }

  clear() {
    this.#lines.clear();
    this.#list.replaceChildren();
  }

  get empty() {
    return this.#lines.size === 0;
  }

  #add(key, kind) {
    const line = document.createElement('p');
    line.className = kind;
    this.#lines.set(key, line);
    this.#list.append(line);
    if (this.#lines.size > this.#keep) this.#remove(this.#lines.keys().next().value);
    return line;
  }

  #remove(key) {
    this.#lines.get(key)?.remove();
    this.#lines.delete(key);
  }
}

/** What tells this run of the box from an earlier one, whose segments had the same numbers. */
function epoch(id) {
  return id.split('-')[0];
}

/** One text node a word, so that the words before the first change keep theirs and cannot move. */
function rewrite(line, text) {
  const heard = text.match(WORD) ?? [];
  const shown = [...line.childNodes];
  const changed = heard.findIndex((word, index) => shown[index]?.data !== word);
  const same = changed < 0 ? heard.length : changed;
  for (const node of shown.slice(same)) node.remove();
  line.append(...heard.slice(same));
}

/** A screen reader is told a line once, when it is final; before that it is not there for it. */
function mark(line, final) {
  if (line.classList.contains('interim') !== final) return;
  line.classList.toggle('interim', !final);
  if (final) line.removeAttribute('aria-hidden');
  else line.setAttribute('aria-hidden', 'true');
}
