/** Waits until the box was away and is back, then goes there. */

const HEALTH = '/healthz';

/** A stream breaks however short the box is away; it might be back between two looks. */
const STREAM = '/api/v1/captions';

/** Milliseconds between two looks, and until a box that does not come back is one that somebody must look at. */
const OFTEN = 700;
const LATE = 60_000;

const progress = document.getElementById('progress');
const begun = performance.now();
let away = false;

const stream = new EventSource(STREAM);
stream.addEventListener('error', () => {
  away = true;
  stream.close();
});
look();

async function look() {
  const answer = await fetch(HEALTH, { cache: 'no-store' }).catch(() => null);
  if (answer?.ok && away) {
    location.replace(document.getElementById('back').href);
    return;
  }
  away ||= !answer?.ok;
  if (performance.now() - begun > LATE) {
    progress.textContent = progress.dataset.late;
    progress.dataset.kind = 'warning';
  }
  setTimeout(look, OFTEN);
}
