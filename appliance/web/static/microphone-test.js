/** Trying the microphone without leaving the page: how loud it is while it listens, then what it understood. */

import { show } from './status.js';
import { fill } from './words.js';

const part = (id) => document.getElementById(id);
const button = part('try');
const meter = part('level');
const result = part('tried');

button.form.addEventListener('submit', (event) => {
  if (event.submitter !== button) return;
  event.preventDefault();
  if (!button.ariaDisabled) listen();
});

// What was found out was about another microphone.
part('input').addEventListener('change', () => result.replaceChildren());

async function listen() {
  button.ariaDisabled = 'true';
  button.textContent = button.dataset.listening;
  result.replaceChildren();
  part('loudness').hidden = false;
  try {
    for await (const reading of readings()) take(reading);
  } catch {
    tell(false, { text: result.dataset.failed });
  } finally {
    button.ariaDisabled = null;
    button.textContent = button.dataset.again;
    part('loudness').hidden = true;
    meter.value = meter.min;
  }
}

/** The lines of the answer as they come. */
async function* readings() {
  const body = new URLSearchParams(new FormData(button.form));
  const headers = { Accept: 'application/x-ndjson' };
  const answer = await fetch(button.formAction, { method: 'POST', body, headers });
  if (!answer.ok) throw new Error(answer.statusText);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

function take({ level, understanding, tried }) {
  if (level !== undefined) meter.value = level;
  if (understanding) button.textContent = button.dataset.understanding;
  if (tried) tell(tried.usable, { text: tried.sentence, language: tried.language }, tried.heard);
}

function tell(usable, sentence, heard = null) {
  const verdict = document.createElement('p');
  verdict.className = 'state';
  verdict.lang = sentence.language ?? document.documentElement.lang;
  show(verdict, usable ? 'live' : 'warning', sentence);
  result.replaceChildren(verdict);
  if (heard === null) return;
  const words = document.createElement('p');
  words.textContent = heard ? fill(result.dataset.heard, { words: heard }) : result.dataset.nothing;
  result.append(words);
}
