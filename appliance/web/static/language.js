/** Which way a language is written, and which one a reader gets. */

const RIGHT_TO_LEFT = new Set(['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa']);

/** The value of `dir` for a BCP-47 tag. */
export function direction(tag) {
  try {
    return RIGHT_TO_LEFT.has(new Intl.Locale(tag).maximize().script) ? 'rtl' : 'ltr';
  } catch {
    return 'auto';
  }
}

/** Stands for whatever is spoken, without translation. */
export const SPOKEN = '';

/**
 * What a reader gets of what a room offers: what they chose before, else what their device speaks.
 *
 * @param {{from: {tag: string}, to: {tag: string}[]}} offered
 * @param {string | null} chosen
 * @returns {string} the tag of a translation, or SPOKEN
 */
export function suited(offered, chosen) {
  const translations = offered.to.map(({ tag }) => tag);
  if (chosen === SPOKEN || translations.includes(chosen)) return chosen;
  for (const mine of navigator.languages.map(base)) {
    if (mine === base(offered.from.tag)) return SPOKEN;
    const found = translations.find((tag) => base(tag) === mine);
    if (found) return found;
  }
  return SPOKEN;
}

/**
 * The languages that stand side by side: those that are wanted and that a room has, else what is spoken.
 *
 * @param {{from: {tag: string}, to: {tag: string}[]}} offered
 * @param {string[]} wanted tags, of which `en` also means `en-US`, or SPOKEN
 * @returns {string[]} one or two of them
 */
export function sideBySide(offered, wanted) {
  const tags = [offered.from, ...offered.to].map(({ tag }) => tag);
  const find = (tag) => (tag === SPOKEN ? SPOKEN : tags.find((other) => alike(other, tag)));
  const found = wanted.map(find).filter((tag) => tag !== undefined);
  return found.length ? [...new Set(found)].slice(0, 2) : [SPOKEN];
}

/** Whether a caption is in what a reader chose; whoever chose German also reads Austrian German. */
export function isIn(caption, language) {
  if (language === SPOKEN) return !caption.translated_from;
  return alike(caption.language, language);
}

function alike(one, other) {
  return `${one}-`.startsWith(`${other}-`) || `${other}-`.startsWith(`${one}-`);
}

function base(tag) {
  return tag.split('-')[0].toLowerCase();
}
