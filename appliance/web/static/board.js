/** Captions and gaps as lines on a page. Words that stand are left alone: only what changed is written anew. */

import { direction } from './language.js';
import { inOurWords } from './status.js';
import { duration, fill, words } from './words.js';

/** Scripts written without spaces: there a letter is the unit, with the marks that belong to it. */
const UNSPACED = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}`;
const WORD = new RegExp(String.raw`\s*(?:[${UNSPACED}]\p{M}*|[^\s${UNSPACED}]+)`, 'gu');

export class Board {
  #list;
  #keep;
  /** What was said at once, in as many languages as are shown, is one row: so it stays side by side. */
  #rows = new Map();

  /**
   * @param {HTMLElement} list holds the rows
   * @param {number} keep how many rows stay; the oldest go
   */
  constructor(list, keep) {
    this.#list = list;
    this.#keep = keep;
  }

  /**
   * Show a caption: a new line, or new words of the one it revises.
   *
   * @param {number} column where it stands, where languages stand side by side
   */
  caption({ segment, language, text, final }, id, column = 0) {
    const key = `${epoch(id)} ${segment}`;
    if (!text) {
      this.#remove(key, language);
      return;
    }
    const line = this.#line(key, language, 'caption');
    line.dataset.column = column;
    line.lang = language;
    line.dir = direction(language);
    rewrite(line, text);
    mark(line, final);
  }

  /** Show that words are missing. */
  gap({ start, end, reason }, id) {
    this.note(fill(words.gap, { duration: duration(end - start), reason: inOurWords(reason).text }), id);
  }

  /** Show a line that nobody said. */
  note(text, key) {
    this.#line(key, '', 'gap').textContent = text;
  }

  /** Take every line as it stands: nobody will finish the open ones. */
  settle() {
    for (const { lines } of this.#rows.values()) {
      for (const line of lines.values()) mark(line, true);
    }
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  get empty() {
    return this.#rows.size === 0;
  }

  #line(key, language, kind) {
    const row = this.#rows.get(key) ?? this.#add(key);
    const shown = row.lines.get(language);
    if (shown) return shown;
    const line = document.createElement('p');
    line.className = kind;
    row.lines.set(language, line);
    row.element.append(line);
    return line;
  }

  #add(key) {
    const row = { element: document.createElement('div'), lines: new Map() };
    this.#rows.set(key, row);
    this.#list.append(row.element);
    if (this.#rows.size > this.#keep) this.#drop(this.#rows.keys().next().value);
    return row;
  }

  #remove(key, language) {
    const row = this.#rows.get(key);
    row?.lines.get(language)?.remove();
    row?.lines.delete(language);
    if (row?.lines.size === 0) this.#drop(key);
  }

  #drop(key) {
    this.#rows.get(key).element.remove();
    this.#rows.delete(key);
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
