/** How the box is, in a word and a sign that every page shows alike. */

import { sign } from './signs.js';
import { words } from './words.js';

/**
 * @typedef {object} Situation
 * @property {string} kind a state of the box, or how the connection to it is while that is not open
 * @property {string} word
 * @property {string} sentence what it means, or why; may be empty
 * @property {string} warning what else a person should know; may be empty
 */

/**
 * @param {string} connection as a Feed tells it
 * @param {object | null} status as the box tells it
 * @returns {Situation}
 */
export function situation(connection, status) {
  if (connection !== 'open' || !status) {
    const kind = connection === 'open' ? 'opening' : connection;
    return { kind, ...words.connections[kind], warning: '' };
  }
  const { word, sentence } = words.states[status.state];
  return { kind: status.state, word, sentence: status.reason ?? sentence, warning: status.warning ?? '' };
}

/** Show a sign and a text beside it. */
export function show(element, kind, text) {
  if (!say(element, text) && element.dataset.kind === kind) return;
  element.dataset.kind = kind;
  const beside = document.createElement('span');
  beside.textContent = text;
  element.replaceChildren(sign(kind), beside);
}

/** Show a text, or nothing; one that stands there already is left alone, so that it is not read out twice. */
export function say(element, text) {
  element.hidden = !text;
  const changed = element.textContent !== text;
  if (changed) element.textContent = text;
  return changed;
}
