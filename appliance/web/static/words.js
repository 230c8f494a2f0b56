/** What the scripts say, in the language of the page; the box wrote it there. */

export const words = JSON.parse(document.getElementById('words').textContent);

const MINUTE = 60;

const language = document.documentElement.lang;

/** A sentence with its gaps, such as `{room}`, filled in. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}

/** Seconds, rounded as people say them. */
export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 2 * MINUTE ? spell(whole, 'second') : spell(Math.round(whole / MINUTE), 'minute');
}

/** The title of a page about a room. */
export function titled(room) {
  return room ? fill(words.titled, { room }) : words.untitled;
}

function spell(number, unit) {
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(number);
}
