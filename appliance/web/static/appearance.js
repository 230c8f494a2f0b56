/** Text size and colours, as a reader wants them. */

import { recall, remember } from './remembered.js';

const DARK = { system: '(prefers-color-scheme: dark)', light: 'not all', dark: 'all' };

/** Apply what was chosen before, and what is chosen from now on. */
export function appearance(form) {
  choice(form.elements.theme, 'theme', colour);
  choice(form.elements.size, 'size', (size) => {
    document.documentElement.dataset.size = size;
  });
}

/** Show the page in light or dark colours, down to the bars that the phone draws around it. */
export function colour(theme) {
  for (const sheet of document.querySelectorAll('link.dark')) sheet.media = DARK[theme];
  const bars = document.querySelector('meta[name="theme-color"]');
  if (bars) bars.content = getComputedStyle(document.documentElement).getPropertyValue('--paper');
}

function choice(radios, name, apply) {
  const chosen = [...radios].find(({ value }) => value === recall(name));
  if (chosen) chosen.checked = true;
  apply(radios.value);
  for (const radio of radios) {
    radio.addEventListener('change', () => {
      remember(name, radio.value);
      apply(radio.value);
    });
  }
}
