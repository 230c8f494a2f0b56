/** What every page of the administration does: signs beside words, and the menu where its entry is seen. */

import { show } from './status.js';

// The page comes with words alone; those for what has not happened stay hidden.
for (const element of document.querySelectorAll('.state[data-kind]')) {
  const { hidden } = element;
  const text = element.textContent.trim();
  element.replaceChildren();
  show(element, element.dataset.kind, { text, language: element.lang || undefined });
  element.hidden = hidden;
}

document.querySelector('nav [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
