/** How the box is, in a word and a sign that every page shows alike. */

import { sign } from './signs.js';
import { words } from './words.js';

/** The language of what the box says and this page has no words for. */
const BOX = 'en';

/**
 * @typedef {object} Text
 * @property {string} text
 * @property {string} [language] where it is not that of the page
 */

/**
 * @typedef {object} Situation
 * @property {string} kind a state of the box, or how the connection to it is while that is not open
 * @property {string} word
 * @property {Text} sentence what it means, or why; may be empty
 * @property {Text} warning what else a person should know; may be empty
 */

/**
 * @param {string} connection as a Feed tells it
 * @param {object | null} status as the box tells it
 * @returns {Situation}
 */
export function situation(connection, status) {
  if (connection !== 'open' || !status) {
    const kind = connection === 'open' ? 'opening' : connection;
    const { word, sentence } = words.connections[kind];
    return { kind, word, sentence: { text: sentence }, warning: { text: '' } };
  }
  const { word, sentence } = words.states[status.state];
  return {
    kind: status.state,
    word,
    sentence: status.reason ? inOurWords(status.reason) : { text: sentence },
    warning: inOurWords(status.warning ?? ''),
  };
}

/**
 * What the box says, in the language of the page as far as it has words for it.
 *
 * @param {string} said one sentence or several
 * @returns {Text}
 */
export function inOurWords(said) {
  let text = said;
  let rest = said;
  for (const [theirs, ours] of Object.entries(words.said)) {
    text = text.replaceAll(theirs, ours);
    rest = rest.replaceAll(theirs, '');
  }
  return rest.trim() ? { text, language: BOX } : { text };
}

/** Show a sign and a text beside it. */
export function show(element, kind, { text, language }) {
  if (!say(element, { text, language }) && element.dataset.kind === kind) return;
  element.dataset.kind = kind;
  const beside = document.createElement('span');
  beside.textContent = text;
  element.replaceChildren(sign(kind), beside);
}

/** Show a text, or nothing; one that stands there already is left alone, so that it is not read out twice. */
export function say(element, { text, language }) {
  element.hidden = !text;
  element.lang = language ?? document.documentElement.lang;
  const changed = element.textContent !== text;
  if (changed) element.textContent = text;
  return changed;
}
