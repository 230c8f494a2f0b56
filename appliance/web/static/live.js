/** How the box is, asked again and again while somebody looks; the level is told in no other way. */

import { situation, show } from './status.js';

const STATE = '/api/v1/state';

/** Milliseconds between two questions: while the box hears, and else. */
const SOON = 300;
const LATER = 1_500;

/** Milliseconds for which a loud moment counts, for people pause between words. */
const REMEMBERED = 3_000;

/** Decibels by which the meter falls at most at a time, so that an eye can follow it. */
const FALL = 6;

const SILENT = -60;
const QUIET = -50;
const LOUD = -6;

const HEARING = ['connecting', 'live', 'reconnecting', 'fallback'];

const meter = document.getElementById('level');
const heard = document.getElementById('heard');
const top = document.querySelector('.top .state');
const commands = document.querySelectorAll('[data-states]');

let moments = [];
let timer = 0;

/** @param {(situation: object, status: object | null) => void} [tell] is told each time */
export function live(tell = () => {}) {
  const ask = async () => {
    clearTimeout(timer);
    const status = await state();
    const now = situation(status ? 'open' : 'down', status);
    show(top, now.kind, { text: now.word });
    if (status) listen(status);
    tell(now, status);
    if (!document.hidden) timer = setTimeout(ask, HEARING.includes(status?.state) ? SOON : LATER);
  };
  document.addEventListener('visibilitychange', () => document.hidden || ask());
  ask();
}

/** The state; null while the box does not answer. Whoever is let in no more is shown the way in. */
async function state() {
  const answer = await fetch(STATE, { cache: 'no-store' }).catch(() => null);
  if (answer?.status === 401) location.reload();
  return answer?.ok ? answer.json().catch(() => null) : null;
}

function listen({ state, microphone }) {
  for (const button of commands) button.hidden = !button.dataset.states.split(' ').includes(state);
  const hears = HEARING.includes(state);
  meter.value = hears ? Math.max(microphone.level, meter.value - FALL) : meter.min;
  const now = performance.now();
  moments = hears ? moments.filter(({ at }) => now - at < REMEMBERED) : [];
  if (hears) moments.push({ at: now, level: microphone.level });
  const said = heard.dataset[hears ? loudness() : 'off'];
  if (heard.textContent !== said) heard.textContent = said;
}

function loudness() {
  const loudest = Math.max(...moments.map(({ level }) => level));
  if (loudest < SILENT) return 'silent';
  if (loudest < QUIET) return 'quiet';
  return loudest > LOUD ? 'loud' : 'good';
}
