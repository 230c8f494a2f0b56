/** How this box is set up, on its own big screen; any other screen only tells where its pages are. */

const SETUP = '/api/v1/setup';

let wanted = false;

/**
 * @param {HTMLElement} element where it is told
 * @param {boolean} now whether it is to be told; each time it may be another code
 */
export async function showSetup(element, now) {
  wanted = now;
  const answer = now ? await fetch(SETUP, { cache: 'no-store' }).catch(() => null) : null;
  const told = answer?.ok ? await answer.json() : null;
  if (wanted && told) fill(element, told);
  element.hidden = !wanted || !told;
}

function fill(element, { addresses, code, fingerprint }) {
  const part = (id) => element.querySelector(`#${id}`);
  const lines = (texts) => texts.map((text) => Object.assign(document.createElement('bdi'), { textContent: text }));
  part('way').src = `/setup.svg?${Date.now()}`;
  part('addresses').replaceChildren(...lines(addresses));
  part('code').hidden = !code;
  part('code').querySelector('output').textContent = code ?? '';
  part('fingerprint').hidden = !fingerprint.length;
  part('fingerprint').querySelector('output').replaceChildren(...lines(fingerprint));
}
