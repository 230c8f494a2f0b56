/** What a reader chose, kept in the browser. */

/** @returns {string | null} null where nothing was chosen, or where the browser keeps nothing */
export function recall(name) {
  try {
    return localStorage.getItem(`captionbox.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`captionbox.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows captions.
  }
}
